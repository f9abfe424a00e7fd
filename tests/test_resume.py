"""A study killed at many random moments ends as one that never was, and is whole all the time."""

import shutil
import subprocess
import time

import pytest

from muse_lib.runner.stages import STAGES
from tests.checkouts import SMALL_DISK, Checkout, published
from tests.kills import WAYS, Campaign, assert_whole, kill_and_go_on

N_KILLS = 25
PARTS = ("01_data", "02_cooccurrence", "05_train_muse")
"""Three notebooks, so that 25 kills take minutes; `scripts/kill_campaign.py` runs them all."""


def only_some(checkout):
    """Take all other stages out of a checkout."""
    path = checkout.root / "muse_lib/runner/stages.py"
    assert {stage.name for stage in STAGES} >= set(PARTS)
    text = path.read_text("utf-8")
    shorter = f"STAGES = tuple(stage for stage in STAGES if stage.name in {PARTS!r})"
    path.write_text(text.replace("\nSMOKE: ", f"\n{shorter}\n\nSMOKE: "), "utf-8")


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """A checkout in which the study ran to its end, and the seconds that took."""
    checkout = Checkout(tmp_path_factory.mktemp("unbroken"))
    only_some(checkout)
    start = time.monotonic()
    ending = checkout.run()
    assert (ending.returncode, ending.stderr) == (0, "")
    return checkout, time.monotonic() - start


@pytest.mark.slow
def test_25_kills_lose_nothing_and_leave_nothing_half_written(unbroken, tmp_path):
    done, seconds = unbroken
    expected = published(done.results / "smoke/synthetic")
    checkout = Checkout(tmp_path)
    only_some(checkout)
    results = checkout.results / "smoke/synthetic"
    campaign = Campaign()
    for _ in kill_and_go_on(checkout, campaign, N_KILLS, 0.2 * seconds):
        assert_whole(results, expected)
    assert set(campaign.kills) == set(WAYS)
    ending = checkout.run()
    assert (ending.returncode, ending.stderr) == (0, "")
    assert published(results) == expected
    left = [p.name for p in checkout.results.rglob(".*") if p.name not in (".lock", ".draft")]
    assert left == []


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_a_disk_that_fills_up_ends_in_one_sentence_and_the_next_run_goes_on(
    unbroken, tmp_path, share
):
    """The disk holds a share of what the study leaves, so that it is full in one stage or other."""
    done, _ = unbroken
    size = sum(path.stat().st_size for path in done.results.rglob("*") if path.is_file())
    checkout = Checkout(tmp_path)
    only_some(checkout)
    checkout.results.mkdir()
    small_disk = [*SMALL_DISK, str(round(share * size))]
    can_mount = shutil.which("unshare") and subprocess.run(
        [*small_disk, "true"], cwd=checkout.root, check=False, capture_output=True
    )
    if not can_mount or can_mount.returncode:
        pytest.skip("no small disk can be mounted here")
    ending = checkout.run(before=small_disk)
    assert (ending.returncode, ending.stderr.count("\n")) == (1, 1)
    assert "no space is left on the disk: free some and start again" in ending.stderr
    expected = published(done.results / "smoke/synthetic")
    shutil.rmtree(checkout.results)
    (checkout.root / "left").rename(checkout.results)
    assert_whole(checkout.results / "smoke/synthetic", expected)
    ending = checkout.run()
    assert (ending.returncode, ending.stderr) == (0, "")
    assert published(checkout.results / "smoke/synthetic") == expected
