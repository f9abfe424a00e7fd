"""Read ten thousand damaged files of every kind and say how that went.

``python scripts/fuzz_readers.py [N [KIND ...]]`` prints JSON: for each kind of file what happened
other than that it was read or refused in a sentence, with the shortest file that did it; and the
memory that all took together.
"""

import json
import os
import random
import resource
import sys
import tempfile
from collections import Counter
from pathlib import Path

from muse_lib.paths import ROOT

sys.path.insert(0, str(ROOT))

from tests.helpers.fuzz import complaint, damaged, targets


def main(n_files: int, kinds: list[str], folder: Path) -> dict[str, object]:
    """Read so many damaged files of each kind and return the figures."""
    os.environ["MUSE_DATA_DIR"] = str(folder)
    report: dict[str, dict[str, object]] = {}
    for kind, target in targets().items():
        if kinds and kind not in kinds:
            continue
        place = folder / "artist-genres/artists_cleaned.csv"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(targets()["artists' genres"].whole)
        rng = random.Random(kind)  # noqa: S311
        failures: Counter[str] = Counter()
        examples: dict[str, bytes] = {}
        at = folder if target.place.startswith("artist-genres") else folder / kind
        for _ in range(n_files):
            content = damaged(target.whole, rng)
            if told := complaint(target, content, at):
                failures[told] += 1
                shortest = min(examples.get(told, content), content, key=len)
                examples[told] = shortest
        report[kind] = {"files": n_files, "failures": dict(failures)}
        report[kind] |= {"shortest": {told: repr(found) for told, found in examples.items()}}
        print(kind, dict(failures), file=sys.stderr, flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000
    return {"kinds": report, "peak_mb": peak}


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory(prefix="muse-fuzz-") as passing:
        print(json.dumps(main(number, sys.argv[2:], Path(passing)), indent=2))
