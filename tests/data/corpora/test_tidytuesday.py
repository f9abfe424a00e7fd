import numpy as np
import pytest

from muse_lib.config import DataConfig
from muse_lib.data.corpora import load
from muse_lib.data.corpora.tidytuesday import SOUND
from muse_lib.errors import InputError

COLUMNS = [
    "track_name",
    "track_artist",
    "track_album_name",
    "playlist_name",
    "playlist_id",
    "playlist_genre",
    "playlist_subgenre",
    *SOUND,
]
GENRES = """uri,followers,genres,name
u1,10,"['dream pop', 'wet rock']",ana
u2,90,"['wet rock']",Bo
"""
SOME = ["0.5"] * len(SOUND)


@pytest.fixture(autouse=True)
def genres(data):
    """A small list of artists' genres in its usual place."""
    (data / "artist-genres").mkdir()
    (data / "artist-genres/artists_cleaned.csv").write_text(GENRES)


@pytest.fixture
def read(tmp_path):
    """Read rows as tidytuesday: track, artist, album, title, playlist, two genres[, sound]."""

    def read(*rows):
        path = tmp_path / "spotify_songs.csv"
        whole = [(*row, *SOME)[: len(COLUMNS)] for row in rows]
        path.write_text("\n".join(",".join(row) for row in [COLUMNS, *whole]), "utf-8")
        return load(DataConfig(corpus="tidytuesday", data_file=str(path)))

    return read


def test_playlists_are_told_apart_by_their_id(read):
    corpus = read(
        ("Drops", "Ana", "A", "Rain", "id1", "pop", "dream pop"),
        ("Drops", "Ana", "A", "Rain", "id2", "pop", "dream pop"),
    )
    assert corpus.playlists["title"].tolist() == ["Rain", "Rain"]


def test_a_song_has_the_genres_of_its_artist_and_not_those_of_its_playlists(read):
    corpus = read(
        ("Drops", "Ana", "A", "Rain", "id1", "edm", "pop edm"),
        ("Mud", "Bo", "A", "Sun", "id2", "edm", "pop edm"),
        ("Sun", "Cy", "A", "Sun", "id2", "edm", "pop edm"),
    )
    assert corpus.songs["genres"].tolist() == ["dream pop|wet rock", "wet rock", ""]
    assert corpus.songs["genre"].tolist() == ["wet rock", "wet rock", ""]


def test_the_subgenres_of_its_playlists_are_kept_apart(read):
    corpus = read(
        ("Drops", "Ana", "A", "Rain", "id1", "rock", "wet rock"),
        ("Drops", "Ana", "A", "Sun", "id2", "pop", "dry pop"),
        ("DROPS", "ana", "A", "Wind", "id3", "pop", "dream pop"),
    )
    assert corpus.songs["playlist_genres"].tolist() == ["dream pop|dry pop|wet rock"]


def sound_of(corpus):
    return corpus.songs[list(SOUND)].to_numpy().tolist()


def test_the_sound_of_a_song_is_that_of_its_first_row(read):
    first, second = (["0.25"] * len(SOUND), ["-7e3"] * len(SOUND))
    corpus = read(
        ("Drops", "Ana", "A", "Rain", "id1", "rock", "wet rock", *first),
        ("drops", "ANA", "A", "Sun", "id2", "rock", "wet rock", *second),
        ("Mud", "Bo", "A", "Sun", "id2", "rock", "wet rock", *second),
    )
    assert sound_of(corpus) == [[0.25] * len(SOUND), [-7000.0] * len(SOUND)]
    assert corpus.notes == ()


@pytest.mark.parametrize("cell", ["", "loud", "nan", "inf", "1e999", "0x7f"])
def test_what_is_no_number_counts_as_unknown_and_is_reported(read, cell):
    sound = ["0.5", cell, *SOME[2:]]
    corpus = read(("Drops", "Ana", "A", "Rain", "id1", "rock", "wet rock", *sound))
    assert np.isnan(sound_of(corpus)).tolist() == [[k == 1 for k in range(len(SOUND))]]
    assert corpus.notes == (
        "1 audio-feature cells of spotify_songs.csv contain no number (the first "
        "is energy in line 2): they count as unknown.",
    )


def test_a_withdrawn_track_is_dropped(read):
    corpus = read(
        ("Drops", "Ana", "A", "Rain", "id1", "pop", "dream pop"),
        ("NA", "NA", "NA", "Rain", "id1", "pop", "dream pop"),
    )
    assert corpus.songs["track"].tolist() == ["Drops"]
    assert corpus.dropped["reason"].tolist() == ["empty track"]


def test_a_song_called_na_is_a_song(read):
    corpus = read(("NA", "Ana", "NA", "Rain", "id1", "pop", "dream pop"))
    assert corpus.songs["track"].tolist() == ["NA"]


def test_a_file_of_another_kind_should_be_downloaded_again(data):
    (data / "tidytuesday").mkdir()
    (data / "tidytuesday/spotify_songs.csv").write_text("<html>log in</html>")
    with pytest.raises(InputError, match=r"an HTML page, .* delete tidytuesday"):
        load(DataConfig(corpus="tidytuesday"))


@pytest.fixture
def changed(data):
    """A file in the usual place whose content is not the published one."""
    (data / "tidytuesday").mkdir()
    row = ["Drops", "Ana", "A", "Rain", "id1", "pop", "dream pop", *SOME]
    (data / "tidytuesday/spotify_songs.csv").write_text(f"{','.join(COLUMNS)}\n{','.join(row)}\n")


@pytest.mark.usefixtures("changed")
def test_content_that_is_not_the_published_one_is_refused():
    with pytest.raises(
        InputError,
        match=r"delete tidytuesday/spotify_songs.csv and .* downloaded again",
    ):
        load(DataConfig(corpus="tidytuesday"))


@pytest.mark.usefixtures("changed")
def test_content_that_is_not_the_published_one_can_be_taken_as_it_is():
    assert len(load(DataConfig(corpus="tidytuesday", check_digest=False)).songs) == 1
