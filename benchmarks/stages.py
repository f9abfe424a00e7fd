"""Where the time of the studies goes: minutes, share and peak memory of each stage.

    python benchmarks/stages.py [--json FILE]

Read from ``results/<corpus>/times.json``, which the last run of each corpus wrote. A stage that a
run resumed or skipped counts with the time it took then, so run the study from nothing first.
Other work on the machine makes them longer: they are upper bounds.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from measuring import report

from muse_lib.paths import RESULTS


def shares(times: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the stages of one study, slowest first, with its minutes, peak memory and cores."""
    total = sum(stage["seconds"] for stage in times.values())
    slowest = sorted(times.items(), key=lambda item: -item[1]["seconds"])
    stages = {
        name: {
            "seconds": stage["seconds"],
            "share": round(stage["seconds"] / total, 3),
            "peak_mb": stage["peak_mb"],
        }
        for name, stage in slowest
    }
    return {
        "minutes": round(total / 60, 1),
        "peak_mb": max(stage["peak_mb"] for stage in times.values()),
        "cores": max(stage["cores"] for stage in times.values()),
        "stages": stages,
    }


def main() -> None:
    """Print the times of all studies."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", type=Path, help="write them to this file, too")
    files = sorted(RESULTS.glob("*/times.json"))
    studies = {path.parent.name: shares(json.loads(path.read_text("utf-8"))) for path in files}
    report(studies, parser.parse_args().json)


if __name__ == "__main__":
    main()
