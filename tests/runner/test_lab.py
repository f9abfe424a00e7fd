"""Notebooks as JupyterLab gets them and gives them back."""

import asyncio
import json

import pytest
from ipykernel.ipkernel import IPythonKernel

from muse_lib.paths import NOTEBOOKS
from muse_lib.runner.lab import Notebooks

BARE = {"name": "python"}


@pytest.fixture
def files(tmp_path):
    return Notebooks(root_dir=str(tmp_path))


def notebook(language=BARE):
    metadata = {"language_info": language} if language else {}
    return {"cells": [], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def got(files, name, **options):
    return asyncio.run(files.get(name, **options))


def test_an_opened_notebook_says_what_its_kernel_says_so_that_nothing_changes(files, tmp_path):
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook()))
    shown = got(files, "a.ipynb")["content"]["metadata"]["language_info"]
    assert shown == IPythonKernel.language_info
    assert "version" in shown


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_that_is_saved_as_it_was_opened_keeps_all_it_says(files, tmp_path, path):
    text = path.read_text("utf-8")
    (tmp_path / "a.ipynb").write_text(text, "utf-8")
    model = got(files, "a.ipynb")
    asyncio.run(files.save({"type": "notebook", "content": model["content"]}, "a.ipynb"))
    assert json.loads((tmp_path / "a.ipynb").read_text("utf-8")) == json.loads(text)


def test_a_notebook_of_another_language_stays_as_it_is(files, tmp_path):
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook({"name": "R"})))
    assert got(files, "a.ipynb")["content"]["metadata"]["language_info"] == {"name": "R"}


def test_a_notebook_that_says_nothing_yet_gets_the_kernels_language(files, tmp_path):
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook(None)))
    assert got(files, "a.ipynb")["content"]["metadata"]["language_info"]["name"] == "python"


def test_other_files_and_lists_of_them_are_as_jupyter_has_them(files, tmp_path):
    (tmp_path / "a.txt").write_text("text")
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook()))
    assert got(files, "a.txt")["content"] == "text"
    assert [entry["content"] for entry in got(files, "")["content"]] == [None, None]
    assert got(files, "a.ipynb", content=False)["content"] is None
