import pytest

from muse_lib.config import DataConfig
from muse_lib.data.corpora import load
from muse_lib.errors import InputError

COLUMNS = [
    "track_name",
    "track_artist",
    "track_album_name",
    "playlist_name",
    "playlist_id",
    "playlist_genre",
    "playlist_subgenre",
]


@pytest.fixture
def read(tmp_path):
    """Read (track, artist, album, title, playlist, genre, subgenre) rows as tidytuesday."""

    def read(*rows):
        path = tmp_path / "spotify_songs.csv"
        path.write_text("\n".join(",".join(row) for row in [COLUMNS, *rows]), "utf-8")
        return load(DataConfig(corpus="tidytuesday", data_file=str(path)))

    return read


def test_playlists_are_told_apart_by_their_id(read):
    corpus = read(
        ("Drops", "Ana", "A", "Rain", "id1", "pop", "dream pop"),
        ("Drops", "Ana", "A", "Rain", "id2", "pop", "dream pop"),
    )
    assert corpus.playlists["title"].tolist() == ["Rain", "Rain"]


def test_a_song_has_its_most_frequent_genre_and_all_its_subgenres(read):
    corpus = read(
        ("Drops", "Ana", "A", "Rain", "id1", "rock", "wet rock"),
        ("Drops", "Ana", "A", "Sun", "id2", "pop", "dry pop"),
        ("DROPS", "ana", "A", "Wind", "id3", "pop", "dream pop"),
    )
    assert corpus.songs["genre"].tolist() == ["pop"]
    assert corpus.songs["subgenre"].tolist() == ["dream pop|dry pop|wet rock"]


def test_of_genres_as_frequent_the_first_in_the_alphabet_is_the_main_one(read):
    corpus = read(
        ("Drops", "Ana", "A", "Rain", "id1", "rock", "wet rock"),
        ("Drops", "Ana", "A", "Sun", "id2", "pop", "dry pop"),
    )
    assert corpus.songs["genre"].tolist() == ["pop"]


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


def test_a_file_of_another_kind_is_to_be_had_anew(data):
    (data / "tidytuesday").mkdir()
    (data / "tidytuesday/spotify_songs.csv").write_text("<html>log in</html>")
    with pytest.raises(InputError, match=r"a page in HTML .* delete tidytuesday"):
        load(DataConfig(corpus="tidytuesday"))


@pytest.fixture
def changed(data):
    """A file in the usual place whose content is not the published one."""
    (data / "tidytuesday").mkdir()
    row = "Drops,Ana,A,Rain,id1,pop,dream pop"
    (data / "tidytuesday/spotify_songs.csv").write_text(f"{','.join(COLUMNS)}\n{row}\n")


@pytest.mark.usefixtures("changed")
def test_content_that_is_not_the_published_one_is_refused():
    with pytest.raises(
        InputError, match=r"delete tidytuesday/spotify_songs.csv .* downloaded anew"
    ):
        load(DataConfig(corpus="tidytuesday"))


@pytest.mark.usefixtures("changed")
def test_content_that_is_not_the_published_one_can_be_taken_as_it_is():
    assert len(load(DataConfig(corpus="tidytuesday", check_digest=False)).songs) == 1
