"""The playlists as published. Nothing of them is in this project."""

import os
import shutil

import pytest

from muse_lib.config import DataConfig
from muse_lib.data.corpora import load

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def corpora():
    """What was read already, by name."""
    return {}


@pytest.fixture
def real(real_data, corpora):
    """Read a published corpus, its digest checked."""

    def real(name):
        places = {
            "tidytuesday": "tidytuesday/spotify_songs.csv",
            "archive": "spotify-playlist-archive/plain",
        }
        place = places[name]
        if not (real_data / place).exists():
            pytest.skip(f"no {place} in MUSE_DATA_DIR")
        if name not in corpora:
            corpora[name] = load(DataConfig(corpus=name))
        return corpora[name]

    return real


@pytest.mark.parametrize(
    ("name", "n_playlists", "n_songs", "n_memberships"),
    [("tidytuesday", 471, 26_159, 32_181), ("archive", 250, 18_649, 24_458)],
)
def test_the_published_content_is_read(real, name, n_playlists, n_songs, n_memberships):
    corpus = real(name)
    tables = (corpus.playlists, corpus.songs, corpus.memberships)
    assert tuple(map(len, tables)) == (n_playlists, n_songs, n_memberships)


def test_tidytuesday_has_6_genres_and_24_subgenres(real):
    songs = real("tidytuesday").songs
    assert songs["genre"].nunique() == 6
    assert songs["subgenre"].str.split("|").explode().nunique() == 24


def test_tidytuesday_drops_its_five_withdrawn_tracks(real):
    dropped = real("tidytuesday").dropped.set_index("reason")["count"]
    assert dropped["empty track"] == 5


def test_some_two_in_five_songs_of_the_archive_have_a_genre(real):
    assert real("archive").songs["genre"].ne("").mean() == pytest.approx(0.42, abs=0.01)


def test_the_archive_drops_less_than_one_row_in_five_hundred(real):
    corpus = real("archive")
    assert corpus.dropped["count"].sum() < len(corpus.memberships) / 500


def windows(source, target):
    """Copy a text file as a Windows checkout writes it."""
    with open(source, "rb") as text, open(target, "wb") as copy:  # noqa: PTH123
        copy.write(text.read().replace(b"\n", b"\r\n"))
    return target


@pytest.mark.parametrize("name", ["tidytuesday", "archive"])
def test_a_copy_with_windows_line_endings_has_the_published_content(
    real, real_data, tmp_path, monkeypatch, name
):
    shutil.copytree(real_data, tmp_path / "copy", copy_function=windows)
    monkeypatch.setenv("MUSE_DATA_DIR", os.fspath(tmp_path / "copy"))
    assert load(DataConfig(corpus=name)).digest() == real(name).digest()
