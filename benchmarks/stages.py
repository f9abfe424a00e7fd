"""Print where the time of a study goes: seconds, share and peak memory of each stage.

``python benchmarks/stages.py archive`` reads the times of the last run of that corpus from
``results/archive/times.json`` and prints JSON.
"""

import argparse
import json
from pathlib import Path

from muse_lib.paths import RESULTS


def shares(times: dict[str, dict[str, float]]) -> dict[str, object]:
    """Return the stages, slowest first, and their total."""
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
    return {"minutes": round(total / 60, 1), "stages": stages}


def main() -> None:
    """Print one study's times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="?", default="synthetic", help="a folder of results/")
    times = Path(RESULTS, parser.parse_args().corpus, "times.json")
    print(json.dumps(shares(json.loads(times.read_text("utf-8"))), indent=2))


if __name__ == "__main__":
    main()
