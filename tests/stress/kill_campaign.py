"""Kill the whole smoke study at many random moments and say what came of it.

``python -m tests.stress.kill_campaign 200`` copies the project to a temporary folder, runs its
smoke study once in peace, then kills it so many times, each start going on with what the one
before has left; a second number is the mean time until a kill, in seconds. After every kill all
published files must be whole, and at the end the bytes must be those of the unbroken run. It
prints JSON and takes an hour or so.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from tests.helpers.checkouts import Checkout, published
from tests.helpers.kills import Campaign, assert_whole, kill_and_go_on


def main(folder: Path, n_kills: int = 200, mean_seconds: float = 0) -> dict[str, object]:
    """Run the campaign below ``folder`` and return its figures.

    Without a mean time until a kill, that is a fifteenth of the unbroken run: most stages last a
    tenth of it or less, so that the study goes on, if slowly.
    """
    unbroken, killed = (Checkout(folder / name) for name in ("unbroken", "killed"))
    start = time.monotonic()
    ending = unbroken.run()
    seconds = time.monotonic() - start
    assert ending.returncode == 0, ending.stderr
    expected = published(unbroken.study)
    campaign = Campaign()
    for _ in kill_and_go_on(killed, campaign, n_kills, mean_seconds or seconds / 15):
        assert_whole(killed.study, expected)
        print(dict(campaign.kills), dict(campaign.stages), file=sys.stderr, flush=True)
    ending = killed.run()
    assert ending.returncode == 0, ending.stderr
    return {
        "kills": dict(campaign.kills),
        "killed in": dict(campaign.stages),
        "studies completed on the way": campaign.completed,
        "seconds of the unbroken run": round(seconds),
        "files published": len(expected),
        "same bytes at the end": published(killed.study) == expected,
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="muse-kills-") as place:
        figures = main(Path(place), *map(int, sys.argv[1:]))
    print(json.dumps(figures, indent=2))
