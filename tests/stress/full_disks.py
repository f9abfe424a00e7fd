"""Let the smoke study meet five full disks, each in another stage, and go on after every one.

``python -m tests.stress.full_disks`` copies the project to a temporary folder and runs its smoke
study once on a disk that is large enough. Then it runs it on disks that hold a share of that; what
each has left must be whole, and a run on a free disk must end in the same bytes. It needs Linux
and ``unshare``, prints JSON and takes half an hour or so.
"""

import json
import shutil
import tempfile
from pathlib import Path

from tests.helpers.checkouts import SMALL_DISK, Checkout, published
from tests.helpers.kills import assert_whole

SHARES = (0.01, 0.1, 0.3, 0.6, 0.9)


def main(folder: Path) -> dict[str, str]:
    """Return what the command said on each disk."""
    unbroken = Checkout(folder / "unbroken")
    ending = unbroken.run()
    assert ending.returncode == 0, ending.stderr
    expected = published(unbroken.study)
    size = sum(path.stat().st_size for path in unbroken.results.rglob("*") if path.is_file())
    said = {}
    for share in SHARES:
        checkout = Checkout(folder / f"{share:.0%}")
        checkout.results.mkdir()
        ending = checkout.run(before=[*SMALL_DISK, str(round(share * size))])
        assert (ending.returncode, ending.stderr.count("\n")) == (1, 1), ending.stderr
        assert "no space is left on the disk: free some space and start again" in ending.stderr
        said[f"{share:.0%}"] = ending.stderr
        shutil.rmtree(checkout.results)
        (checkout.root / "left").rename(checkout.results)
        assert_whole(checkout.study, expected)
        ending = checkout.run()
        assert (ending.returncode, ending.stderr) == (0, "")
        assert published(checkout.study) == expected
    return said


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="muse-disks-") as place:
        print(json.dumps(main(Path(place)), indent=2))
