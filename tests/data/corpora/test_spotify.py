import re
import zipfile

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from muse_lib.config import DataConfig
from muse_lib.data.corpora import load
from muse_lib.data.corpora.spotify import split_rows
from muse_lib.errors import InputError

HEADER = '"user_id", "artistname", "trackname", "playlistname"\n'
USER = "0123456789abcdef" * 2
OTHER = "f" * 32
ROW = re.compile(r'"([0-9a-f]{32})","(.*)","(.*)","(.*)"')


def row(artist="Ana", track="Drops", title="Rain", user=USER):
    return f'"{user}","{artist}","{track}","{title}"\n'


@pytest.fixture
def read(tmp_path):
    """Read a file of this text (or these bytes) as the Spotify Playlists Dataset."""

    def read(content, **parameters):
        path = tmp_path / "spotify_dataset.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load(DataConfig(corpus="spotify", data_file=str(path), **parameters))

    return read


def only_row(corpus):
    """Give the artist, track and title of a corpus of one row."""
    assert len(corpus.memberships) == 1
    assert len(corpus.dropped) == 0
    return (*corpus.songs.loc[0, ["artist", "track"]], corpus.playlists.loc[0, "title"])


user = st.one_of(
    st.just(f'"{USER}","'),
    st.sampled_from(["", '"', f'"{USER}"', f'"{USER.upper()}","', f'"{USER[1:]}","', f"é{USER},"]),
)
fields = st.text(alphabet='",aé愛 \r\u2028', max_size=12)
separated = st.lists(fields, max_size=4).map('","'.join)


@given(st.lists(st.builds(lambda *parts: "".join(parts), user, separated, st.sampled_from('"a'))))
@example([f'"{USER}","","",""'])
@example([f'"{USER}","","","'])
@example([f'"{USER}","a","b'])
def test_the_fast_split_agrees_with_the_regular_expression(lines):
    expected = [match.groups() for line in lines if (match := ROW.fullmatch(line))]
    is_row, columns = split_rows(pa.array(lines, pa.string()))
    names = ("playlist", "artist", "track", "title")
    found = [columns[name].to_pylist() for name in names]
    found[0] = [text.removeprefix(b'"').removesuffix(b'","').decode() for text in found[0]]
    assert list(zip(*found, strict=True)) == expected
    assert is_row.tolist() == [ROW.fullmatch(line) is not None for line in lines]


def test_the_header_with_its_spaces_is_no_row(read):
    assert only_row(read(HEADER + row())) == ("Ana", "Drops", "Rain")


def test_a_file_may_lack_the_header(read):
    assert only_row(read(row())) == ("Ana", "Drops", "Rain")


def test_a_byte_order_mark_hides_nothing(read):
    assert only_row(read("\ufeff" + HEADER + row())) == ("Ana", "Drops", "Rain")


def test_quotes_inside_a_field_are_text(read):
    artist, track, title = 'Bo "The Puddle" Smith', '"Drops"', 'Mix 7"'
    assert only_row(read(HEADER + row(artist, track, title))) == (artist, track, title)


def test_a_comma_inside_a_field_is_text(read):
    assert only_row(read(HEADER + row("Ana, Bo", "Drops, Pt. 1")))[:2] == (
        "Ana, Bo",
        "Drops, Pt. 1",
    )


def test_a_backslash_is_text(read):
    assert only_row(read(HEADER + row(track="Drops\\")))[1] == "Drops\\"


def test_an_empty_title_is_a_title(read):
    assert only_row(read(HEADER + row(title="")))[2] == ""


def test_a_last_line_needs_no_newline(read):
    assert only_row(read(HEADER + row().rstrip("\n"))) == ("Ana", "Drops", "Rain")


def test_windows_line_endings_make_no_difference(read):
    content = HEADER + row() + row(track="Puddles")
    assert read(content).digest() == read(content.replace("\n", "\r\n")).digest()


def test_an_empty_artist_is_reported_by_line(read):
    corpus = read(HEADER + row() + row(artist="", track="Puddles"))
    assert corpus.dropped.to_dict("records") == [
        {
            "reason": "empty artist",
            "count": 1,
            "example": "spotify_dataset.csv, line 3: 'Puddles' by ''",
        }
    ]


def test_a_line_that_is_not_a_row_is_reported_by_line(read):
    corpus = read(HEADER + row() + "torn line\n" + row(track="Puddles") + "another\n")
    assert corpus.dropped.to_dict("records") == [
        {
            "reason": "line that is not a row",
            "count": 2,
            "example": "spotify_dataset.csv, line 3: torn line",
        }
    ]


def test_playlists_are_told_apart_by_user_and_name(read):
    corpus = read(HEADER + row() + row(user=OTHER) + row(title="Sun") + row(track="Puddles"))
    assert corpus.playlists["title"].tolist() == ["Rain", "Rain", "Sun"]
    assert corpus.memberships.to_numpy().tolist() == [[0, 0], [0, 1], [1, 0], [2, 0]]


@pytest.mark.parametrize("size", [1, 7, 64])
def test_blocks_do_not_show(read, monkeypatch, size):
    content = HEADER + "".join(row(track=f"Drops é {n}", title=f"愛{n % 2}") for n in range(9))
    content += "torn\r\n" + row(track="last")
    whole = read(content)
    monkeypatch.setattr("muse_lib.data.corpora.spotify.BLOCK_BYTES", size)
    parted = read(content)
    assert parted.digest() == whole.digest()
    assert parted.dropped.equals(whole.dropped)


def test_bytes_that_are_not_utf8_are_named_by_line(read, monkeypatch):
    monkeypatch.setattr("muse_lib.data.corpora.spotify.BLOCK_BYTES", 50)
    content = (HEADER + row() + row("Café") + row()).encode("latin-1")
    with pytest.raises(InputError, match=r"spotify_dataset.csv, line 3 is not UTF-8.*bad_utf8="):
        read(content)


def test_bytes_that_are_not_utf8_can_be_replaced(read):
    content = (HEADER + row("Café")).encode("latin-1")
    assert only_row(read(content, bad_utf8="replace"))[0] == "Caf\ufffd"


@pytest.mark.parametrize("content", ["playlist,title,track,artist\np,Rain,Drops,Ana\n", "\n"])
def test_another_file_is_refused_with_what_it_starts_with(read, content):
    with pytest.raises(InputError, match=r"is not the Spotify Playlists Dataset: it starts with"):
        read(content)


def test_an_empty_file_is_named(read):
    with pytest.raises(InputError, match=r"spotify_dataset.csv is empty"):
        read("")


def test_the_zip_is_read_as_it_is(data):
    (data / "spotify").mkdir()
    with zipfile.ZipFile(data / "spotify/spotify_playlists.zip", "w") as archive:
        archive.writestr("spotify_dataset.csv", HEADER + row())
    assert only_row(load(DataConfig(corpus="spotify"))) == ("Ana", "Drops", "Rain")


def test_an_unpacked_file_is_used_before_the_zip(data):
    (data / "spotify").mkdir()
    (data / "spotify/spotify_dataset.csv").write_text(HEADER + row())
    assert only_row(load(DataConfig(corpus="spotify"))) == ("Ana", "Drops", "Rain")
