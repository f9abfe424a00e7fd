"""Run the study in two fresh clones and compare all that they publish, byte by byte.

``python scripts/two_clones.py [--one-core] [--python PATH] [--folder PLACE] [OPTION ...]`` clones
the commit that is checked out twice, runs ``./run_all.sh`` with the options in each, one after
the other, and prints JSON. With ``--one-core`` the second runs on one core; with ``--python``
both run with an interpreter that has what the study needs, and no environment is set up.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from muse_lib.data.corpora import CORPORA
from muse_lib.paths import ROOT, data_dir

sys.path.insert(0, str(ROOT))

from muse_lib.runner.arguments import parse
from muse_lib.runner.plan import find_place
from muse_lib.runner.project import Project
from muse_lib.runner.stages import STAGES
from muse_lib.runner.verify import compare
from tests.helpers.checkouts import published


def run(clone: Path, options: list[str], python: str, core: int | None) -> int:
    """Run the study in a new clone and return its wall time in whole seconds."""
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    command = [python, "-m", "muse_lib.runner"] if python else ["./run_all.sh"]
    places = {"MUSE_DATA_DIR": str(data_dir()), "MPLCONFIGDIR": str(clone / ".cache/matplotlib")}
    before = os.sched_getaffinity(0)
    start = time.monotonic()
    try:
        os.sched_setaffinity(0, before if core is None else {core})  # what starts now inherits it
        subprocess.run(
            [*command, *options],
            cwd=clone,
            env=os.environ | places | ({"PYTHONPATH": str(clone)} if python else {}),
            stdout=sys.stderr,
            check=True,
        )
    finally:
        os.sched_setaffinity(0, before)
    return round(time.monotonic() - start)


def main(options: list[str], python: str, one_core: bool, folder: Path) -> dict[str, object]:
    """Compare two clones made below ``folder`` and return the figures."""
    asked = parse(options, list(CORPORA), [stage.name for stage in STAGES])
    clones = [folder / "one", folder / "other"]
    cores = [None, min(os.sched_getaffinity(0)) if one_core else None]
    seconds = [run(clone, options, python, core) for clone, core in zip(clones, cores, strict=True)]
    results = [clone / "results" / find_place(Project(), asked) for clone in clones]
    one, other = map(published, results)
    times = [json.loads((place / "times.json").read_text("utf-8")) for place in results]
    first = next(iter(times[0].values()))
    return {
        "command": asked.command,
        "commit": first["commit"],
        "seconds": seconds,
        "times": times,
        "files": len(one),
        "differ": sorted(str(n) for n in one | other if one.get(n) != other.get(n)),
        "how": [difference.line for difference in compare(*results, [])],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--one-core", action="store_true", help="the second runs on one core")
    parser.add_argument("--python", default="", help="run with this interpreter, set up nothing")
    parser.add_argument("--folder", type=Path, help="make the clones here, and keep them")
    given, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="muse-clones-") as passing:
        place = given.folder.resolve() if given.folder else Path(passing)
        figures = main(rest, given.python, given.one_core, place)
    print(json.dumps(figures, indent=2))
    sys.exit(bool(figures["differ"] or figures["how"]))
