"""A tinkerer in JupyterLab: open a notebook, change a parameter, run all cells, explore songs."""

import contextlib
import json
import re
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
from tests.helpers.checkouts import NOWHERE, Checkout

PATIENCE = 120
"""Seconds after which a step has failed, on a slow machine too."""

SMALL = {"results/synthetic": "results/smoke/synthetic", "epochs = 150": "epochs = 3"}
ERROR = '[data-mime-type="application/vnd.jupyter.stderr"]'
"""What an exception shows, as well as what is printed to stderr."""

WHOLE = {"windowingMode": "none"}
"""Keep cells out of sight in the document as well."""


def with_lab(checkout):
    """Put beside a checkout what opens it in JupyterLab."""
    shutil.copy(ROOT / "run_all.sh", checkout.root)
    shutil.copytree(ROOT / "scripts/jupyterlab", checkout.root / "scripts/jupyterlab")
    checkout.write("scripts/environment.sh", f"python={shlex.quote(sys.executable)}\n")
    return checkout


@pytest.fixture
def fresh(tmp_path):
    """The project as it is cloned."""
    return with_lab(Checkout(tmp_path / "my project"))


@pytest.fixture
def checkout(smoke_study, tmp_path):
    """The project with a small study that was trained with other parameters."""
    copy = with_lab(smoke_study.copy(tmp_path / "my project"))
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
def lab(tmp_path, monkeypatch):
    """Starts ``./run_all.sh lab`` in a checkout; gives a notebook's address, and the log."""
    with contextlib.ExitStack() as running:
        yield lambda checkout, notebook: running.enter_context(
            served(checkout, notebook, tmp_path, monkeypatch)
        )


@contextlib.contextmanager
def served(checkout, notebook, tmp_path, monkeypatch):
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
        yield f"{address}/lab/tree/notebooks/{notebook}.ipynb?token={token}", log
    finally:
        server.terminate()  # which ends its kernels too
        server.wait(PATIENCE)


def opened(page, address):
    """Open a notebook and wait for its kernel."""
    page.set_default_timeout(1000 * PATIENCE)
    expect.set_options(timeout=1000 * PATIENCE)
    page.goto(address)
    # asked where cells are run before the kernel has started, which a slow machine can do
    page.add_locator_handler(page.get_by_role("button", name="Select", exact=True), Locator.click)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    return page


def retype(page, old, new):
    """Put one line in place of another."""
    page.locator(".cm-line", has_text=old).click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.type(new)
    expect(page.locator(".cm-line", has_text=new)).to_be_visible()


def run_all_cells(page):
    page.locator(".lm-MenuBar-itemLabel", has_text="Run").click()
    page.locator(".lm-Menu-itemLabel").get_by_text("Run All Cells", exact=True).click()


@pytest.mark.slow
def test_a_changed_parameter_shows_its_loss_and_leaves_the_studys_vectors(lab, watched, checkout):
    trained = checkout.study / "artifacts/models/muse/model.safetensors"
    before = trained.read_bytes()
    address, log = lab(checkout, "05_train")
    page = opened(watched.page, address)
    retype(page, "dim = 500", "dim = 32")
    run_all_cells(page)

    curve = page.locator(".jp-CodeCell", has_text="plot_loss(").locator(".jp-OutputArea img")
    expect(curve).to_have_count(1)
    assert curve.evaluate("async (image) => { await image.decode(); return image.naturalWidth; }")
    last = page.locator(".jp-CodeCell").last
    expect(last.locator(".jp-InputPrompt")).not_to_have_text("[ ]:")
    expect(page.locator(".jp-InputPrompt", has_text="[*]:")).to_have_count(0)
    assert page.locator(ERROR).count() == 0
    bar = page.locator(".jp-CodeCell", has_text="recipe.train(vocabulary")
    expect(bar.locator(".jp-OutputArea-output")).to_be_hidden()  # it went

    assert trained.read_bytes() == before
    (trial,) = checkout.study.glob("artifacts/trials/dim=32_epochs=3*")
    vectors = (trial / "artifacts/models/muse/model.safetensors").read_bytes()
    assert '"dim": 32' in vectors[:4000].decode("utf-8", "replace").replace("\\", "")
    expect(page.get_by_text("stays as it is")).to_be_visible()
    outside = [url for url in watched.asked if urlsplit(url).hostname not in (None, "127.0.0.1")]
    assert outside == []
    assert not [url for url in watched.asked if "/api/news" in url or "/api/update" in url]
    assert page.locator(".Toastify__toast").count() == 0  # no offer of news either
    assert "error" not in log.read_text().lower()


@pytest.mark.slow
def test_songs_can_be_explored_before_anything_is_trained(lab, watched, fresh):
    address, _ = lab(fresh, "10_explore")
    watched.page.set_viewport_size({"width": 1280, "height": 800})
    page = opened(watched.page, address)
    tab = page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text="10_explore.ipynb")
    expect(tab).to_have_class(re.compile("lm-mod-current"))
    page.wait_for_timeout(1000)  # a change would have been marked when the kernel came
    assert "jp-mod-dirty" not in tab.get_attribute("class")

    run_all_cells(page)
    expect(page.get_by_text("Nothing has been trained in")).to_be_visible()
    search = page.get_by_placeholder("words of a track or an artist")
    search.fill("no such song at all")
    expect(page.get_by_text("no song matches")).to_be_visible()
    search.fill("love")
    expect(page.get_by_text(re.compile(r"^50 of \d+, most popular first$"))).to_be_visible()
    page.get_by_role("button", name="Add to the playlist").click()
    listed = page.locator(".widget-select", has_text="Playlist")
    expect(listed.locator("option")).to_have_count(1)
    proposals = page.locator(".jp-OutputArea table tbody:visible").first
    expect(proposals.locator("tr")).to_have_count(10)
    search.scroll_into_view_if_needed()
    for part in (search, listed, proposals.locator("tr").nth(4)):
        expect(part).to_be_in_viewport(ratio=0.9)


@pytest.mark.slow
def test_what_is_refused_is_one_red_sentence(lab, watched, fresh):
    address, _ = lab(fresh, "10_explore")
    page = opened(watched.page, address)
    retype(page, "n_neighbours = 10", "n_neighbours = 0")
    run_all_cells(page)
    refusal = page.locator(ERROR).first
    expect(refusal).to_have_text("k=0 cannot be used: give a whole number of at least 1.")
    colour = "element => getComputedStyle(element).color"
    red, green, blue = refusal.locator("span").evaluate(colour).strip("rgb()").split(", ")
    assert int(red) > 2 * max(int(green), int(blue))
