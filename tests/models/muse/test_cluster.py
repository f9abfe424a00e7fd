import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import psutil
import pytest
from numpy.testing import assert_array_equal

from muse_lib.config import TrainingConfig
from muse_lib.errors import InputError
from muse_lib.extras import MissingExtraError
from muse_lib.models.muse import cluster, training
from muse_lib.models.muse.cooccurrence import count_cooccurrence
from muse_lib.models.muse.objective import Objective
from muse_lib.models.muse.training import train
from tests.helpers.worlds import song_table, two_scenes
from tests.models.muse.test_shards import ARTISTS, contrastive

distributed = pytest.importorskip("distributed")

N_SONGS = 60
CONFIG = TrainingConfig(dim=8, epochs=25)
LOCAL = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}


@pytest.fixture(scope="module")
def objective():
    return Objective(count_cooccurrence(two_scenes(N_SONGS), N_SONGS), smoothing=0.01)


def run(objective, where, **options):
    return train(objective, song_table(N_SONGS), CONFIG, cluster=where, n_shards=4, **options)


@pytest.fixture(autouse=True)
def _nothing_cached():
    yield
    cluster._code_version.cache_clear()


@pytest.fixture(scope="module")
def alone(objective):
    """The run in one process, over the same shards."""
    return run(objective, "here")


def assert_same_run(one, other):
    assert_array_equal(one.embedding.vectors, other.embedding.vectors)
    assert_array_equal(one.embedding.biases, other.embedding.biases)
    assert one.history.equals(other.history)


@contextmanager
def workers(n, **options):
    with (
        distributed.LocalCluster(n_workers=n, **(LOCAL | options)) as machine,
        distributed.Client(machine, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture
def at_epoch(monkeypatch):
    """Have something done while a run is in the middle of the epochs before a checkpoint."""

    def arrange(epoch, act):
        @contextmanager
        def reporter(_total, _label):
            waiting = [act]

            def report(done, _note=""):
                if done >= epoch and waiting:
                    waiting.pop()()

            yield report

        monkeypatch.setattr(training, "reporter", reporter)

    return arrange


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 2, 4])
def test_any_number_of_workers_gives_the_bytes_of_one_process(objective, alone, n):
    with workers(n) as client:
        assert_same_run(run(objective, client), alone)
        assert client.status == "running"


@pytest.mark.slow
def test_threads_of_a_worker_change_nothing(objective, alone):
    with workers(1, threads_per_worker=3) as client:
        assert_same_run(run(objective, client), alone)


@pytest.mark.slow
def test_artists_and_titles_travel_too(objective):
    options = {"artists": ARTISTS, "contrastive": contrastive()}
    with workers(2) as client:
        assert_same_run(run(objective, client, **options), run(objective, "here", **options))


@pytest.mark.slow
def test_processes_of_this_machine_are_started_and_ended(objective, alone):
    before = {child.pid for child in psutil.Process().children()}
    assert_same_run(run(objective, "local", n_threads=2), alone)
    after = {child.pid for child in psutil.Process().children()} - before
    lasting = [pid for pid in after if "spawn_main" in " ".join(psutil.Process(pid).cmdline())]
    assert lasting == []


@pytest.mark.slow
@pytest.mark.parametrize("epoch", [0, *np.random.default_rng(0).integers(1, 25, 2).tolist()])
@pytest.mark.parametrize("nanny", [True, False], ids=["replaced", "not replaced"])
def test_a_worker_that_is_killed_changes_nothing(objective, alone, at_epoch, epoch, nanny):
    def started():
        if nanny:
            return workers(2)
        return without_nannies(2)

    with started() as client:
        pids = client.run(os.getpid)
        at_epoch(epoch, lambda: os.kill(next(iter(pids.values())), signal.SIGKILL))
        assert_same_run(run(objective, client), alone)
        assert set(client.run(os.getpid).values()) != set(pids.values())


@pytest.mark.slow
def test_a_worker_that_joins_late_takes_its_share(objective, alone, at_epoch):
    with workers(1) as client:

        def join():
            client.cluster.scale(2)
            client.wait_for_workers(2, timeout=60)

        at_epoch(12, join)
        assert_same_run(run(objective, client), alone)
        done = client.run(lambda dask_worker: dask_worker.state.executed_count)
        assert len(done) == 2
        assert min(done.values()) > 50


@contextmanager
def without_nannies(n):
    """A scheduler and workers as somebody starts them by hand."""
    with (
        scheduler() as (address, _),
        hands(address, n),
        distributed.Client(address, set_as_default=False) as client,
    ):
        client.wait_for_workers(n, timeout=60)
        yield client


@contextmanager
def scheduler():
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with quiet_process([*command, "--port", str(port), "--no-dashboard"]) as process:
        yield f"tcp://127.0.0.1:{port}", process


@contextmanager
def hands(address, n):
    command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny"]
    command += ["--nthreads", "1", "--no-dashboard"]
    if n == 0:
        yield
        return
    with quiet_process(command), hands(address, n - 1):
        yield


@contextmanager
def quiet_process(command):
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, **silent)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_a_scheduler_that_is_lost_is_one_sentence_and_the_run_can_go_on(
    objective, alone, at_epoch, tmp_path
):
    with scheduler() as (address, process), hands(address, 2):
        at_epoch(13, process.kill)
        with pytest.raises(InputError, match=f"scheduler at {address} no longer answers"):
            run(objective, address, checkpoint=tmp_path / "run")
    assert (tmp_path / "run.shards" / "run.json").exists()
    assert_same_run(run(objective, "here", checkpoint=tmp_path / "run"), alone)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_scheduler_without_workers_is_refused(objective, monkeypatch):
    monkeypatch.setattr(cluster, "WORKER_TIMEOUT", 1)
    with (
        scheduler() as (address, _),
        pytest.raises(
            InputError, match=f"no workers after 1 s: start some with 'dask worker {address}'"
        ),
    ):
        run(objective, address)


@pytest.mark.slow
def test_a_worker_of_other_code_is_refused(objective, monkeypatch):
    cluster._code_version.cache_clear()
    monkeypatch.setattr(cluster, "code_digest", lambda _: "another")  # in this process alone
    with workers(1) as client, pytest.raises(InputError, match="install the same everywhere"):
        run(objective, client)


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:9", "nonsense", "tcp://no-such-host.invalid:1"]
)
def test_where_no_scheduler_answers_one_sentence_says_so(objective, monkeypatch, address):
    monkeypatch.setattr(cluster, "SCHEDULER_TIMEOUT", 1)
    with pytest.raises(InputError, match=f"no Dask scheduler answers at cluster='{address}'"):
        run(objective, address)


def test_without_dask_one_sentence_says_what_to_install(objective, monkeypatch):
    monkeypatch.setattr("muse_lib.extras.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'muse-lib\[dask\]'.*one process"):
        run(objective, "local")


def test_one_process_in_shards_needs_no_dask():
    code = (
        "import sys; sys.modules['distributed'] = None\n"
        "from tests.models.muse.test_shards import *\n"
        "run(Objective(count_cooccurrence(two_scenes(60), 60)), n_shards=2)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
