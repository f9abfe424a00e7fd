"""Copies of the project, to run as a user does and far from the real results."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from muse_lib.paths import ROOT

PARTS = ("muse_lib", "notebooks")
WHAT_RUNS_LEAVE = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
NOWHERE = "http://127.0.0.1:9"
"""A proxy that refuses at once: no test asks the network."""

ALONE = """
import socket

def refuse(*_, **__):
    raise AssertionError("the study asks the network")

class Alone(socket.socket):
    def connect(self, address):
        if self.family != socket.AF_UNIX:
            refuse()
        super().connect(address)

    connect_ex = connect
    sendto = refuse

socket.socket, socket.getaddrinfo, socket.create_connection = Alone, refuse, refuse
"""
"""Imported first by every Python process of a checkout that has it: no connection can be made."""

SMALL_MACHINE = (
    *(sys.executable, "-c"),
    "import os, resource, sys\n"
    "os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
    "resource.setrlimit(resource.RLIMIT_DATA, (1_600_000_000, 1_600_000_000))\n"
    "os.execvp(sys.argv[1], sys.argv[1:])",
)
"""Runs a command on one core, where none of its processes can have more than 1.6 GB.

The runner needs some 0.3 GB beside the kernel, which makes a machine of 2 GB.
"""

SMALL_DISK = (
    *("unshare", "--map-root-user", "--mount", "sh", "-c"),
    "size=$1 && shift && mount -t tmpfs -o size=$size none results && "
    '{ "$@"; kept=$?; rm -rf left; cp -r results left; exit $kept; }',
    "sh",
)
"""Runs a command with a results folder that holds as much as is said, and copies it to left/."""

Ending = subprocess.CompletedProcess[str]


class Checkout:
    """A copy of the library and the notebooks in an empty folder.

    Parameters
    ----------
    root : Path
        The folder; playlists are looked for in its ``data/``, and ``results/`` is its own.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.results = root / "results"
        for part in PARTS:
            shutil.copytree(ROOT / part, root / part, ignore=WHAT_RUNS_LEAVE)

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables by which the command runs from here and asks no network."""
        return {
            "PYTHONPATH": str(self.root),
            "MUSE_DATA_DIR": "data",
            "https_proxy": NOWHERE,
            "HF_HUB_OFFLINE": "1",
            # as scripts/environment.sh
            "MPLCONFIGDIR": str(self.root / ".cache/matplotlib"),
            "ARROW_DEFAULT_MEMORY_POOL": "system",
        }

    @property
    def study(self) -> Path:
        """The results of the smoke study on generated playlists."""
        return self.results / "smoke" / "synthetic"

    def copy(self, root: Path) -> "Checkout":
        """Return a checkout in another place that has the same results."""
        copy = Checkout(root)
        shutil.copytree(self.results, copy.results)
        return copy

    def forget(self, *stages: str) -> None:
        """Let the next run of the smoke study do some stages again."""
        for stage in set(stages):
            (self.study / "artifacts" / "receipts" / f"{stage}.json").unlink()

    def run(self, *options: str, before: Iterable[str] = (), **variables: str) -> Ending:
        """Run the command behind ``./run_all.sh`` with some options, smoke scale among them.

        Parameters
        ----------
        before : iterable of str, optional
            A command that runs the command.
        variables : str
            Environment variables.
        """
        module = [sys.executable, "-m", "muse_lib.runner", "--scale", "smoke"]
        return subprocess.run(
            [*before, *module, *options],
            cwd=self.root,
            env=os.environ | self.environment | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    def run_alone(self) -> Ending:
        """Run the command on a small machine, in an empty home, where any connection fails."""
        self.write("sitecustomize.py", ALONE)
        places = {name: self.root / "beside" / name for name in ("HOME", "TMPDIR")}
        for place in places.values():
            place.mkdir(parents=True)
        home = {name: str(place) for name, place in places.items()}
        cache = {"XDG_CACHE_HOME": f"{home['HOME']}/.cache", "XDG_CONFIG_HOME": home["HOME"]}
        return self.run(before=SMALL_MACHINE, **home, **cache, HF_HUB_OFFLINE="0")

    def beside(self) -> list[str]:
        """Return what `run_alone` has left in the home and among the passing files."""
        place = self.root / "beside"
        return sorted(str(p.relative_to(place)) for p in place.rglob("*") if p.is_file())

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file of the user's below the root."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def at_once() -> ThreadPoolExecutor:
    """Return a pool that runs as many commands at one time as there are cores."""
    return ThreadPoolExecutor(os.cpu_count())


def notebooks_of(results: Path) -> dict[str, NotebookNode]:
    """Return the executed notebooks of a study by the names of their stages."""
    paths = (results / "notebooks").glob("*.ipynb")
    return {path.stem: nbformat.read(path, as_version=4) for path in paths}


def outputs_of(notebook: NotebookNode) -> list[NotebookNode]:
    """Return what all cells of a notebook show."""
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def published(results: Path) -> dict[Path, bytes]:
    """Return all that a study publishes, but for its times."""
    folders = ("tables", "figures", "maps", "notebooks", "pages")
    paths = (path for folder in folders for path in (results / folder).glob("*"))
    return {path.relative_to(results): path.read_bytes() for path in paths}
