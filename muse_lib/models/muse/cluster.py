"""Run the functions of a descent in shards on the workers of a Dask cluster.

A place is on one worker as long as that worker lives; if it dies, Dask recomputes its data on
another. No result depends on which worker computes it.
"""

from asyncio import CancelledError
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError as FutureCancelled
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from muse_lib.errors import InputError
from muse_lib.extras import installed, require
from muse_lib.models.muse.executor import Executor, Future, SerialExecutor
from muse_lib.storage.code_digest import code_digest
from muse_lib.workers import Workers, usable_cores

if TYPE_CHECKING:
    from distributed import Client

WORKER_TIMEOUT = 60
"""Seconds to wait for the first worker; to wait for more, use ``client.wait_for_workers``."""

SCHEDULER_TIMEOUT = 10
"""Seconds to wait for a scheduler to answer."""

CONNECTION_LOST = (OSError, TimeoutError, CancelledError, FutureCancelled)


class DaskExecutor:
    """An `Executor` whose places are the workers of a cluster.

    Parameters
    ----------
    client : distributed.Client
        Connected to its scheduler.
    """

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._places: list[str] = []

    def submit(self, function: Callable[..., Any], *arguments: Any, at: int) -> Future:
        """Run a function on the worker of a place, or on another if need be; return a future."""
        with self._readable_errors():
            return self._client.submit(
                _on_worker,
                function,
                *arguments,
                key=f"{function.__name__}-{uuid4().hex}",  # the dashboard shows the name
                workers=[self._places[at % len(self._places)]],
                allow_other_workers=True,
            )

    def results(self, futures: list[Future]) -> list[Any]:
        """Wait for results and fetch them."""
        with self._readable_errors():
            return list(self._client.gather(futures))

    def update_places(self) -> bool:
        """Find the workers, and check that they run the same code as this process.

        Raises
        ------
        InputError
            If there is no worker, or one has other code or libraries.
        """
        with self._readable_errors():
            try:
                self._client.wait_for_workers(1, timeout=WORKER_TIMEOUT)
            except TimeoutError:
                raise InputError(
                    f"the Dask scheduler at {self._address} has no workers after "
                    f"{WORKER_TIMEOUT} s: start some with 'dask worker {self._address}'."
                ) from None
            found = self._client.run(_code_version, on_error="return")
        present = {
            place: version for place, version in found.items() if not isinstance(version, OSError)
        }
        for place, version in present.items():
            if version != _code_version():
                failed = isinstance(version, Exception)
                what = f"cannot run it ({version})" if failed else "has another"
                raise InputError(
                    f"this process has one version of muse-lib and its libraries, and the worker "
                    f"at {place} {what}: install the same everywhere."
                )
        before, self._places = self._places, sorted(present)
        return before != self._places

    @property
    def _address(self) -> str:
        return str(self._client.scheduler.address)

    @contextmanager
    def _readable_errors(self) -> Iterator[None]:
        """Turn the loss of a cluster into one clear sentence."""
        from distributed.scheduler import KilledWorker

        try:
            yield
        except KilledWorker as error:
            raise InputError(
                f"one task ({error.task.partition('-')[0]}) repeatedly killed workers of the "
                f"cluster, perhaps for lack of memory: give them more, or raise n_shards; training "
                f"again resumes from the checkpoint."
            ) from None
        except CONNECTION_LOST as error:
            raise InputError(
                f"the Dask scheduler at {self._address} no longer answers "
                f"({type(error).__name__}): restart it with its workers; training again resumes "
                f"from the checkpoint."
            ) from None


@contextmanager
def open_executor(cluster: "Client | str", n_threads: int | None = None) -> Iterator[Executor]:
    """Open the cluster that the argument of `muse_lib.models.muse.training.train` describes.

    Parameters
    ----------
    cluster : distributed.Client or str
        A client, which stays open; the address of a scheduler; ``"local"``, one process per core;
        ``"here"``, this process.
    n_threads : int, optional
        With ``"here"``, the number of threads; with ``"local"``, of processes. Default: all cores.

    Raises
    ------
    InputError
        If no scheduler answers at the address.
    MissingExtraError
        If Dask is needed and not installed.
    """
    if cluster == "here":
        with Workers(n_threads) as workers:
            yield SerialExecutor(workers)
        return
    require("dask", "train in one process, with cluster=''")
    from distributed import Client, LocalCluster

    if isinstance(cluster, Client):
        yield DaskExecutor(cluster)
    elif cluster == "local":
        n_workers = n_threads or usable_cores()
        with (
            LocalCluster(
                n_workers=n_workers, threads_per_worker=1, dashboard_address="127.0.0.1:0"
            ) as own,
            Client(own, set_as_default=False) as client,
        ):
            yield DaskExecutor(client)
    else:
        try:
            client = Client(cluster, timeout=SCHEDULER_TIMEOUT, set_as_default=False)
        except (OSError, TimeoutError, ValueError, TypeError) as error:
            raise InputError(
                f"no Dask scheduler answers at cluster={cluster!r} ({type(error).__name__}): start "
                f"one with 'dask scheduler', or use cluster='local'."
            ) from None
        with client:
            yield DaskExecutor(client)


@cache
def _code_version() -> tuple[str, bool]:
    """Return what determines the bytes that a process computes."""
    return code_digest(["muse_lib.models.muse.sharded_run"]), installed("fast")


@cache
def _worker_threads() -> Workers:
    """Return the threads of a worker process, which all of its tasks share.

    They live as long as the process: tasks overlap, and BLAS must be limited to one thread in all.
    """
    from distributed import get_worker

    if installed("fast"):
        import muse_lib.models.muse.compiled  # noqa: F401 - loads its BLAS, to be limited too
    return Workers(get_worker().state.nthreads).__enter__()


def _on_worker(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function on a worker, with its threads."""
    return function(_worker_threads(), *arguments)
