import gzip

import pytest

from muse_lib.config import DataConfig
from muse_lib.corpora import load
from muse_lib.errors import InputError

HEADER = "playlist,title,track,artist\n"


@pytest.fixture
def read(tmp_path):
    """Read a file of this text (or these bytes) as the corpus csv."""

    def read(content, name="my.csv", **parameters):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load(DataConfig(corpus="csv", data_file=str(path), **parameters))

    return read


@pytest.fixture
def refusal(read):
    def refusal(*arguments, **parameters):
        with pytest.raises(InputError) as caught:
            read(*arguments, **parameters)
        return str(caught.value)

    return refusal


def drops(corpus):
    return list(zip(corpus.dropped["reason"], corpus.dropped["example"], strict=True))


def test_rows_become_playlists(read):
    corpus = read(HEADER + "p1,Rain,Drops,Ana\np1,Rain,Puddles,Bo\np2,Sun,Drops,Ana\n")
    assert corpus.playlists["title"].tolist() == ["Rain", "Sun"]
    assert corpus.songs["track"].tolist() == ["Drops", "Puddles"]
    assert corpus.memberships.to_numpy().tolist() == [[0, 0], [0, 1], [1, 0]]


def test_columns_may_be_called_anything_and_stand_anywhere(read):
    corpus = read(
        "by;name;extra;list\nAna;Drops;7;Rain\n",
        delimiter=";",
        playlist_column="list",
        title_column="list",
        track_column="name",
        artist_column="by",
    )
    assert corpus.songs[["track", "artist"]].to_numpy().tolist() == [["Drops", "Ana"]]
    assert corpus.playlists["title"].tolist() == ["Rain"]


@pytest.mark.parametrize("tab", ["\t", "tab", "\\t"])
def test_a_tabulator_can_be_written_in_letters(read, tab):
    corpus = read(HEADER.replace(",", "\t") + "p\tRain\tDrops, drops\tAna\n", delimiter=tab)
    assert corpus.songs["track"].tolist() == ["Drops, drops"]


@pytest.mark.parametrize("sign", ["", ",,", '"', "\n", 7])
def test_what_cannot_stand_between_columns_is_refused(sign):
    with pytest.raises(InputError, match="delimiter"):
        DataConfig(delimiter=sign)


def test_a_missing_column_is_named_beside_those_that_are_there(refusal):
    message = refusal("list,song,artist\np,Drops,Ana\n", playlist_column="list")
    assert "my.csv has no column 'title' and no column 'track'" in message
    assert "its columns are 'list', 'song', 'artist'" in message
    assert "track_column=NAME" in message


def test_no_file_is_asked_for():
    with pytest.raises(InputError, match="--set data_file=FILE"):
        load(DataConfig(corpus="csv"))


def test_an_empty_file_is_named(refusal):
    assert "my.csv is empty" in refusal("")


def test_a_file_of_a_header_alone_is_refused(refusal):
    assert "my.csv holds no playlist with a song" in refusal(HEADER)


@pytest.mark.parametrize("name", ["NA", "None", "nan", "null", "0042", "1e5", "TRUE"])
def test_a_name_is_text_whatever_it_looks_like(read, name):
    corpus = read(f"{HEADER}{name},{name},{name},{name}\n")
    assert corpus.songs[["track", "artist"]].to_numpy().tolist() == [[name, name]]
    assert corpus.playlists["title"].tolist() == [name]


def test_a_quoted_newline_belongs_to_the_title(read):
    corpus = read(HEADER + 'p,"Rain\nand wind",Drops,Ana\n')
    assert corpus.playlists["title"].tolist() == ["Rain\nand wind"]


def test_a_doubled_quote_is_a_quote(read):
    assert read(HEADER + 'p,Rain,"The ""Drops""",Ana\n').songs["track"].tolist() == ['The "Drops"']


def test_a_title_of_ten_thousand_characters_is_kept(read):
    title = "rain " * 2_000
    assert read(f"{HEADER}p,{title},Drops,Ana\n").playlists["title"].tolist() == [title]


def test_a_row_of_another_width_is_reported_by_line(read):
    corpus = read(HEADER + 'p,"Rain\nwind",Drops,Ana\np,Rain,Drops, Pt. 2,Ana\np,Rain\n')
    assert drops(corpus) == [("row of another width", "my.csv, line 4: 5 columns instead of 4")]
    assert corpus.dropped["count"].tolist() == [2]


def test_a_blank_line_is_nothing(read):
    assert drops(read(HEADER + "\np,Rain,Drops,Ana\n\n")) == []


def test_a_stray_quote_costs_its_own_row_alone(read):
    corpus = read(HEADER + 'p,Rain,"Drops" live,Ana\np,Rain,Puddles,Bo\n')
    assert corpus.songs["track"].tolist() == ["Puddles"]
    assert [reason for reason, _ in drops(corpus)] == ["row that is not well quoted"]


def test_a_quote_that_never_closes_is_named_by_line(refusal):
    message = refusal(HEADER + 'p,Rain,Drops,Ana\np,Rain,"Puddles,Bo\np,Rain,Mud,Cy\n')
    assert "my.csv, line 3: a quote opens here and never closes" in message


def test_a_row_without_a_playlist_is_reported(read):
    corpus = read(HEADER + ",Rain,Drops,Ana\np,Rain,Puddles,Bo\n")
    assert drops(corpus) == [("row without a playlist", "my.csv, line 2")]


def test_a_title_is_that_of_the_playlist_s_first_row(read):
    corpus = read(HEADER + "p,Rain,Drops,Ana\np,Sun,Puddles,Bo\n")
    assert corpus.playlists["title"].tolist() == ["Rain"]


def test_bytes_that_are_not_utf8_are_named_by_line(refusal):
    content = (HEADER + "p,Rain,Drops,Ana\np,Rain,Café,Bo\n").encode("latin-1")
    assert "my.csv, line 3 is not UTF-8" in refusal(content)


def test_bytes_that_are_not_utf8_can_be_replaced(read):
    content = (HEADER + "p,Rain,Café,Bo\n").encode("latin-1")
    assert read(content, bad_utf8="replace").songs["track"].tolist() == ["Caf\ufffd"]


def test_a_byte_order_mark_does_not_hide_the_first_column(read):
    assert len(read("\ufeff" + HEADER + "p,Rain,Drops,Ana\n").songs) == 1


def test_a_gzip_file_is_read_like_a_plain_one(read):
    content = gzip.compress((HEADER + "p,Rain,Drops,Ana\n").encode())
    assert len(read(content, name="my.csv.gz").songs) == 1


def test_line_endings_do_not_matter(read):
    content = HEADER + "p,Rain,Drops,Ana\nq,Sun,Puddles,Bo\n"
    assert read(content).digest() == read(content.replace("\n", "\r\n")).digest()


def test_blocks_do_not_show(read, monkeypatch):
    content = HEADER + "".join(f"p{n % 3},Rain,Drops {n},Ana\n" for n in range(20))
    whole = read(content).digest()
    monkeypatch.setattr("muse_lib.corpora.delimited.BLOCK_ROWS", 3)
    assert read(content).digest() == whole
