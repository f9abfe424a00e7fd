"""A study that is killed or finds its disk full goes on and ends as one that never was stopped.

Ctrl-C and SIGTERM are with the runner's own tests, on small notebooks; `tests/stress` does all of
it far more often, at any moment.
"""

import os
import shutil
import signal
import subprocess
import sys

import pytest

from muse_lib.paths import ROOT
from tests.helpers.checkouts import SMALL_DISK, published
from tests.helpers.kills import assert_whole, kill_in
from tests.runner.test_runner import write_notebook

pytestmark = pytest.mark.slow

KILLS = {
    "kernel": "01_data",
    "SIGHUP": "05_train_muse-text",
    "SIGKILL": "05_train_muse-text",
}
"""Ways to die, and the stage in which that happens."""

STATUS = {"SIGKILL": -signal.SIGKILL, "kernel": 1}
"""What the command returns; the end of its terminal is an interruption."""


@pytest.fixture(scope="module")
def killed(smoke_study, tmp_path_factory):
    """A copy of the study that does two stages again and is killed in each; how that ended."""
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


def test_a_killed_study_ends_as_one_that_never_was(killed, smoke_study):
    checkout, _ = killed
    ending = checkout.run()
    assert (ending.returncode, ending.stderr) == (0, "")
    assert published(checkout.study) == published(smoke_study.study)
    left = [p.name for p in checkout.results.rglob(".*") if p.name not in (".lock", ".draft")]
    assert left == []


FILL = """
for name, size in [("a", 1_000), ("b", 1_000_000)]:
    path = Path(os.environ["MUSE_DRAFT"], "artifacts", name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(bytes(size))
"""
COMMAND = """
import sys
from pathlib import Path
from muse_lib.runner import command, study
from muse_lib.runner.arguments import Arguments
from muse_lib.runner.stages import Stage
stages = (Stage("00_poster"), Stage("01_data"))
project = study.Project(Path(sys.argv[1]), Path(sys.argv[2]), stages)
command.run_study = lambda _: study.run(project, Arguments()) and 0
sys.exit(command.main([]))
"""
"""The command on two notebooks, the second of which needs a megabyte."""


def test_a_full_disk_ends_in_one_sentence_and_the_next_run_goes_on(tmp_path):
    for name in ("notebooks", "results"):
        (tmp_path / name).mkdir()
    write_notebook(tmp_path / "notebooks", "00_poster", "results = ''", "1 + 1")
    imports = "import os\nfrom pathlib import Path"
    write_notebook(tmp_path / "notebooks", "01_data", "results = ''", imports, FILL)
    run = [sys.executable, "-c", COMMAND, tmp_path / "notebooks", tmp_path / "results"]
    said = {"cwd": tmp_path, "capture_output": True, "text": True, "check": False}
    said["env"] = os.environ | {"PYTHONPATH": str(ROOT)}
    small_disk = [*SMALL_DISK, "500k"]
    can_mount = shutil.which("unshare") and subprocess.run([*small_disk, "true"], **said)
    if not can_mount or can_mount.returncode:
        pytest.skip("no small disk can be mounted here")
    ending = subprocess.run([*small_disk, *run], **said)
    assert (ending.returncode, ending.stderr.count("\n")) == (1, 1)
    assert "no space is left on the disk: free some space and start again" in ending.stderr
    shutil.rmtree(tmp_path / "results")
    (tmp_path / "left").rename(tmp_path / "results")
    results = tmp_path / "results" / "synthetic"
    assert [path.stem for path in results.glob("notebooks/*")] == ["00_poster"]
    assert not [path for name in "ab" for path in results.rglob(name)]
    ending = subprocess.run(run, **said)
    assert (ending.returncode, ending.stderr) == (0, "")
    assert "00_poster ... up to date" in ending.stdout
    assert (results / "artifacts/b").read_bytes() == bytes(1_000_000)
