"""One list of dependencies, one set of versions, and a set-up that says clearly what is wrong."""

import os
import re
import shutil
import stat
import subprocess
import tomllib
from importlib.metadata import packages_distributions

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from muse_lib.extras import EXTRAS
from muse_lib.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PROGRAMS = ["awk", "bash", "cat", "cmp", "df", "dirname", "flock", "grep", "ln", "mkdir", "mv"]
PROGRAMS += ["rm", "sed", "tail"]
RECIPE = ["pyproject.toml", "constraints.txt", "environment.yml"]


def pins():
    lines = (
        line.split("#")[0].strip() for line in (ROOT / "constraints.txt").read_text().splitlines()
    )
    return dict(line.split("==") for line in lines if line)


def requirements():
    extras = PROJECT["optional-dependencies"].values()
    named = [Requirement(text) for text in sum(extras, PROJECT["dependencies"])]
    return [requirement for requirement in named if requirement.name != PROJECT["name"]]


def test_environment_yml_refers_to_the_one_list_of_dependencies():
    *conda, pip = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert pip["pip"] == ["-c constraints.txt", "-e .[study,dev]"]
    assert [name.split()[0] for name in conda] == ["python", "pip"]
    assert PROJECT["requires-python"] in conda[0]
    assert ".[study,dev]" in (ROOT / "scripts" / "environment.sh").read_text()


def test_whoever_runs_the_study_has_every_extra_but_that_of_developers():
    """The study names the others as an extra of the package itself."""
    extras = PROJECT["optional-dependencies"]
    (others,) = (one for one in map(Requirement, extras["study"]) if one.name == PROJECT["name"])
    assert {*others.extras} == {*extras} - {"study", "dev"} == {*EXTRAS}


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_modules_that_an_extra_asks_for_are_what_it_installs(extra):
    named = map(Requirement, PROJECT["optional-dependencies"][extra])
    installed = {canonicalize_name(one.name) for one in named}
    homes = packages_distributions()
    for module in EXTRAS[extra]:
        assert {canonicalize_name(home) for home in homes[module]} & installed, module


def test_every_dependency_is_pinned_within_its_range():
    pinned = {canonicalize_name(name): version for name, version in pins().items()}
    assert "torch" in pinned
    for requirement in requirements():
        version = pinned[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement


def test_constraints_name_versions_and_nothing_of_one_machine():
    for name, version in pins().items():
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name)
        assert re.fullmatch(r"[0-9][A-Za-z0-9.]*", version), f"{name}: no local versions, no paths"


@pytest.fixture
def copy(tmp_path):
    """A copy of what set-up needs, in a folder with a space, with a PATH of our own making."""
    folder = tmp_path / "my copy"
    (folder / "scripts").mkdir(parents=True)
    for name in [*RECIPE, "scripts/environment.sh", "run_all.sh"]:
        shutil.copy(ROOT / name, folder / name)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in PROGRAMS:
        if found := shutil.which(name):
            (programs / name).symlink_to(found)
    return folder


def program(copy, name, script):
    path = copy.parent / "programs" / name
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def set_up(copy, *options, **variables):
    """Run ./run_all.sh from another folder and return its status and what it said."""
    done = subprocess.run(
        ["bash", copy / "run_all.sh", *(options or ["--given"])],
        cwd="/",
        env={"PATH": str(copy.parent / "programs"), **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


FAKE_PYTHON = """
here={here}
echo "$*" >>"$here/calls"
case "$*" in
    *version_info*) exit {old} ;;
    *'import venv, ensurepip'* | *'import ensurepip'*) exit {no_ensurepip} ;;
    *'import venv, pip'*) exit {no_pip} ;;
    --version) echo 'Python 3.9.2' ;;
    *'-m venv'*) for last; do :; done; mkdir -p "$last/bin" && ln -sf "$0" "$last/bin/python" ;;
    *'-m pip install -c'*) {pip} ;;
    *muse_lib.runner.check*) {check} ;;
    *muse_lib.runner*) echo "running: $*" ;;
esac
"""


def fake_python(
    copy, name="python3", *, old=0, no_ensurepip=0, no_pip=0, pip="exit 0", check="exit 3"
):
    script = FAKE_PYTHON.format(
        here=f"'{copy}'", old=old, no_ensurepip=no_ensurepip, no_pip=no_pip, pip=pip, check=check
    )
    program(copy, name, script)


def calls(copy):
    return (copy / "calls").read_text() if (copy / "calls").exists() else ""


def test_a_second_call_installs_nothing(copy):
    fake_python(copy)
    status, said = set_up(copy)
    assert status == 0
    assert "Setting up" in said
    assert "running: -m muse_lib.runner --given" in said
    (copy / "calls").unlink()
    status, said = set_up(copy)
    assert (status, said) == (0, "running: -m muse_lib.runner --given\n")
    assert calls(copy) == "-m muse_lib.runner --given\n"


@pytest.mark.parametrize("status", [0, 2])
def test_help_and_refusals_come_before_anything_is_set_up(copy, status):
    fake_python(copy, check=f"echo help or refusal; exit {status}")
    assert set_up(copy) == (status, "help or refusal\n")
    assert not (copy / ".venv").exists()


def test_a_python_that_cannot_check_does_not_stop_the_set_up(copy):
    fake_python(copy, check="exit 1")
    status, said = set_up(copy)
    assert status == 0
    assert "running: -m muse_lib.runner --given" in said


LAB = "-m jupyterlab --ServerApp.ip=127.0.0.1"


@pytest.mark.parametrize("options", [["--no-browser"], ["--", "--no-browser"]])
def test_options_reach_jupyterlab_with_and_without_two_dashes(copy, options):
    fake_python(copy)
    status, _ = set_up(copy, "lab", *options)
    assert status == 0
    last = calls(copy).splitlines()[-1]
    assert last.startswith(LAB)
    assert last.endswith(" --no-browser")
    assert ("--allow-root" in last) == (os.geteuid() == 0)


def test_the_help_of_lab_needs_no_environment(copy):
    status, said = set_up(copy, "lab", "--help")
    assert (status, said.splitlines()[0]) == (0, "usage: ./run_all.sh lab [OPTION ...]")


def test_a_changed_recipe_is_installed_into_the_same_environment(copy):
    fake_python(copy)
    set_up(copy)
    (copy / "calls").unlink()
    with (copy / "constraints.txt").open("a") as file:
        file.write("# renewed\n")
    fake_python(copy, pip="echo 'ERROR: No matching distribution found for numpy==9'; exit 1")
    status, said = set_up(copy)
    assert status == 1
    assert "the package numpy==9 is not available" in said
    fake_python(copy)
    status, said = set_up(copy)
    assert status == 0
    assert "Updating" in said
    assert "-m venv" not in calls(copy)
    assert "Updating" not in set_up(copy)[1]


def test_an_interrupted_set_up_is_made_anew(copy):
    fake_python(copy, pip="kill -9 $PPID; exit 1")
    assert set_up(copy)[0] != 0
    assert (copy / ".venv").exists()
    (copy / ".venv" / "half").touch()
    fake_python(copy)
    assert set_up(copy)[0] == 0
    assert not (copy / ".venv" / "half").exists()


def test_an_environment_of_the_users_own_is_never_removed(copy):
    fake_python(copy)
    (copy / ".venv").mkdir()
    status, said = set_up(copy)
    assert status == 1
    assert ".venv exists but was not made by this script" in said
    assert (copy / ".venv").exists()


@pytest.mark.parametrize("conda", ["conda", "mamba", "micromamba"])
def test_conda_and_its_kin_take_environment_yml(copy, conda):
    fake_python(copy)
    script = f"""echo "{conda} $*" >>'{copy}/calls'
        mkdir -p '{copy}/.venv/bin' && ln -s "${{0%/*}}/python3" '{copy}/.venv/bin/python'"""
    program(copy, conda, script)
    status, said = set_up(copy)
    assert status == 0, said
    verb = "create" if conda == "micromamba" else "env create"
    assert f"{conda} {verb} --prefix {copy}/.venv --file environment.yml" in calls(copy)
    assert "-m pip" not in calls(copy)


def test_without_ensurepip_the_systems_pip_helps_out(copy):
    fake_python(copy, no_ensurepip=1)
    assert set_up(copy)[0] == 0
    assert f"-m venv --without-pip {copy}/.venv" in calls(copy)
    assert f"-m pip --python {copy}/.venv/bin/python install pip" in calls(copy)


def test_a_newer_python_beside_an_old_one_is_found(copy):
    fake_python(copy, old=1)
    fake_python(copy, "python3.12")
    assert set_up(copy)[0] == 0


@pytest.mark.parametrize(
    ("python", "df", "sentence"),
    [
        (None, None, "Python is missing: install Python 3.11 or newer, or conda"),
        ({"old": 1}, None, "Python 3.9.2 is too old: install Python 3.11 or newer, or conda"),
        ({"no_ensurepip": 1, "no_pip": 1}, None, "sudo apt install python3-venv"),
        ({}, "echo; echo 'disk 9 9 1000 1% /'", "needs about 4 GB"),
        ({"pip": "echo 'No space left on device'; exit 1"}, None, "the disk filled up"),
        (
            {"pip": "echo 'Segmentation fault'; exit 1"},
            None,
            "pip install failed: see the last lines",
        ),
        (
            {"pip": "echo 'ERROR: No matching distribution found for torch==2'; exit 1"},
            None,
            "the package torch==2 is not available: check that the network is up",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(copy, python, df, sentence):
    if python is not None:
        fake_python(copy, **python)
    if df:
        program(copy, "df", df)
    status, said = set_up(copy)
    assert status == 1
    assert sentence in said
    last = said.splitlines()[-1]
    assert last.startswith("run_all.sh: ")
    assert last.endswith((".", "in .venv-setup.log)."))
    assert "running" not in said


def test_scripts_are_executable_and_ci_runs_the_tests():
    for name in ["run_all.sh", "run_tests.sh", ".ci/run"]:
        assert os.access(ROOT / name, os.X_OK)
    assert "run_tests.sh" in (ROOT / ".ci" / "run").read_text()
