"""Fixtures that every test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from muse_lib.paths import ROOT
from tests.checkouts import Checkout
from tests.site_world import make_study

# The same examples every time, however slow the machine.
settings.register_profile("muse", deadline=None, derandomize=True)
settings.load_profile("muse")

REAL_PLACES = ["tidytuesday/spotify_songs.csv", "spotify-playlist-archive/plain"]


@pytest.fixture
def real_data(monkeypatch) -> Path:
    """The folder of real playlists; the test is skipped where there is none."""
    folder = ROOT / (os.environ.get("MUSE_DATA_DIR") or "../shared/data")
    if not any((folder / place).exists() for place in REAL_PLACES):
        pytest.skip("no real playlists: set MUSE_DATA_DIR to a folder that has them")
    monkeypatch.setenv("MUSE_DATA_DIR", str(folder.resolve()))
    return folder.resolve()


@pytest.fixture(scope="session")
def small_study(tmp_path_factory) -> Path:
    """The results of a small study full of hostile titles, executed and shown as pages."""
    return make_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="session")
def smoke(tmp_path_factory) -> Checkout:
    """A checkout in which the whole study ran in small, once for all tests: read it, copy it."""
    checkout = Checkout(
        tmp_path_factory.mktemp("smoke study")
    )  # a blank in its path does not matter
    ending = checkout.run()
    assert (ending.returncode, ending.stderr) == (0, "")
    return checkout


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the campaigns that take long be asked for."""
    parser.addoption("--stress", action="store_true", help="run long campaigns as well")
    parser.addoption("--fast", action="store_true", help="leave out what takes more than seconds")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out what was not asked for; pytest counts it as deselected."""
    left_out = [] if config.getoption("--stress") else ["stress"]
    left_out += ["smoke", "slow", "browser"] if config.getoption("--fast") else []
    chosen = [item for item in items if not any(item.get_closest_marker(m) for m in left_out)]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen
