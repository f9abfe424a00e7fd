"""Call functions at the places of a descent in shards: in this process, or elsewhere."""

from collections.abc import Callable
from typing import Any, Protocol

from muse_lib.workers import Workers

Future = Any
"""The future of a result, such as Dask's; in one process, the result itself."""


class Executor(Protocol):
    """Calls functions at places, with the place's `Workers` as their first argument."""

    def submit(self, function: Callable[..., Any], *arguments: Any, at: int) -> Future:
        """Call a function at a place; its arguments may include futures."""

    def results(self, futures: list[Future]) -> list[Any]:
        """Wait for the results of some futures, and return them."""

    def update_places(self) -> bool:
        """Find the available workers; return whether the places have changed."""


class SerialExecutor:
    """All places in this process, one after the other: the reference for a cluster.

    Parameters
    ----------
    workers : Workers
        Threads that share the work of a place.
    """

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    def submit(self, function: Callable[..., Any], *arguments: Any, at: int) -> Future:
        """Call the function at once."""
        del at
        return function(self._workers, *arguments)

    def results(self, futures: list[Future]) -> list[Any]:
        """Return the futures, which are already results."""
        return futures

    def update_places(self) -> bool:
        """Return False: there is one process."""
        return False
