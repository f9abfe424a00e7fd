"""An ordered pool of processes: the same results whatever their number.

For items that keep one core busy for minutes, such as the splits of a study. `muse_lib.workers`
is for small items, whose time is spent in NumPy.

The pool is the standard library's, with new interpreters (*spawn*): a forked Jupyter kernel would
share its sockets and locks, and a compiled loop's threads do not survive a fork. joblib would do
the same, but it imports its pickles from files too, which this project refuses to read.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, TypeVar, cast

import psutil

from muse_lib.errors import InputError
from muse_lib.progress import PROGRESS, reporter
from muse_lib.workers import usable_cores

Item = TypeVar("Item")
Result = TypeVar("Result")

PROCESSES = "MUSE_PROCESSES"
"""The environment variable that limits the number of processes."""

GIGABYTE = 1_000_000_000

PER_STUDY, PER_SONG = 1.0, 150e-6
"""Gigabytes that one split of a study takes, with all its models in memory: the interpreter and its
libraries, and what grows with the songs (4.3 GB measured with 22,000 training songs)."""


LEAST_SONGS = 5_000
"""With fewer songs, half of the work on a split takes less time than starting a process."""


def map_in_order(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    label: str,
    gigabytes: float,
) -> Iterator[Result]:
    """Yield ``function(item)`` in the order of the items, computed in several processes.

    With one process, everything runs in this one. With several, each item has a process of its own
    on its share of the cores, and all of them end when this process does, however it ends, or when
    the caller stops.

    Parameters
    ----------
    function : callable
        A function of a module, or a `functools.partial` of one: it is sent to the processes.
    items : sequence
        Its arguments.
    label : str
        What the items are, for the progress bar: "splits".
    gigabytes : float
        Memory that one process may need; see `memory_per_split`.

    Raises
    ------
    InputError
        If a process is killed. Exceptions of the function are raised as they are.
    """
    n = n_processes(len(items), gigabytes)
    results = map(function, items) if n < 2 else _spread(function, items, n)
    if len(items) < 2:
        yield from results  # a bar over one item says nothing
        return
    with reporter(len(items), label) as report:
        for done, result in enumerate(results, start=1):
            report(done)
            yield result


def memory_per_split(n_songs: int) -> float:
    """Return the gigabytes that the work on one split of a study may need."""
    return PER_STUDY + PER_SONG * n_songs


def worth_sharing(n_parts: int, n_songs: int) -> bool:
    """Return whether processes should share the work on one split of a study."""
    return n_songs >= LEAST_SONGS and n_processes(n_parts, memory_per_split(n_songs)) > 1


def n_processes(n_items: int, gigabytes: float) -> int:
    """Return how many processes there is work, cores and memory for; at least 1.

    Raises
    ------
    InputError
        If ``MUSE_PROCESSES`` is not a positive whole number.
    """
    limits = [n_items, usable_cores()]
    limits.append(int(psutil.virtual_memory().available / (gigabytes * GIGABYTE)))
    if asked := os.environ.get(PROCESSES):
        if not asked.isdecimal() or int(asked) < 1:
            raise InputError(f"{PROCESSES}={asked} is not a number of processes: use 1 or more.")
        limits.append(int(asked))
    return max(1, min(limits))


def _spread(function: Callable[[Item], Result], items: Sequence[Item], n: int) -> Iterator[Result]:
    context = get_context("spawn")
    shares = SimpleQueue[list[int]]()
    for share in _shares(n):
        shares.put(share)
    ours, theirs = context.Pipe(duplex=False)

    def attempt(item: Item) -> tuple[Result | None, Any]:
        share = shares.get()
        try:
            # a process of its own, since memory that was freed does not all return to the system
            with ProcessPoolExecutor(1, context, _start, (share, ours)) as pool:
                return pool.submit(_attempt, function, item).result()
        finally:
            shares.put(share)

    threads = ThreadPoolExecutor(n)
    try:
        # Closing the pipe ends the processes: at once if anything went wrong, and if nothing did.
        with closing(theirs):
            for future in [threads.submit(attempt, item) for item in items]:
                try:
                    result, error = future.result()
                except BrokenProcessPool:
                    raise InputError(
                        "a process was killed before its work was done, perhaps for lack of "
                        f"memory: close other programs, or set {PROCESSES}={n - 1}, and run it "
                        "again."
                    ) from None
                if error is not None:
                    raise _rebuilt(*error)
                yield cast(Result, result)
    finally:
        threads.shutdown(cancel_futures=True)


def _shares(n: int) -> list[list[int]]:
    """Deal the cores of this process out to ``n`` others; empty where the system cannot."""
    if not hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return [[] for _ in range(n)]
    cores = sorted(os.sched_getaffinity(0))
    return [cores[number::n] for number in range(n)]


def _start(share: list[int], parent: Connection) -> None:
    """Prepare a new process, before it imports anything that counts cores."""
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which closes the pipe
    if share:
        os.sched_setaffinity(0, share)
    # Under the runner, progress goes to the runner's file; elsewhere only the parent draws a bar.
    os.environ.setdefault(PROGRESS, os.devnull)


def _end_with(parent: Connection) -> None:
    """End this process as soon as the other end of the pipe is closed, by hand or by death."""
    try:
        parent.recv()
    except (EOFError, OSError):
        os._exit(1)


def _attempt(function: Callable[[Item], Result], item: Item) -> tuple[Result | None, Any]:
    """Return a result, or what it takes to raise the same error again.

    Pickle calls an exception's class with its message alone, which some classes do not accept.
    """
    try:
        return function(item), None
    except InputError as error:
        return None, (type(error), str(error), error.__dict__)


def _rebuilt(kind: type[InputError], message: str, state: dict[str, Any]) -> InputError:
    error = kind.__new__(kind, message)
    error.__dict__.update(state)
    return error
