"""Time and memory of reading slices of the Million Playlist Dataset, and of reading them again.

    python benchmarks/read_mpd.py [--slices N] [--folder FOLDER] [--json FILE]

The slices are of a generated world (`large_world`), a thousand playlists each; the data set has
1,000 of them. They are written to a temporary folder, or to ``--folder``, which stays. The first
reading parses them, in a process of its own; the second, in another, loads what the first kept.
"""

import argparse
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from large_world import PER_SLICE, write_slice
from measuring import cpu_and_clock, in_own_process, machine, peak_mb, report

from muse_lib.config import DataConfig
from muse_lib.data.corpora import kept, load


def measure(folder: Path) -> dict[str, Any]:
    """Read the slices here and now, and keep what was read beside them."""
    kept.CACHE = folder / "kept"
    config = DataConfig(corpus="mpd", data_file=str(folder), n_playlists=0, n_seed_songs=0)
    corpus, (cpu, clock) = cpu_and_clock(load, config)
    return {
        "cpu": cpu,
        "clock": clock,
        "peak_gb": peak_mb() / 1e3,
        "playlists": len(corpus.playlists),
        "songs": len(corpus.songs),
        "memberships": len(corpus.memberships),
    }


def written(folder: Path, n_slices: int) -> int:
    """Write the slices that the folder lacks, on all cores, and return the bytes of all."""
    folder.mkdir(parents=True, exist_ok=True)
    names = (f"mpd.slice.{k * PER_SLICE}-{(k + 1) * PER_SLICE - 1}.json" for k in range(n_slices))
    lacking = [k for k, name in enumerate(names) if not (folder / name).exists()]
    with ProcessPoolExecutor() as pool:
        list(pool.map(partial(write_slice, folder), lacking))
    return sum(path.stat().st_size for path in folder.glob("mpd.slice.*.json"))


def main() -> None:
    """Write, read twice and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--slices", type=int, default=33)
    arguments.add_argument("--folder", type=Path, help="where the slices are, or are to stay")
    arguments.add_argument("--json", type=Path, help="write the measurements to this file, too")
    arguments.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.measure:
        report(measure(options.measure))
        return
    with tempfile.TemporaryDirectory() as passing:
        folder = (options.folder or Path(passing)).resolve()
        size = written(folder, options.slices)
        first, again = (in_own_process(__file__, "--measure", folder) for _ in range(2))
    measured = {"slices": options.slices, "gigabytes": size / 1e9, "first": first, "again": again}
    report({**machine(), **measured}, options.json)


if __name__ == "__main__":
    main()
