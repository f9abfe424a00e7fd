"""What nothing in the project may do, whatever lies in the data."""

import json
import os
import pickle
import shlex
import shutil
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest
import requests

from muse_lib.errors import InputError
from muse_lib.paths import ROOT
from muse_lib.titles.encoder import EMBEDDED_MODEL, TitleModel, _find
from tests.helpers.checkouts import ALONE
from tests.storage.test_results import Bomb


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


CARELESS = """
c = get_config()
for part in (c.ServerApp, c.IdentityProvider, c.PasswordIdentityProvider):
    part.token = part.password = part.hashed_password = ""
c.ServerApp.ip = "0.0.0.0"
c.ServerApp.allow_origin = "*"
c.ServerApp.allow_remote_access = c.ServerApp.disable_check_xsrf = True
"""
"""Settings with which a server lets everybody in."""


@pytest.fixture
def project(tmp_path):
    """A copy of the scripts in a folder with a blank in its name, its environment ready."""
    project = tmp_path / "my project"
    recipe = ("pyproject.toml", "constraints.txt", "environment.yml")
    for name in (*recipe, "run_all.sh", "scripts/environment.sh", "scripts/jupyterlab"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, project / name)
    python = project / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    python.chmod(0o755)
    texts = [(project / name).read_text("utf-8") for name in recipe]
    (project / ".venv/.set-up").write_text(f"{project}\n" + "".join(texts), "utf-8")
    return project


@pytest.fixture
def lab(project, tmp_path):
    """JupyterLab as ./run_all.sh starts it for a user of careless settings, and what it says."""
    for place in ("home/.jupyter", "more"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "jupyter_server_config.py").write_text(CARELESS)
    told = {"HOME": "home", "JUPYTER_CONFIG_PATH": "more", "JUPYTER_RUNTIME_DIR": "runtime"}
    process = subprocess.Popen(
        ["bash", "run_all.sh", "lab", "--no-browser", "--allow-root", "--ServerApp.port=0"],
        cwd=project,
        env=os.environ | {name: str(tmp_path / place) for name, place in told.items()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    info = None
    while info is None:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.2)
        with suppress(ValueError, StopIteration):
            path = next((tmp_path / "runtime").glob("jpserver-*.json"))
            info = json.loads(path.read_text())
    yield process, info
    process.terminate()
    process.wait(60)


@pytest.mark.slow
def test_no_settings_of_the_user_take_the_token_off_or_open_jupyterlab_to_the_network(lab):
    process, info = lab
    listening = [c for c in psutil.Process(process.pid).net_connections() if c.status == "LISTEN"]
    assert {connection.laddr.ip for connection in listening} == {"127.0.0.1"}
    address = f"http://127.0.0.1:{info['port']}/api/contents"
    assert len(info["token"]) >= 32
    assert requests.get(address, timeout=30).status_code == 403
    known = {"Authorization": f"token {info['token']}"}
    assert requests.get(address, headers=known, timeout=30).status_code == 200


def test_the_scripts_keep_the_home_folder_clean(project, tmp_path):
    """Where Matplotlib keeps its list of fonts, and pip, Jupyter and Python what is theirs."""
    home = tmp_path / "home"
    home.mkdir()
    load = 'source scripts/environment.sh; exec "$python" -c "import matplotlib.font_manager"'
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT)}
    subprocess.run(["bash", "-c", load], cwd=project, env=environment, check=True)
    assert list(home.rglob("*")) == []
    assert list((project / ".cache/matplotlib").glob("fontlist*"))


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
