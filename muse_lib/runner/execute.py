"""Execute one notebook with papermill and verify that it completed."""

import errno
import logging
import os
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from papermill.translators import translate_parameters

from muse_lib.errors import InputError, plain
from muse_lib.paths import CACHE, ROOT
from muse_lib.progress import PROGRESS
from muse_lib.report.caveats import MIME
from muse_lib.runner.kernel import StudyKernel, kernel_config
from muse_lib.runner.parameters import without_folders
from muse_lib.runner.publish import temporary_folder
from muse_lib.runner.stages import NO_SPACE, Parameters, StageError
from muse_lib.runner.watch import Watch
from muse_lib.storage.results import DRAFT

SPEAK_FOR_THEMSELVES = (InputError.__name__, "TrainingDivergedError")
"""Exceptions whose message is shown without the exception's name."""


def execute(
    source: nbformat.NotebookNode,
    parameters: Parameters,
    draft: Path,
    name: str,
    cwd: Path,
    watch: Watch,
) -> Path:
    """Execute ``source`` below the folder ``draft`` and return the normalised notebook's path.

    Parameters
    ----------
    source : NotebookNode
        The notebook as written by its author.
    parameters : mapping
        Parameters that differ from the values in its parameters cell.
    draft : Path
        The folder for the executed notebook and everything it writes.
    name : str
        The name under which the notebook is published.
    cwd : Path
        The kernel's working directory.
    watch : Watch
        Shows the progress and measures the memory while the notebook runs.

    Raises
    ------
    StageError
        If a cell raised an exception, or the kernel was killed.
    """
    logging.getLogger("papermill").setLevel(logging.CRITICAL + 1)  # failures are reported below
    path = draft / "notebooks" / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder(draft.parent) as folder:
        progress = folder / "progress.json"
        variables = _variables(folder, draft, progress)
        config = kernel_config(folder / "socket", draft / "kernel.log", variables)
        try:
            with watch.over(progress):
                executed = papermill.execute_notebook(
                    # papermill edits the notebook it is given
                    nbformat.from_dict(source),
                    path,
                    parameters=dict(parameters),
                    kernel_name="python3",
                    language="python",
                    kernel_manager_class=StudyKernel,
                    config=config,
                    coalesce_streams=True,
                    progress_bar=False,
                    cwd=cwd,
                )
        except KeyboardInterrupt:
            # the cell that was interrupted ends with an error that nobody waits for any more
            logging.getLogger("asyncio").setLevel(logging.CRITICAL + 1)
            raise
        except PapermillExecutionError as error:
            raise StageError(_message(error)) from None
        except DeadKernelError:
            raise StageError(
                f"{_last_cell(path)}: its process was killed, most often because memory ran out; "
                f"choose smaller parameters or close other programs"
            ) from None
        except CellTimeoutError:
            raise StageError(f"{_last_cell(path)}: it exceeded the time limit") from None
        except RuntimeError as error:  # the kernel did not start
            raise StageError(f"the first cell: {plain(str(error))}") from None
        except OSError as error:
            reason = NO_SPACE if error.errno == errno.ENOSPC else str(error)
            raise StageError(f"writing its notebook: {reason}") from None
    _check_complete(executed)
    nbformat.write(normalised(executed, source, parameters), path)
    return path


def normalised(
    executed: nbformat.NotebookNode, source: nbformat.NotebookNode, parameters: Parameters
) -> nbformat.NotebookNode:
    """Return the executed notebook without times, random ids and paths of the user's files.

    Two identical runs then give identical bytes.
    """
    notebook: nbformat.NotebookNode = nbformat.from_dict(executed)
    notebook.metadata = nbformat.from_dict(source.metadata)
    notebook.nbformat_minor = 5  # the first version whose cells have ids
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.source = translate_parameters("python3", "python", without_folders(parameters))
        for trace in ("papermill", "execution"):
            cell.metadata.pop(trace, None)
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]  # papermill adds an empty list
    return notebook


def caveats_of(notebook: Path) -> list[str]:
    """Return the caveats that an executed notebook shows, in order."""
    outputs = (
        output.get("data", {}).get(MIME, [])
        for cell in nbformat.read(notebook, as_version=4).cells
        for output in cell.get("outputs", [])
    )
    return [plain(str(sentence)) for sentences in outputs for sentence in sentences]


def _variables(folder: Path, draft: Path, progress: Path) -> dict[str, str]:
    """Return the kernel's environment: the user's, without anything that would change results."""
    python_path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return os.environ | {
        DRAFT: str(draft.resolve()),
        PROGRESS: str(progress),
        "PYTHONPATH": python_path,  # the library of this checkout
        "IPYTHONDIR": str(folder / "ipython"),  # ignore the user's start-up files and profiles
        "MPLCONFIGDIR": str(CACHE / "matplotlib"),  # and settings; keep the font cache here
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OMP_WAIT_POLICY": "passive",  # spinning threads would make t-SNE three times slower
    }


def _message(error: PapermillExecutionError) -> str:
    """Return which cell raised which exception; an `InputError` needs no name."""
    reason = plain(error.evalue)
    if f"[Errno {errno.ENOSPC}]" in reason:
        reason = NO_SPACE
    elif error.ename not in SPEAK_FOR_THEMSELVES:
        reason = f"{error.ename}: {reason}" if reason else error.ename
    return f"cell [{error.exec_count}]: {reason}"


def _last_cell(path: Path) -> str:
    """Name the last cell started, according to the notebook that papermill saved before it."""
    cells = nbformat.read(path, as_version=4).cells if path.exists() else []
    begun = [cell.execution_count for cell in cells if cell.get("execution_count")]
    return f"cell [{begun[-1]}]" if begun else "the first cell"


def _check_complete(notebook: nbformat.NotebookNode) -> None:
    """Raise `StageError` unless every cell has run without error, whatever papermill returned."""
    for cell in notebook.cells:
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        answered = "shell.execute_reply" in cell.metadata.get("execution", {})
        if not answered or cell.execution_count is None:
            line = plain(cell.source.splitlines()[0])
            raise StageError(f"the cell that begins with {line!r}: it did not run to the end")
        if any(output.output_type == "error" for output in cell.outputs):
            raise StageError(f"cell [{cell.execution_count}]: it ended in an error")
