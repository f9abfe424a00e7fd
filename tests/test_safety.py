"""What nothing in the project may do, whatever lies in the data."""

import ast
import pickle
import subprocess
import sys

import pytest

from muse_lib.errors import InputError
from muse_lib.paths import NOTEBOOKS, ROOT
from muse_lib.titles import EMBEDDED_MODEL, TitleModel, _find
from tests.checkouts import ALONE
from tests.test_artifacts import Bomb

SOURCES = sorted((ROOT / "muse_lib").rglob("*.py"))
RUNS_WHAT_IT_READS = {
    *("eval", "exec", "compile", "__import__", "import_module", "read_pickle", "to_pickle"),
    *("extractall", "popen"),
}
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_nothing_that_is_read_can_be_run(path):
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    calls = [node.func for node in nodes if isinstance(node, ast.Call)]
    called = {getattr(call, "attr", getattr(call, "id", "")) for call in calls}
    called -= {"compile"} if "re.compile" in path.read_text("utf-8") else set()
    imported = {
        alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
    }
    imported |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    assert called & RUNS_WHAT_IT_READS == set()
    assert imported & UNSAFE_MODULES == set()


def test_no_notebook_imports_what_runs_what_it_reads():
    texts = {path.stem: path.read_text("utf-8") for path in NOTEBOOKS.glob("*.ipynb")}
    words = [*UNSAFE_MODULES, "allow_pickle", "read_pickle", "eval(", "exec("]
    assert [(name, word) for name in texts for word in words if word in texts[name]] == []


def test_a_title_model_of_pickled_weights_is_refused_and_not_run(tmp_path):
    model = tmp_path / "model"
    packed = _find(EMBEDDED_MODEL)
    for path in packed.rglob("*"):
        if path.is_file() and path.suffix != ".safetensors":
            (model / path.relative_to(packed)).parent.mkdir(parents=True, exist_ok=True)
            (model / path.relative_to(packed)).write_bytes(path.read_bytes())
    bomb = Bomb(tmp_path / "exploded")
    (model / "pytorch_model.bin").write_bytes(pickle.dumps(bomb))
    with pytest.raises(InputError, match="cannot be loaded"):
        TitleModel(str(model), cache=tmp_path).encode(["gym"])
    assert not bomb.path.exists()


def test_jupyterlab_is_started_on_loopback_and_with_its_token():
    text = (ROOT / "run_all.sh").read_text()
    assert "--ServerApp.ip=127.0.0.1" in text
    weaker = ["token", "password", "allow_origin", "disable_check_xsrf", "allow_remote", "0.0.0.0"]
    assert [word for word in weaker if word in text] == []


def test_the_scripts_keep_the_home_folder_clean():
    text = (ROOT / "scripts/environment.sh").read_text()
    assert "export MPLCONFIGDIR=$PWD/.cache/matplotlib" in text


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('127.0.0.1', 9))",
        "socket.socket().connect(('127.0.0.1', 9))",
        "socket.getaddrinfo('example.org', 80)",
        "__import__('requests').get('http://127.0.0.1:9')",
    ],
)
def test_the_guard_of_the_network_works(tmp_path, attempt):
    (tmp_path / "sitecustomize.py").write_text(ALONE)
    done = subprocess.run(
        [sys.executable, "-c", f"import socket; {attempt}"],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert "the study asks the network" in done.stderr
