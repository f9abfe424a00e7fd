import os
import subprocess
import sys
import threading
import time

import pytest

from muse_lib.workers import Workers, usable_cores


@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_items_whoever_is_faster(n_threads):
    def slow_at_first(item):
        time.sleep(0.01 if item == 0 else 0)
        return 10 * item

    with Workers(n_threads) as workers:
        assert list(workers.map(slow_at_first, range(20))) == list(range(0, 200, 10))


def test_nothing_to_do_gives_nothing():
    with Workers(2) as workers:
        assert list(workers.map(str, [])) == []


def test_all_threads_work_at_once():
    """Three items that wait for each other: with fewer threads they would wait for ever."""
    meeting = threading.Barrier(3, timeout=10)
    with Workers(3) as workers:
        assert sorted(workers.map(lambda _: meeting.wait(), range(3))) == [0, 1, 2]


def test_workers_run_only_a_few_items_ahead_of_the_caller():
    started = []
    with Workers(2) as workers:
        results = workers.map(started.append, range(100))
        for _ in range(10):
            next(results)
        assert len(started) <= 10 + 2 * 2


def test_an_error_in_an_item_reaches_the_caller():
    with Workers(2) as workers, pytest.raises(ZeroDivisionError):
        list(workers.map(lambda item: 1 / item, [1, 0, 2]))


BLAS_THREADS = """
import numpy
from threadpoolctl import threadpool_info
from muse_lib.workers import Workers, one_blas_thread

def blas_threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

before = blas_threads()
assert before, "without a BLAS that threadpoolctl knows this test says nothing"
"""
AFTER_AN_ERROR = """
try:
    with Workers(2):
        inside = blas_threads()
        raise KeyError
except KeyError:
    assert inside == {1}, inside
assert blas_threads() == before, (blas_threads(), before)
"""
TWICE = """
for _ in range(2):
    with one_blas_thread():
        assert blas_threads() == {1}, blas_threads()
    assert blas_threads() == before, (blas_threads(), before)
"""


@pytest.mark.parametrize("limited", [AFTER_AN_ERROR, TWICE], ids=["after an error", "twice"])
def test_blas_is_limited_to_one_thread_and_has_its_own_number_again_after(limited):
    """In a process of its own: other libraries of the tests bring a BLAS that nothing here uses."""
    subprocess.run([sys.executable, "-c", BLAS_THREADS + limited], check=True)


def test_by_default_there_is_a_thread_for_every_core_one_may_use():
    assert Workers().n_threads == usable_cores() == len(os.sched_getaffinity(0))
    assert Workers(3).n_threads == 3


def test_without_a_notion_of_affinity_all_cores_are_taken(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    assert usable_cores() == os.cpu_count()
