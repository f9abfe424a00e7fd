"""A study that is killed ends as one that never was, and is whole all the time."""

import shutil
import signal
import subprocess

import psutil
import pytest

from tests.checkouts import SMALL_DISK, Checkout, published
from tests.kills import WAYS, Campaign, assert_whole, begin, kernels_of, kill_and_go_on, wait_for

STAGE = "05_train_muse-text"
N_KILLS = 25


@pytest.fixture(scope="module")
def killed(smoke, tmp_path_factory):
    """A checkout in which the study is complete, what it publishes, and where."""
    checkout = smoke.copy(tmp_path_factory.mktemp("killed"))
    results = checkout.results / "smoke" / "synthetic"
    return checkout, results, published(results)


@pytest.mark.smoke
@pytest.mark.parametrize("way", WAYS)
def test_a_kill_in_the_middle_of_a_stage_leaves_all_whole(killed, way):
    """While the kernel trains: its draft is begun, and what was published before is still there."""
    checkout, results, expected = killed
    process = begin(checkout, ["--only", STAGE, "--force"])
    kernels = wait_for(lambda: kernels_of(process.pid), process)
    if way == "kernel":
        for kernel in kernels:
            kernel.kill()
    else:
        process.send_signal(getattr(signal, way))
    process.communicate(timeout=300)
    assert process.returncode != 0
    psutil.wait_procs(kernels, timeout=60)
    assert [kernel for kernel in kernels if kernel.is_running()] == []
    assert_whole(results, expected)
    assert published(results) == expected


@pytest.mark.smoke
def test_after_all_kills_the_next_run_goes_on_to_the_same_bytes(killed):
    checkout, results, expected = killed
    ending = checkout.run("--only", STAGE, "--force")
    assert (ending.returncode, ending.stderr) == (0, "")
    assert published(results) == expected
    left = [p.name for p in checkout.results.rglob(".*") if not p.name.endswith(".lock")]
    assert [name for name in left if name != ".draft"] == []


@pytest.mark.stress
def test_25_kills_at_any_moment_lose_nothing_and_leave_nothing_half_written(smoke, tmp_path):
    expected = published(smoke.results / "smoke/synthetic")
    checkout = Checkout(tmp_path)
    results = checkout.results / "smoke/synthetic"
    campaign = Campaign()
    for _ in kill_and_go_on(checkout, campaign, N_KILLS, seconds=20):
        assert_whole(results, expected)
    assert set(campaign.kills) == set(WAYS)
    ending = checkout.run()
    assert (ending.returncode, ending.stderr) == (0, "")
    assert published(results) == expected


SHARES = [0.3, *(pytest.param(share, marks=pytest.mark.stress) for share in (0.01, 0.5, 0.7, 0.9))]


@pytest.mark.smoke
@pytest.mark.parametrize("share", SHARES)
def test_a_disk_that_fills_up_ends_in_one_sentence_and_the_next_run_goes_on(tmp_path, share):
    """The disk holds a share of what one stage leaves, so that it is full here or there."""
    part = ("--only", "01_data")
    done, checkout = Checkout(tmp_path / "done"), Checkout(tmp_path / "full")
    assert done.run(*part).returncode == 0
    size = sum(path.stat().st_size for path in done.results.rglob("*") if path.is_file())
    checkout.results.mkdir()
    small_disk = [*SMALL_DISK, str(round(share * size))]
    can_mount = shutil.which("unshare") and subprocess.run(
        [*small_disk, "true"], cwd=checkout.root, check=False, capture_output=True
    )
    if not can_mount or can_mount.returncode:
        pytest.skip("no small disk can be mounted here")
    ending = checkout.run(*part, before=small_disk)
    assert (ending.returncode, ending.stderr.count("\n")) == (1, 1)
    assert "no space is left on the disk: free some and start again" in ending.stderr
    expected = published(done.results / "smoke/synthetic")
    shutil.rmtree(checkout.results)
    (checkout.root / "left").rename(checkout.results)
    assert_whole(checkout.results / "smoke/synthetic", expected)
    ending = checkout.run(*part)
    assert (ending.returncode, ending.stderr) == (0, "")
    assert published(checkout.results / "smoke/synthetic") == expected
