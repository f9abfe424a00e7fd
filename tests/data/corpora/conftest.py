"""A data folder of the test's own, and no network."""

import pytest
import requests


@pytest.fixture
def data(tmp_path, monkeypatch):
    """An empty data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("MUSE_DATA_DIR", str(folder))
    return folder


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Whoever asks the network learns that there is none, at once."""

    def refuse(*_args, **_kwargs):
        raise requests.ConnectionError("closed")

    monkeypatch.setattr(requests, "get", refuse)
    monkeypatch.setattr("pooch.core.time.sleep", lambda _seconds: None)
