"""The playlists as published. Nothing of them is in this project."""

import os
import shutil

import pytest

from muse_lib.config import DataConfig
from muse_lib.data.corpora import load
from muse_lib.data.corpora.archive import SNAPSHOTS
from muse_lib.data.corpora.tidytuesday import FILE, SOUND
from muse_lib.data.makers import is_chart

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
            "tidytuesday": [FILE.place],
            "archive": [snapshot.place for snapshot in SNAPSHOTS],
        }
        if missing := [place for place in places[name] if not (real_data / place).exists()]:
            pytest.skip(f"no {missing[0]} in MUSE_DATA_DIR")
        if name not in corpora:
            corpora[name] = load(DataConfig(corpus=name))
        return corpora[name]

    return real


@pytest.mark.parametrize(
    ("name", "n_playlists", "n_songs", "n_memberships"),
    [("tidytuesday", 471, 26_159, 32_181), ("archive", 409, 26_218, 37_291)],
)
def test_the_published_content_is_read(real, name, n_playlists, n_songs, n_memberships):
    corpus = real(name)
    tables = (corpus.playlists, corpus.songs, corpus.memberships)
    assert tuple(map(len, tables)) == (n_playlists, n_songs, n_memberships)


def test_songs_of_tidytuesday_were_found_by_24_subgenres(real):
    songs = real("tidytuesday").songs
    assert songs["playlist_genres"].str.split("|").explode().nunique() == 24


def test_the_sound_of_every_song_of_tidytuesday_is_known(real):
    corpus = real("tidytuesday")
    assert corpus.notes == ()
    assert corpus.songs[list(SOUND)].notna().to_numpy().all()


def test_tidytuesday_drops_its_five_withdrawn_tracks(real):
    dropped = real("tidytuesday").dropped.set_index("reason")["count"]
    assert dropped["empty track"] == 5


@pytest.mark.parametrize(("name", "share"), [("archive", 0.48), ("tidytuesday", 0.61)])
def test_half_of_the_songs_and_more_have_a_genre(real, name, share):
    songs = real(name).songs
    assert songs["genre"].ne("").mean() == pytest.approx(share, abs=0.01)


def test_every_file_and_line_of_the_archive_is_kept_or_reported(real, real_data):
    corpus = real("archive")
    files = [file for snapshot in SNAPSHOTS for file in (real_data / snapshot.place).iterdir()]
    lines = [line for file in files for line in file.read_text("utf-8").split("\n")[3:]]
    dropped = corpus.dropped.set_index("reason")["count"]
    older = dropped.pop("playlist of an older snapshot")
    assert len(files) == len(corpus.playlists) + older
    assert sum(bool(line.strip()) for line in lines) == len(corpus.memberships) + dropped.sum()


def test_a_chart_of_the_archive_says_so_in_its_description(real, real_data):
    described = [
        file.read_text("utf-8").split("\n")[1].startswith("Your daily update of the most ")
        for file in newest_copies(real_data)
    ]
    charts = is_chart(real("archive").playlists["title"])
    assert charts.tolist() == described
    assert charts.sum() == 70


def newest_copies(real_data):
    """The file of each playlist of the archive, in the order of their names."""
    files = [{f.name: f for f in (real_data / one.place).iterdir()} for one in SNAPSHOTS]
    names = sorted(set().union(*files))
    return [next(found[name] for found in files if name in found) for name in names]


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
