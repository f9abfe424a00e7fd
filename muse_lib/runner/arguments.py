"""The command line of the runner."""

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field

from muse_lib.runner.parameters import parse_settings, told
from muse_lib.runner.stages import Parameters


@dataclass(frozen=True)
class Arguments:
    """What the user asks for."""

    corpus: str = "synthetic"
    scale: str = "full"
    first: str = ""
    only: str = ""
    force: bool = False
    settings: Parameters = field(default_factory=dict)
    verify: bool = False
    out: str = ""

    @property
    def is_a_part(self) -> bool:
        """Whether it builds on results that are there already."""
        return bool(self.first or self.only or self.verify)

    @property
    def command(self) -> str:
        """The command that makes all of these results, whichever part is asked for now.

        A file of the user's stands in it by its name alone.
        """
        words = ["./run_all.sh", "--corpus", self.corpus]
        words += ["--scale", self.scale] if self.scale != "full" else []
        words += ["--out", self.out] if self.out else []
        for name, value in sorted(told(self.settings).items()):
            words += ["--set", f"{name}={value}"]
        return shlex.join(words)


def parse(argv: Sequence[str], corpora: Sequence[str], stages: Sequence[str]) -> Arguments:
    """Read the command line; explain and exit with status 2 where it cannot be understood."""
    parser = argparse.ArgumentParser(
        prog="./run_all.sh",
        description="Regenerate the study: run its notebooks in order and publish tables, "
        "figures and the executed notebooks under results/. Stages that are up to date are "
        "skipped.",
        epilog=f"Corpora: {', '.join(corpora)}. Stages: {', '.join(stages)}; a stage with "
        "variants also by the notebook's name alone. './run_all.sh lab' opens the notebooks in "
        "JupyterLab instead. MUSE_DATA_DIR names the folder of playlist files (default data/).",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--corpus", metavar="NAME", default="synthetic", help="which playlists (%(default)s)")
    add("--scale", choices=("full", "smoke"), default="full", help="smoke: a quick trial run")
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--from", metavar="STAGE", default="", dest="first", help="start there")
    part.add_argument("--only", metavar="STAGE", default="", help="run just this one")
    part.add_argument(
        "--verify",
        action="store_true",
        help="run all of it again, as the existing results were made, and compare",
    )
    add("--force", action="store_true", help="run also what is up to date")
    add(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        dest="settings",
        help="change a parameter of the notebooks, such as dim=100; may be repeated; the results "
        "of such a trial go to a folder of their own, results/own/<what differs>",
    )
    add("--out", metavar="NAME", default="", help="put the results into results/own/NAME instead")
    given = vars(parser.parse_args(argv))
    return Arguments(**{**given, "settings": parse_settings(given["settings"])})
