"""Fixtures that every test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from muse_lib.paths import ROOT
from tests.helpers.checkouts import Checkout
from tests.helpers.site_world import make_study

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
def smoke_study(tmp_path_factory) -> Checkout:
    """A checkout whose smoke study one command has run, which no test may change: take a copy.

    It ran on a small machine without a network, in an empty home that it left empty.
    """
    checkout = Checkout(tmp_path_factory.mktemp("smoke study"))
    ending = checkout.run_alone()
    assert (ending.returncode, ending.stderr) == (0, "")
    assert checkout.beside() == []
    return checkout
