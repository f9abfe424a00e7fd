"""A tinkerer in JupyterLab: change a parameter, run all cells, see the loss curve."""

import json
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, expect

from muse_lib.paths import ROOT
from tests.helpers.checkouts import NOWHERE

PATIENCE = 120
"""Seconds after which a step has failed, on a slow machine too."""

SMALL = {"results/synthetic": "results/smoke/synthetic", "epochs = 150": "epochs = 3"}
WHOLE = {"windowingMode": "none"}
"""Keep cells out of sight in the document as well."""


@pytest.fixture
def checkout(smoke_study, tmp_path):
    """A copy of the project with a small sample of playlists, as after a trial run."""
    copy = smoke_study.copy(tmp_path / "my project")
    shutil.rmtree(copy.study / "artifacts" / "models")
    shutil.copy(ROOT / "run_all.sh", copy.root)
    shutil.copytree(ROOT / "scripts/jupyterlab", copy.root / "scripts/jupyterlab")
    copy.write("scripts/environment.sh", f"python={shlex.quote(sys.executable)}\n")
    notebook = copy.root / "notebooks" / "05_train.ipynb"
    text = notebook.read_text("utf-8")
    for old, new in SMALL.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    notebook.write_text(text, "utf-8")
    return copy


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.fixture
def lab(checkout, tmp_path, monkeypatch):
    """The address of a JupyterLab that ``./run_all.sh lab`` has started, and its log."""
    settings = tmp_path / "config/lab/user-settings/@jupyterlab/notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text(json.dumps(WHOLE))
    for place in ("config", "data", "runtime"):
        monkeypatch.setenv(f"JUPYTER_{place.upper()}_DIR", str(tmp_path / place))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    monkeypatch.setenv("PYTHONPATH", str(checkout.root))
    monkeypatch.setenv("https_proxy", NOWHERE)
    port, token = free_port(), secrets.token_hex(16)
    options = [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--no-browser"]
    options += [f"--IdentityProvider.token={token}"]
    options += ["--allow-root"] if sys.platform == "linux" else []
    log = tmp_path / "lab.log"
    with log.open("w") as written:
        server = subprocess.Popen(
            ["bash", "run_all.sh", "lab", *options],
            cwd=checkout.root,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        given_up = time.monotonic() + PATIENCE
        while not answers(f"{address}/api/status?token={token}"):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < given_up, log.read_text()
            time.sleep(0.2)
        yield f"{address}/lab/tree/notebooks/05_train.ipynb?token={token}", log
    finally:
        server.terminate()  # which ends its kernels too
        server.wait(PATIENCE)


@pytest.mark.slow
def test_a_changed_parameter_and_run_all_show_the_loss_curve(lab, watched, checkout):
    address, log = lab
    page = watched.page
    page.set_default_timeout(1000 * PATIENCE)
    expect.set_options(timeout=1000 * PATIENCE)
    page.goto(address)

    # asked where cells are run before the kernel has started, which a slow machine can do
    page.add_locator_handler(page.get_by_role("button", name="Select", exact=True), Locator.click)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    page.locator(".cm-line", has_text="dim = 500").click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.type("dim = 16")
    expect(page.locator(".cm-line", has_text="dim = 16")).to_be_visible()
    page.locator(".lm-MenuBar-itemLabel", has_text="Run").click()
    page.locator(".lm-Menu-itemLabel").get_by_text("Run All Cells", exact=True).click()

    curve = page.locator(".jp-CodeCell", has_text="plot_loss(").locator(".jp-OutputArea img")
    expect(curve).to_have_count(1)
    assert curve.evaluate("async (image) => { await image.decode(); return image.naturalWidth; }")
    last = page.locator(".jp-CodeCell").last
    expect(last.locator(".jp-InputPrompt")).not_to_have_text("[ ]:")
    expect(page.locator(".jp-InputPrompt", has_text="[*]:")).to_have_count(0)
    assert page.locator('[data-mime-type="application/vnd.jupyter.error"]').count() == 0
    assert page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0
    bar = page.locator(".jp-CodeCell", has_text="recipe.train(vocabulary")
    expect(bar.locator(".jp-OutputArea-output")).to_be_hidden()  # it went

    vectors = checkout.results / "smoke/synthetic/artifacts/models/muse/vectors.safetensors"
    assert vectors.exists()
    assert '"dim": 16' in vectors.read_bytes()[:4000].decode("utf-8", "replace").replace("\\", "")
    outside = [url for url in watched.asked if urlsplit(url).hostname not in (None, "127.0.0.1")]
    assert outside == []
    assert not [url for url in watched.asked if "/api/news" in url or "/api/update" in url]
    assert page.locator(".Toastify__toast").count() == 0  # no offer of news either
    assert "error" not in log.read_text().lower()
