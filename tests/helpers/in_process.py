"""Notebooks executed in this process: what is decided around them needs no kernel of a second.

`muse_lib.runner.execute` is the real one; tests of what a kernel does are marked ``kernel``.
"""

import ast
import contextlib
import io
import os
from pathlib import Path

import nbformat
from papermill.translators import translate_parameters

from muse_lib.errors import InputError, plain
from muse_lib.runner.execute import normalised
from muse_lib.runner.stages import StageError
from muse_lib.storage.results import DRAFT


def execute(source, parameters, draft, name, cwd, watch):
    """Do for plain cells what `muse_lib.runner.execute.execute` does."""
    notebook = nbformat.from_dict(source)
    if parameters:
        injected = nbformat.v4.new_code_cell(
            translate_parameters("python3", "python", dict(parameters)),
            metadata={"tags": ["injected-parameters"]},
        )
        first = next(k for k, cell in enumerate(notebook.cells) if cell.metadata.get("tags"))
        notebook.cells.insert(first + 1, injected)
    path = draft / "notebooks" / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    space = {"__name__": "__main__"}
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    with _place(cwd, draft), watch.over(draft.parent / "progress.json"):
        for number, cell in enumerate(code, start=1):
            cell.execution_count = number
            try:
                cell.outputs = _outputs(cell.source, space, number)
            except Exception as error:
                nbformat.write(notebook, path)
                said = plain(str(error))
                told = said if isinstance(error, InputError) else f"{type(error).__name__}: {said}"
                raise StageError(f"cell [{number}]: {told}") from None
    nbformat.write(normalised(notebook, source, parameters), path)
    return path


@contextlib.contextmanager
def _place(cwd: Path, draft: Path):
    """Be where the kernel would be, with its draft folder."""
    before = os.environ.get(DRAFT)
    os.environ[DRAFT] = str(draft.resolve())
    try:
        with contextlib.chdir(cwd):
            yield
    finally:
        if before is None:
            del os.environ[DRAFT]
        else:
            os.environ[DRAFT] = before


def _outputs(source, space, number):
    """Run a cell, and return what it prints and what its last expression shows."""
    body = ast.parse(source).body
    last = body.pop().value if body and isinstance(body[-1], ast.Expr) else None
    shown = None
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(ast.Module(body, []), "<cell>", "exec"), space)
        if last is not None:
            shown = eval(compile(ast.Expression(last), "<cell>", "eval"), space)
    outputs = []
    if printed.getvalue():
        outputs.append(nbformat.v4.new_output("stream", text=printed.getvalue()))
    if shown is not None:
        bundle = getattr(shown, "_repr_mimebundle_", None)
        data = bundle() if bundle else {"text/plain": repr(shown)}
        outputs.append(nbformat.v4.new_output("execute_result", data, execution_count=number))
    return outputs
