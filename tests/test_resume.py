"""A study that is killed or finds its disk full goes on and ends as one that never was stopped.

`tests/stress` does both far more often, at any moment.
"""

import shutil
import signal
import subprocess

import pytest

from tests.checkouts import SMALL_DISK, Checkout, published
from tests.kills import assert_whole, kill_in

pytestmark = pytest.mark.slow

KILLS = {
    "SIGINT": "01_data",
    "kernel": "01_data",
    "SIGTERM": "05_train_muse-text",
    "SIGHUP": "05_train_muse-text",
    "SIGKILL": "05_train_muse-text",
}
"""Each way to die, and the stage in which that happens."""

STATUS = {"SIGKILL": -signal.SIGKILL, "kernel": 1}
"""What the command returns; all other ways are an interruption."""


@pytest.fixture(scope="module")
def killed(smoke_study, tmp_path_factory):
    """A copy of the study that does two stages again and is killed in each way; how that ended."""
    checkout = smoke_study.copy(tmp_path_factory.mktemp("killed study"))
    checkout.forget(*KILLS.values())
    expected = published(smoke_study.study)
    endings = {}
    for way, stage in KILLS.items():
        endings[way] = kill_in(stage, checkout, way)
        assert_whole(checkout.study, expected)
    return checkout, endings


@pytest.mark.parametrize("way", KILLS)
def test_a_killed_study_says_so_in_its_last_line_and_leaves_whole_files(killed, way):
    _, endings = killed
    status, said = endings[way]
    assert status == STATUS.get(way, 130)
    last = {"SIGKILL": "[", "kernel": "./run_all.sh: 01_data"}.get(way, "./run_all.sh: interrupted")
    assert said.splitlines()[-1].startswith(last)


def test_a_study_killed_in_every_way_ends_as_one_that_never_was(killed, smoke_study):
    checkout, _ = killed
    ending = checkout.run()
    assert (ending.returncode, ending.stderr) == (0, "")
    assert published(checkout.study) == published(smoke_study.study)
    left = [p.name for p in checkout.results.rglob(".*") if p.name not in (".lock", ".draft")]
    assert left == []


def test_a_full_disk_ends_in_one_sentence_and_the_next_run_goes_on(smoke_study, tmp_path):
    checkout = Checkout(tmp_path / "full disk")
    checkout.results.mkdir()
    small_disk = [*SMALL_DISK, "200k"]
    can_mount = shutil.which("unshare") and subprocess.run(
        [*small_disk, "true"], cwd=checkout.root, check=False, capture_output=True
    )
    if not can_mount or can_mount.returncode:
        pytest.skip("no small disk can be mounted here")
    ending = checkout.run("--only", "01_data", before=small_disk)
    assert (ending.returncode, ending.stderr.count("\n")) == (1, 1)
    assert "no space is left on the disk: free some and start again" in ending.stderr
    expected = published(smoke_study.study)
    shutil.rmtree(checkout.results)
    (checkout.root / "left").rename(checkout.results)
    assert_whole(checkout.study, expected)
    ending = checkout.run("--only", "01_data")
    assert (ending.returncode, ending.stderr) == (0, "")
    tables = [checkout.study / "tables" / name for name in ("split.csv", "popularity.csv")]
    for table in tables:
        assert table.read_bytes() == expected[table.relative_to(checkout.study)]
