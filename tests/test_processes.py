import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial

import psutil
import pytest

from muse_lib import processes
from muse_lib.errors import InputError
from muse_lib.paths import ROOT
from muse_lib.processes import GIGABYTE, PROCESSES, map_in_order, n_processes
from muse_lib.progress import PROGRESS, read_progress
from muse_lib.runner import watch
from tests.helpers import items


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    monkeypatch.delenv(PROCESSES, raising=False)
    monkeypatch.delenv(PROGRESS, raising=False)


@pytest.fixture
def two(monkeypatch):
    """Two processes, on a machine of one core as well."""
    monkeypatch.setattr(processes, "n_processes", lambda *_: 2)


def workers():
    """The processes of a pool below this one."""
    return [child for child in psutil.Process().children() if "spawn_main" in str(child.cmdline())]


def wait_until(fact, seconds=30):
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


@pytest.mark.usefixtures("two")
def test_results_come_in_the_order_of_the_items_whoever_is_faster():
    results = list(map_in_order(items.who, range(5), label="items", gigabytes=1))
    assert [item for item, _ in results] == list(range(5))


@pytest.mark.usefixtures("two")
def test_every_item_has_a_process_of_its_own():
    pids = [pid for _, pid in map_in_order(items.who, range(4), label="items", gigabytes=1)]
    assert len({os.getpid(), *pids}) == 5


def test_one_process_is_this_one(monkeypatch):
    monkeypatch.setenv(PROCESSES, "1")
    results = list(map_in_order(items.who, range(3), label="items", gigabytes=1))
    assert results == [(item, os.getpid()) for item in range(3)]


@pytest.mark.usefixtures("two")
def test_nothing_to_do_gives_nothing():
    assert list(map_in_order(items.who, [], label="items", gigabytes=1)) == []


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="cores cannot be dealt out")
@pytest.mark.usefixtures("two")
def test_the_cores_are_dealt_out(tmp_path):
    here = len(os.sched_getaffinity(0))
    shares = list(map_in_order(items.cores, [tmp_path, tmp_path], label="items", gigabytes=1))
    assert sorted(shares) == [max(1, here // 2), max(1, here - here // 2)]


def machine(monkeypatch, cores, gigabytes):
    free = psutil.virtual_memory()._replace(available=gigabytes * GIGABYTE)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    monkeypatch.setattr(processes, "usable_cores", lambda: cores)


@pytest.mark.parametrize(
    ("n_items", "cores", "gigabytes", "n"),
    [(10, 4, 100, 4), (3, 4, 100, 3), (10, 4, 5, 2), (10, 4, 1, 1), (0, 4, 100, 1)],
)
def test_there_are_as_many_as_work_cores_and_memory_allow(
    monkeypatch, n_items, cores, gigabytes, n
):
    machine(monkeypatch, cores, gigabytes)
    assert n_processes(n_items, 2.0) == n


def test_the_user_may_ask_for_fewer_but_not_for_more(monkeypatch):
    machine(monkeypatch, 4, 100)
    for asked, n in (("2", 2), ("9", 4)):
        monkeypatch.setenv(PROCESSES, asked)
        assert n_processes(10, 2.0) == n


@pytest.mark.parametrize("asked", ["0", "-1", "many", "1.5"])
def test_what_is_no_number_of_processes_is_refused(monkeypatch, asked):
    monkeypatch.setenv(PROCESSES, asked)
    with pytest.raises(InputError, match=f"MUSE_PROCESSES={asked} is not a number of processes"):
        n_processes(10, 2.0)


@pytest.mark.usefixtures("two")
def test_an_error_is_raised_here_as_it_was_there():
    with pytest.raises(InputError, match=r"^item 1 cannot be used: use another\.$"):
        list(map_in_order(items.refused, range(3), label="items", gigabytes=1))
    with pytest.raises(items.CostlyError, match=r"^item 0 diverged: lower the step\.$") as caught:
        list(map_in_order(items.diverged, range(2), label="items", gigabytes=1))
    assert caught.value.best == [1, 2]
    with pytest.raises(ZeroDivisionError):
        list(map_in_order(items.divided, range(2), label="items", gigabytes=1))
    assert workers() == []


@pytest.mark.usefixtures("two")
def test_a_process_that_is_killed_is_told_in_one_sentence():
    said = "^a process was killed before its work was done, .* set MUSE_PROCESSES=1, and run it aga"
    with pytest.raises(InputError, match=said):
        list(map_in_order(items.killed, range(3), label="items", gigabytes=1))


@pytest.mark.usefixtures("two")
def test_who_stops_listening_ends_the_work():
    results = map_in_order(items.who, [1, 2, 0, 0, 0, 0, 0, 0], label="items", gigabytes=1)
    next(results)
    wait_until(lambda: len(workers()) == 2)
    results.close()
    assert workers() == []


@pytest.mark.usefixtures("two")
def test_progress_is_in_the_file_of_the_runner(monkeypatch, tmp_path):
    monkeypatch.setenv(PROGRESS, str(tmp_path / "progress.json"))
    results = map_in_order(items.counted, range(2), label="items", gigabytes=1)
    next(results)
    assert read_progress(tmp_path / "progress.json").startswith("item")
    list(results)


@pytest.mark.usefixtures("two")
def test_without_a_runner_the_processes_are_silent(capfd):
    list(map_in_order(items.counted, range(2), label="items", gigabytes=1))
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("two")
def test_the_memory_of_the_processes_is_measured(tmp_path):
    done = []
    work = partial(map_in_order, items.large, [tmp_path, tmp_path], label="items", gigabytes=1)
    thread = threading.Thread(target=lambda: done.extend(work()))
    thread.start()
    wait_until(lambda: len(list(tmp_path.glob("*.ready"))) == 2)
    measured = watch._memory()
    (tmp_path / "go").touch()
    thread.join()
    assert done == [300_000_000] * 2
    assert measured > sum(done)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["SIGKILL", "SIGINT", "SIGTERM"])
def test_they_end_with_their_parent_however_it_ends(tmp_path, way):
    """SIGINT goes to all of them, as from a terminal."""
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.helpers.items", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {PROCESSES: "2"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    expected = min(2, n_processes(2, 4.0))
    if expected < 2:
        parent.kill()
        pytest.skip("one core, or little memory")
    wait_until(lambda: len(list(tmp_path.glob("*.pid"))) == 2)
    pids = [int(path.stem) for path in tmp_path.glob("*.pid")]
    assert all(map(psutil.pid_exists, pids))
    send = os.killpg if way == "SIGINT" else os.kill
    send(parent.pid, signal.Signals[way])
    wait_until(lambda: not any(map(running, pids)), seconds=10)
    _, said = parent.communicate(timeout=10)
    assert parent.returncode != 0
    assert said.count("Traceback") == (1 if way == "SIGINT" else 0), said


def running(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
