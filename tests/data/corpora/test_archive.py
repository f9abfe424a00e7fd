import errno
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muse_lib.config import DataConfig
from muse_lib.data.corpora import archive, load
from muse_lib.data.corpora.archive import primary_artist
from muse_lib.data.corpora.rows import WITHOUT_SONGS
from muse_lib.errors import InputError

HEADER = "Rain\nFor wet days\n\n"
GENRES = """uri,followers,genres,name,popularity
u1,10,"['dream pop', 'wet rock']",Ana,1
u2,90,"['wet rock']",Bo,1
u3,20,"[""children's music""]",Bo,1
u4,50,[],Cy,1
u5,70,"['funk']","Rain, Wind & Sun",1
"""


@pytest.fixture
def folder(data):
    """An empty folder of playlists, beside a small list of artists' genres."""
    (data / "artist-genres").mkdir()
    (data / "artist-genres/artists_cleaned.csv").write_text(GENRES)
    for snapshot in archive.SNAPSHOTS:
        (data / snapshot.place).mkdir(parents=True)
    return data / archive.SNAPSHOTS[1].place


def read(folder, **playlists):
    """Read these files as the archive."""
    for name, text in playlists.items():
        (folder / name).write_bytes(text.encode())
    return load(DataConfig(corpus="archive", check_digest=False))


def drops(corpus):
    return list(zip(corpus.dropped["reason"], corpus.dropped["example"], strict=True))


def test_a_file_is_a_playlist(folder):
    corpus = read(folder, a=HEADER + "Drops -- Ana -- Sky\nPuddles -- Bo -- Earth\n")
    assert corpus.playlists["title"].tolist() == ["Rain"]
    assert corpus.songs[["track", "artist"]].to_numpy().tolist() == [
        ["Drops", "Ana"],
        ["Puddles", "Bo"],
    ]


def test_playlists_come_in_the_order_of_their_names(folder):
    song = "\n\n\nDrops -- Ana -- Sky"
    corpus = read(folder, b=f"B{song}", a=f"A{song}", C=f"C{song}")
    assert corpus.playlists["title"].tolist() == ["C", "A", "B"]


def test_a_second_empty_line_after_the_header_is_nothing(folder):
    assert drops(read(folder, a=HEADER + "\nDrops -- Ana -- Sky\n")) == []


def test_a_file_may_end_without_a_newline(folder):
    assert len(read(folder, a=HEADER + "Drops -- Ana -- Sky").songs) == 1


def test_line_endings_do_not_matter(folder):
    text = HEADER + "Drops -- Ana -- Sky\n"
    assert read(folder, a=text).digest() == read(folder, a=text.replace("\n", "\r\n")).digest()


def test_a_line_separator_inside_a_name_ends_no_line(folder):
    corpus = read(folder, a=HEADER + "Drops\u2028Live\x85 -- Ana -- Sky\n")
    assert corpus.songs["track"].tolist() == ["Drops\u2028Live\x85"]


def test_a_track_may_hold_the_separator(folder):
    corpus = read(folder, a=HEADER + "Drops -- Live -- Ana -- Sky\n")
    assert corpus.songs["track"].tolist() == ["Drops -- Live"]


def test_a_line_that_is_not_a_song_is_reported(folder):
    corpus = read(folder, a=HEADER + "Drops -- Ana -- Sky\nby Ana -- only\n")
    assert drops(corpus) == [("line that is not a song", "a, line 5: by Ana -- only")]


def test_a_second_line_without_an_empty_one_below_may_be_a_song(folder):
    corpus = read(folder, a="Rain\nDrops -- Ana -- Sky\nPuddles -- Bo -- Earth\n")
    assert corpus.songs["track"].tolist() == ["Drops", "Puddles"]


def test_a_description_over_two_lines_is_reported(folder):
    corpus = read(folder, a="Rain\nFor wet\ndays\n\nDrops -- Ana -- Sky\n")
    assert drops(corpus) == [("line that is not a song", "a, line 2: For wet")]
    assert corpus.dropped["count"].tolist() == [2]


PIECES = st.sampled_from(["Ana", "Drops", " -- ", "--", " ", "", "\u200b", "\t", ", ", '"', "\x85"])
LINES = st.lists(PIECES, max_size=7).map("".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(LINES, max_size=8), min_size=1, max_size=4))
def test_every_line_below_the_header_is_a_song_or_reported(folder, files):
    for k in range(4):
        (folder / str(k)).unlink(missing_ok=True)
    texts = {str(k): HEADER + "\n".join(lines) for k, lines in enumerate(files)}
    try:
        corpus = read(folder, **texts)
    except InputError as refused:
        assert "holds no playlist with a song" in str(refused)  # noqa: PT017
        return
    whole = corpus.dropped["reason"] == WITHOUT_SONGS
    n_lines = sum(bool(line.strip()) for lines in files for line in lines)
    assert len(corpus.memberships) + corpus.dropped.loc[~whole, "count"].sum() == n_lines
    assert len(corpus.playlists) + corpus.dropped.loc[whole, "count"].sum() == len(files)


def test_a_song_without_an_artist_is_reported(folder):
    corpus = read(folder, a=HEADER + "Drops -- Ana -- Sky\n<MISSING> --  -- <MISSING>\n")
    assert drops(corpus) == [("empty artist", "a, line 5: '<MISSING>' by ''")]


def test_a_playlist_without_songs_is_reported(folder):
    corpus = read(folder, a=HEADER + "Drops -- Ana -- Sky", b="Silence\n\n\n")
    assert drops(corpus) == [("playlist without songs", "b: 'Silence'")]


def test_a_folder_below_is_reported(folder):
    (folder / "more").mkdir()
    assert drops(read(folder, a=HEADER + "Drops -- Ana -- Sky")) == [("folder not read", "more")]


def test_a_hidden_file_is_no_playlist(folder):
    (folder / ".DS_Store").write_bytes(b"\xff\xfe")
    assert len(read(folder, a=HEADER + "Drops -- Ana -- Sky").playlists) == 1


def test_a_file_that_is_not_utf8_is_named_by_line(folder):
    (folder / "a").write_bytes((HEADER + "Café -- Ana -- Sky").encode("latin-1"))
    with pytest.raises(InputError, match="a, line 4 is not UTF-8"):
        read(folder)


@pytest.mark.parametrize(
    ("credit", "artist"),
    [
        ("Ana", "Ana"),
        ("Ana, Bo", "Ana"),
        ("Rain, Wind & Sun", "Rain, Wind & Sun"),
        ("rain, wind & sun, Bo", "rain, wind & sun"),
        ("Ana, Rain, Wind & Sun", "Ana"),
        ("", ""),
    ],
)
def test_the_primary_artist_is_the_first_name_even_if_it_holds_commas(credit, artist):
    assert primary_artist(credit, {"rain, wind & sun": []}) == artist


def test_a_song_has_all_the_genres_of_its_primary_artist(folder):
    corpus = read(folder, a=HEADER + "Drops -- ANA, Bo -- Sky")
    assert corpus.songs["genres"].tolist() == ["dream pop|wet rock"]


def test_the_main_genre_is_the_one_that_most_songs_share(folder):
    songs = "Drops -- Ana -- Sky\nPuddles -- Bo -- Earth\n"
    assert read(folder, a=HEADER + songs).songs["genre"].tolist() == ["wet rock", "wet rock"]


def test_of_namesakes_the_more_followed_artist_counts(folder):
    corpus = read(folder, a=HEADER + "Puddles -- Bo -- Earth")
    assert corpus.songs["genres"].tolist() == ["wet rock"]


@pytest.mark.parametrize("artist", ["Cy", "Nobody"])
def test_an_artist_without_genres_has_empty_ones(folder, artist):
    songs = read(folder, a=f"{HEADER}Mud -- {artist} -- Earth").songs
    assert songs[["genre", "genres"]].to_numpy().tolist() == [["", ""]]


def test_a_list_of_genres_of_another_kind_is_named(folder, data):
    (data / "artist-genres/artists_cleaned.csv").write_text("name\nAna\n")
    with pytest.raises(
        InputError, match=r"artists_cleaned.csv is not the expected list of artists"
    ):
        read(folder, a=HEADER + "Drops -- Ana -- Sky")


def test_a_list_of_genres_that_is_not_utf8_is_named_by_line(folder, data):
    (data / "artist-genres/artists_cleaned.csv").write_bytes(GENRES.encode() + b"u6,1,[],\xe9,1")
    with pytest.raises(InputError, match=r"artists_cleaned.csv, line 7 is not UTF-8"):
        read(folder, a=HEADER + "Drops -- Ana -- Sky")


def test_content_that_is_not_the_published_one_is_refused(folder):
    (folder / "a").write_text(HEADER + "Drops -- Ana -- Sky")
    with pytest.raises(InputError, match=r"delete the folders that begin .* again"):
        load(DataConfig(corpus="archive"))


def test_an_empty_folder_is_named(folder):
    with pytest.raises(InputError, match="plain holds no playlist with a song"):
        read(folder)


def test_the_user_s_own_folder_is_not_held_to_the_published_content(folder):
    (folder / "a").write_text(HEADER + "Drops -- Ana -- Sky")
    assert len(load(DataConfig(corpus="archive", data_file=str(folder))).songs) == 1


@pytest.mark.usefixtures("folder")
def test_the_folder_may_be_that_of_a_checkout(tmp_path):
    plain = tmp_path / "fork/playlists/plain"
    plain.mkdir(parents=True)
    (tmp_path / "fork/LICENSE").write_text("MIT")
    (plain / "a").write_text(HEADER + "Drops -- Ana -- Sky")
    corpus = load(DataConfig(corpus="archive", data_file=str(tmp_path / "fork")))
    assert (corpus.playlists["title"].tolist(), drops(corpus)) == (["Rain"], [])


def test_a_file_in_place_of_the_folder_is_named(folder):
    (folder / "a").write_text(HEADER)
    with pytest.raises(InputError, match="a is a file: name the folder"):
        load(DataConfig(corpus="archive", data_file=str(folder / "a")))


def test_playlists_of_all_snapshots_are_read_in_the_order_of_their_names(folder, data):
    for snapshot, name in zip(archive.SNAPSHOTS, "cab", strict=True):
        (data / snapshot.place / name).write_text(f"{name}\n\n\nDrops -- Ana -- Sky")
    assert read(folder).playlists["title"].tolist() == ["a", "b", "c"]


def test_of_a_playlist_in_several_snapshots_the_newest_copy_counts(folder, data):
    for snapshot, track in zip(archive.SNAPSHOTS, ["New", "Old", "Oldest"], strict=True):
        (data / snapshot.place / "a").write_text(f"{HEADER}{track} -- Ana -- Sky\n")
    assert read(folder).songs["track"].tolist() == ["New"]


def test_older_copies_are_reported_as_playlists_and_with_their_lines(folder, data):
    for snapshot, n_songs in zip(archive.SNAPSHOTS, [1, 2, 4], strict=True):
        songs = "".join(f"Drops {k} -- Ana -- Sky\n" for k in range(n_songs))
        (data / snapshot.place / "a").write_text(HEADER + songs + "\n")
    dropped = read(folder).dropped.set_index("reason")
    assert dropped["count"].to_dict() == {
        "playlist of an older snapshot": 2,
        "line of an older snapshot": 6,
    }
    assert set(dropped["example"]) == {"a of spotify-playlist-archive: 'Rain'"}


def test_playlists_by_spotify_are_told_by_their_ids(folder):
    song = HEADER + "Drops -- Ana -- Sky"
    corpus = read(folder, **{"37i9dQZF1DX0": song, "0Vjhah": song, "1silent": HEADER})
    assert corpus.playlists["by_spotify"].tolist() == [False, True]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("missing", archive.SNAPSHOTS)
def test_a_snapshot_that_is_missing_and_cannot_be_downloaded_is_named(data, missing):
    (data / missing.place).rmdir()
    with pytest.raises(InputError, match=f"{missing.zip.place} is not in .* put it at"):
        load(DataConfig(corpus="archive"))


@pytest.fixture
def commit(data, monkeypatch):
    """The commits' zips, as downloaded; returns a function that sets what is in each."""

    def hold(content=b"", **members):
        if members:
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w") as file:
                for name, text in members.items():
                    file.writestr(name, text)
            content = packed.getvalue()

        def fetch(remote):
            path = data / remote.place
            if path.suffix == ".zip":
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            return path

        monkeypatch.setattr("muse_lib.data.corpora.download.Remote.fetch", fetch)

    return hold


def unpacked(data):
    return sorted(str(path.relative_to(data)) for path in data.rglob("*") if path.is_file())


PLAYLISTS = sorted(f"{snapshot.place}/a1" for snapshot in archive.SNAPSHOTS)


def test_of_the_commits_only_the_playlists_are_unpacked(data, commit):
    commit(**{"repo-1/playlists/plain/a1": "song", "repo-1/playlists/pretty/a1.md": "x", "r": ""})
    archive.locate(DataConfig(corpus="archive"))
    assert unpacked(data) == PLAYLISTS


def test_a_zip_that_the_user_put_there_is_used_and_left(data, commit):
    commit(**{"repo/playlists/plain/a1": "song"})
    own = archive.SNAPSHOTS[2].zip
    own.fetch()
    archive.locate(DataConfig(corpus="archive"))
    assert unpacked(data) == sorted([*PLAYLISTS, own.place])


def test_a_snapshot_that_is_there_is_not_downloaded(folder, commit):
    commit(b"PK, or not")
    (folder / "a").write_text("song")
    archive.locate(DataConfig(corpus="archive"))
    assert (folder / "a").read_text() == "song"


@pytest.mark.parametrize(
    "name",
    [
        "repo/playlists/plain/../../../../evil",
        "../playlists/plain/../evil",
        "/playlists/plain/sub/evil",
        "repo/playlists/plain/..",
        "repo/playlists/plain/c:evil",
        "repo/playlists/plain/..\\evil",
    ],
)
def test_a_name_that_leads_out_of_the_folder_is_not_unpacked(data, commit, name):
    commit(**{name: "evil", "repo/playlists/plain/a1": "song"})
    archive.locate(DataConfig(corpus="archive"))
    assert unpacked(data) == PLAYLISTS


def test_a_damaged_zip_is_named_and_leaves_nothing(data, commit):
    commit(b"PK, or not")
    with pytest.raises(InputError, match=r"\.zip is damaged"):
        archive.locate(DataConfig(corpus="archive"))
    assert unpacked(data) == []


@pytest.mark.parametrize(
    ("interruption", "raised"),
    [(KeyboardInterrupt(), KeyboardInterrupt), (OSError(errno.ENOSPC, "full"), InputError)],
)
def test_interrupted_unpacking_leaves_nothing(data, commit, monkeypatch, interruption, raised):
    commit(**{"repo/playlists/plain/a1": "song", "repo/playlists/plain/a2": "song"})
    write_bytes = Path.write_bytes

    def write(path, content):
        if path.name == "a2":
            raise interruption
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", write)
    with pytest.raises(raised):
        archive.locate(DataConfig(corpus="archive"))
    assert unpacked(data) == []
    assert not any((data / snapshot.place).exists() for snapshot in archive.SNAPSHOTS)
