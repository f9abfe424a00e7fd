"""Containers and clouds take the environment from the same files as everybody else."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from muse_lib.paths import NOTEBOOKS, ROOT
from muse_lib.runner.parameters import read_notebook

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
STEPS = [tuple(line.split(maxsplit=1)) for line in DOCKERFILE if line and line[0] not in "# "]
PYTHON = """#!/bin/sh
echo "$*" >>calls
case "$*" in
    *'-m venv'*) for last; do :; done; mkdir -p "$last/bin" && ln -s "$0" "$last/bin/python" ;;
esac
"""


def copied(arguments):
    """The sources and the place of a COPY."""
    *sources, place = (word for word in arguments.split() if not word.startswith("--"))
    return sources, place


@pytest.fixture
def built(tmp_path):
    """The folder in which the Dockerfile works, after each of its steps that concern it.

    A Python that only notes its calls stands for the image's.
    """
    image, bin_ = tmp_path / "image", tmp_path / "bin"
    image.mkdir()
    bin_.mkdir()
    (bin_ / "python3").write_text(PYTHON)
    (bin_ / "python3").chmod(0o755)
    for kind, arguments in STEPS:
        if kind == "COPY":
            sources, place = copied(arguments)
            for source in sources:
                if source == ".":
                    for name in ("run_all.sh", "scripts", "muse_lib"):
                        copy_into(ROOT / name, image / name)
                else:
                    copy_into(ROOT / source, image / place / Path(source).name)
        elif kind == "RUN" and arguments.startswith("["):
            run(json.loads(arguments), image, bin_)
    return image, bin_


def copy_into(source, place):
    place.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, place, dirs_exist_ok=True)
    else:
        shutil.copy(source, place)


def run(command, image, bin_):
    path = f"{bin_}:/usr/bin:/bin"
    done = subprocess.run(
        command, cwd=image, env={"PATH": path, "MUSE_CONDA": "no"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_the_dockerfile_copies_first_is_enough_to_set_up(built):
    image, _ = built
    calls = (image / "calls").read_text()
    assert "-m pip install -c constraints.txt -e .[study,dev]" in calls
    assert (image / ".venv/.set-up").is_file()


def test_the_container_starts_without_setting_up_again(built):
    image, bin_ = built
    (image / "calls").unlink()
    ((_, entry), (_, options)) = (step for step in STEPS if step[0] in ("ENTRYPOINT", "CMD"))
    run(["bash", *json.loads(entry), *json.loads(options)], image, bin_)
    (started,) = (image / "calls").read_text().splitlines()
    assert started.startswith("-m jupyterlab ")
    assert re.findall(r"--ServerApp.ip=\S+", started) == ["--ServerApp.ip=0.0.0.0"]


@pytest.mark.parametrize(
    "version",
    [
        re.search(r"python:(\d+\.\d+)", STEPS[0][1])[1],
        re.search(r"python:(\d+\.\d+)", (ROOT / ".devcontainer/devcontainer.json").read_text())[1],
        (ROOT / ".binder/runtime.txt").read_text().strip().removeprefix("python-"),
    ],
    ids=["Dockerfile", "devcontainer", "Binder"],
)
def test_every_image_has_a_python_that_the_project_takes(version):
    assert version in SpecifierSet(PROJECT["requires-python"])


def test_a_development_container_is_set_up_by_the_same_script():
    described = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    (sourced,) = re.findall(r"source ([\w./]+)", described["postCreateCommand"])
    assert (ROOT / sourced).is_file()


def test_binder_asks_for_the_package_and_what_the_study_itself_asks_for():
    lines = (ROOT / ".binder/requirements.txt").read_text().splitlines()
    named = [line for line in lines if not line.startswith("#")]
    assert named[:2] == ["-c ../constraints.txt", "-e ."]
    study = {Requirement(text).name for text in PROJECT["optional-dependencies"]["study"]}
    assert {*named[2:]} <= study


WITHOUT = ("scipy", "sklearn", "matplotlib", "pyarrow", "torch", "sentence_transformers", "bokeh")
REFUSE = f"import sys\nfor name in {WITHOUT}: sys.modules[name] = None\n"


def test_songs_are_explored_with_what_binder_has(tmp_path):
    """`10_explore` on the small model, without the extras."""
    cells = read_notebook(NOTEBOOKS / "10_explore.ipynb").cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    code = code.replace('"results/synthetic"', repr(str(tmp_path)))
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{REFUSE}{code}\nprint(len(first.songs), len(explorer.found.options))",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    songs, found = map(int, done.stdout.split())
    assert songs > 10_000
    assert found == 1
