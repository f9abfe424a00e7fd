"""The command line of the runner."""

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field

from muse_lib.runner.parameters import parse_settings, without_folders
from muse_lib.runner.stages import Parameters


@dataclass(frozen=True)
class Arguments:
    """The parsed command line."""

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
        """Whether the run builds on existing results."""
        return bool(self.first or self.only or self.verify)

    @property
    def command(self) -> str:
        """The command that reproduces all of these results, even if only a part was requested.

        It names the user's files without their folders.
        """
        words = ["./run_all.sh", "--corpus", self.corpus]
        words += ["--scale", self.scale] if self.scale != "full" else []
        words += ["--out", self.out] if self.out else []
        for name, value in sorted(without_folders(self.settings).items()):
            words += ["--set", f"{name}={value}"]
        return shlex.join(words)


def parse(argv: Sequence[str], corpora: Sequence[str], stages: Sequence[str]) -> Arguments:
    """Parse the command line; print an error and exit with status 2 if it is invalid."""
    parser = argparse.ArgumentParser(
        prog="./run_all.sh",
        description="Regenerate the study: run its notebooks in order and publish tables, "
        "figures and the executed notebooks under results/. Stages that are up to date are "
        "skipped.",
        epilog=f"Corpora: {', '.join(corpora)}. Stages: {', '.join(stages)}; the name of a "
        "notebook alone selects all its variants. './run_all.sh lab' opens the notebooks in "
        "JupyterLab instead. MUSE_DATA_DIR is the folder of playlist files (default data/).",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--corpus", metavar="NAME", default="synthetic", help="which playlists (%(default)s)")
    add("--scale", choices=("full", "smoke"), default="full", help="smoke: a quick trial run")
    part = parser.add_mutually_exclusive_group()
    part.add_argument(
        "--from", metavar="STAGE", default="", dest="first", help="start at this stage"
    )
    part.add_argument("--only", metavar="STAGE", default="", help="run only this stage")
    part.add_argument(
        "--verify",
        action="store_true",
        help="run the study again with the parameters of the existing results, and compare",
    )
    add("--force", action="store_true", help="run stages even if they are up to date")
    add(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        dest="settings",
        help="change a parameter of the notebooks, such as dim=100; may be repeated; the results "
        "of such a trial go to a separate folder, results/own/<what differs>",
    )
    add("--out", metavar="NAME", default="", help="write the results to results/own/NAME instead")
    given = vars(parser.parse_args(argv))
    return Arguments(**{**given, "settings": parse_settings(given["settings"])})
