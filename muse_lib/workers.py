"""An ordered thread pool: the same bytes whatever the number of threads.

The matrix products of one playlist are too small for BLAS to parallelise well, so BLAS gets one
thread and playlists are distributed over Python threads instead (NumPy releases the GIL while it
computes). Results come back in the order of the items, and the caller adds them up in that order,
so rounding does not depend on scheduling.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from functools import cache
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers:
    """A pool of threads; BLAS is limited to one thread while it is open.

    Parameters
    ----------
    n_threads : int, optional
        By default one per core available to this process.
    """

    def __init__(self, n_threads: int | None = None) -> None:
        self.n_threads = n_threads or usable_cores()

    def __enter__(self) -> Self:
        self._blas = one_blas_thread()
        self._pool = ThreadPoolExecutor(self.n_threads)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._blas.__exit__(kind, error, traceback)

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Yield ``function(item)`` in the order of the items, computing a few ahead of the caller.

        At most two results per thread are pending at any time, so memory stays bounded.
        """
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(self._pool.submit(function, item))
            if len(waiting) > 2 * self.n_threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def one_blas_thread() -> AbstractContextManager[Any]:
    """Limit BLAS to one thread until the end of a `with` block.

    It is fast enough to do so for every playlist of an evaluation.
    """
    limit = _libraries().limit(limits=1, user_api="blas")
    return cast("AbstractContextManager[Any]", limit)


@cache
def _libraries() -> ThreadpoolController:
    """Return the BLAS libraries of NumPy and SciPy; finding them takes some milliseconds."""
    with suppress(ImportError):  # SciPy is not part of the core
        import scipy.linalg  # noqa: F401 - loads a BLAS of its own
    return ThreadpoolController()


def usable_cores() -> int:
    """Return the number of cores available to this process, or of all cores if unknown."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
