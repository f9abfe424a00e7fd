import gzip
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muse_lib.config import DataConfig
from muse_lib.data.corpora import delimited, load, opening, records
from muse_lib.data.corpora.rows import Rows
from muse_lib.errors import InputError
from muse_lib.names import folded

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


@pytest.mark.parametrize("sign", ["", ",,", '"', "\n", 17])
def test_what_cannot_stand_between_columns_is_refused(sign):
    with pytest.raises(InputError, match="delimiter"):
        DataConfig(delimiter=sign)


def test_a_missing_column_is_named_beside_those_that_are_there(refusal):
    message = refusal("list,song,artist\np,Drops,Ana\n", playlist_column="list")
    assert "my.csv has no column 'track'; its" in message
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


def test_a_doubled_quote_is_a_quote(read):
    assert read(HEADER + 'p,Rain,"The ""Drops""",Ana\n').songs["track"].tolist() == ['The "Drops"']


def test_a_title_of_ten_thousand_characters_is_kept(read):
    title = "rain " * 2_000
    assert read(f"{HEADER}p,{title},Drops,Ana\n").playlists["title"].tolist() == [title]


def test_a_row_of_more_cells_than_the_header_is_reported_by_line(read):
    corpus = read(HEADER + "p,Rain,Drops, Pt. 2,Ana\np,Rain,Mud,Bo\n")
    assert drops(corpus) == [
        ("row of more than 4 columns", "my.csv, line 2: p,Rain,Drops, Pt. 2,Ana")
    ]


def test_a_blank_line_is_nothing(read):
    assert drops(read(HEADER + "\np,Rain,Drops,Ana\n\n")) == []


def test_a_stray_quote_costs_its_own_row_alone(read):
    corpus = read(HEADER + 'p,Rain,"Drops" live,Ana\np,Rain,Puddles,Bo\n')
    assert corpus.songs["track"].tolist() == ["Puddles"]
    assert [reason for reason, _ in drops(corpus)] == ["row with invalid quoting"]


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
    monkeypatch.setattr("muse_lib.data.corpora.delimited.BLOCK_ROWS", 3)
    assert read(content).digest() == whole


LISTS = {"playlist_column": "list", "track_column": "song", "artist_column": "by"}


def tracks(corpus):
    return corpus.songs["track"].tolist()


def counts(corpus):
    return dict(zip(corpus.dropped["reason"], corpus.dropped["count"], strict=True))


def test_a_quote_that_never_closes_costs_its_own_line_alone(read):
    corpus = read(HEADER + 'p,t,One,A\np,t,"Two,B\np,t,Three,C\np,t,Four,D\n')
    assert tracks(corpus) == ["One", "Three", "Four"]
    assert counts(corpus) == {"row with a quote that never closes": 1}


def test_a_quote_that_another_closes_far_below_swallows_nothing(read):
    between = "".join(f"p,t,Song {k},A\n" for k in range(30))
    corpus = read(HEADER + f'p,t,"Open,A\n{between}p,t,Close",B\n')
    assert tracks(corpus) == [*(f"Song {k}" for k in range(30)), 'Close"']
    assert sum(counts(corpus).values()) == 1


def test_nor_does_one_in_a_column_that_nobody_wants(read):
    head = "playlist,title,track,artist,note\n"
    corpus = read(head + 'p,t,One,A,"open\np,t,Two,B,x\np,t,Three,C,close"\np,t,Four,D,\n')
    assert tracks(corpus) == ["Two", "Three", "Four"]
    assert counts(corpus) == {"row with a quote that never closes": 1}


@pytest.mark.parametrize("column", ["playlist", "track", "artist"])
def test_a_name_over_several_lines_is_reported(read, column):
    row = {"playlist": "p", "title": "t", "track": "One", "artist": "A", column: '"two\nlines"'}
    corpus = read(HEADER + ",".join(row.values()) + "\np,t,Two,B\n")
    assert tracks(corpus) == ["Two"]
    assert sum(counts(corpus).values()) - counts(corpus).get("playlist without songs", 0) == 2


def test_a_title_over_several_lines_is_read_and_noted(read):
    corpus = read(HEADER + 'p,"one\ntwo","One, or two",A\np,"one\ntwo",Two,B\n')
    assert tracks(corpus) == ["One, or two", "Two"]
    assert corpus.playlists["title"].tolist() == ["one\ntwo"]
    assert counts(corpus) == {}
    assert corpus.notes[0].startswith("2 rows of my.csv span several lines in titles")


def test_a_line_inside_quotes_that_cannot_be_a_row_is_no_row():
    dialect = records.Dialect()
    assert records._cells_of('lines two",One,A', dialect) == 3
    assert records._cells_of('lines two","One, or two",A', dialect) == 3
    assert records._cells_of("a\rb,c,d,e", dialect) == 0


def test_a_playlist_named_by_a_title_over_several_lines_is_reported(read):
    corpus = read('title,track,artist\n"one\ntwo",One,A\nq,Two,B\n', playlist_column="title")
    assert tracks(corpus) == ["Two"]
    assert counts(corpus)["row with a line break in a name"] == 2


def test_a_description_over_several_lines_is_one_row(read):
    head = "about,playlist,title,track,artist\n"
    corpus = read(head + '"Rain,\n\nand ""wind""",p,t,One,A\n"",p,t,Two,B\n')
    assert tracks(corpus) == ["One", "Two"]
    assert counts(corpus) == {}
    assert corpus.notes[0].startswith("1 rows of my.csv span several lines")


def test_a_field_too_large_costs_its_own_line_alone(read):
    corpus = read(HEADER + f'p,t,"{"x" * 200_000}",A\np,t,Two,B\n')
    assert tracks(corpus) == ["Two"]
    assert counts(corpus) == {"row with invalid quoting": 1}


def test_a_hundred_thousand_open_quotes_are_read_line_by_line(read, monkeypatch):
    """Not again and again to the end: so many signs are looked at for every line at most."""
    looked_at = []
    real = records._while_open
    monkeypatch.setattr(records, "MOST_LINES", 50)
    monkeypatch.setattr(
        records, "_while_open", lambda *a: (looked_at.append(line) or line for line in real(*a))
    )
    corpus = read(HEADER + 'p,t,"a""\n' * 1_000 + "p,t,Last,A\n")
    assert tracks(corpus) == ["Last"]
    assert sum(counts(corpus).values()) == 1_000
    assert len(looked_at) <= 1_001 * 51


def test_without_quoting_quotes_are_letters(read):
    text = 'list\tby\tsong\nFun\t"Weird Al" Yankovic\tFoil\nFun\tAl\t"Open\nFun\tBo\t12"\n'
    corpus = read(text, delimiter="tab", quoting="none", **LISTS)
    assert tracks(corpus) == ["Foil", '"Open', '12"']
    assert corpus.songs["artist"][0] == '"Weird Al" Yankovic'
    assert counts(corpus) == {}


def test_quotes_behind_backslashes_are_read_too(read):
    corpus = read(HEADER + r'"p","t","Rain (\"live\")","Ana"' + "\n" + r'"p","t","AC\","Bo"' + "\n")
    assert tracks(corpus) == ['Rain ("live")', "AC\\"]


def test_blanks_behind_a_delimiter_hide_no_quote(read):
    corpus = read('list, song, by\n"Bossa", "Look, Love", "Bo"\nBossa, Plain, Bo\n', **LISTS)
    assert tracks(corpus) == ["Look, Love", "Plain"]


@pytest.mark.parametrize(
    "start", ["sep=;\n", "SEP=;\r\n", "\n\nsep=;\n", '"sep=;"\n', "\ufeffsep=;\n"]
)
def test_a_first_line_for_excel_says_the_delimiter(read, start):
    assert tracks(read(start + "list;by;song\nRun;Ana;Rain, rain\n", **LISTS)) == ["Rain, rain"]


def test_a_delimiter_that_finds_all_columns_is_taken_where_the_comma_does_not(read):
    assert tracks(read("list;by;song\nRun;Ana;Rain\n", **LISTS)) == ["Rain"]


def test_cells_left_out_at_the_end_are_empty(read):
    corpus = read(
        "list,by,song,album,isrc\nR,A,One,x,y\nR,B,Two\nR,C,Three,x\nR,D,Four,,\n", **LISTS
    )
    assert tracks(corpus) == ["One", "Two", "Three", "Four"]
    assert counts(corpus) == {}


def test_two_columns_of_one_name_are_refused_if_they_are_wanted(read, refusal):
    text = "list,by,song,x,x\nR,A,One,1,2\n"
    assert tracks(read(text, **LISTS)) == ["One"]
    assert "my.csv has 2 columns called 'x'" in refusal(text, **{**LISTS, "track_column": "x"})


@pytest.mark.parametrize(
    ("one", "other"),
    [("track", "artist"), ("playlist", "track"), ("title", "track"), ("title", "artist")],
)
def test_one_column_in_two_roles_is_refused(refusal, one, other):
    message = refusal(HEADER + "p,t,One,A\n", **{f"{one}_column": other})
    assert f"the column {other!r} cannot be both" in message


def test_playlist_and_title_may_share_a_column(read):
    corpus = read(HEADER + "p,t,One,A\n", title_column="playlist")
    assert corpus.playlists["title"].tolist() == ["p"]


def test_without_a_column_of_titles_the_playlist_s_name_is_its_title(read):
    assert read("list,by,song\nRun,Ana,Rain\n", **LISTS).playlists["title"].tolist() == ["Run"]


def test_a_column_called_title_that_holds_the_songs_is_no_title(read):
    corpus = read("playlist,title,artist\nRun,Rain,Ana\n", track_column="title")
    assert (corpus.playlists["title"].tolist(), tracks(corpus)) == (["Run"], ["Rain"])


def test_a_column_may_be_called_by_a_number(read):
    assert tracks(read("playlist,1999,artist\nRun,Rain,Ana\n", track_column=1999)) == ["Rain"]


TWO_USERS = "user,list,song,by\nu1,Fav,Rain,A\nu2,Fav,Fugue,B\nu2,Sleep,Aria,B\n"


def test_a_playlist_can_be_known_by_several_columns(read):
    corpus = read(TWO_USERS, **{**LISTS, "playlist_column": "user, list"})
    assert corpus.playlists["title"].tolist() == ["Fav", "Fav", "Sleep"]
    assert corpus.notes == ()


def test_lists_of_several_users_that_became_one_are_noted(read):
    (note,) = read(TWO_USERS, **LISTS).notes
    assert note.startswith("1 of 2 playlists combine same-named lists of several users")
    assert "--set playlist_column='user,list'" in note


def test_the_primary_artist_is_whoever_stands_before_the_separator(read):
    text = (
        'list,by,song\nA,Ana,Rain\nB,"Ana, Bo",Rain\nC,ana FEAT. Bo,Rain\n'
        'D,"Tyler, The Creator",Mud\n'
    )
    assert len(read(text, **LISTS).songs) == 4
    corpus = read(text, artist_separator=[", ", " feat. "], **LISTS)
    assert corpus.songs["artist"].tolist() == ["Ana", "Tyler"]


@pytest.mark.parametrize(
    ("start", "kind"), [('{"a": 1}', "JSON"), ("[1]", "JSON"), ("<html>", "HTML")]
)
def test_what_is_no_table_is_called_by_its_name(refusal, start, kind):
    assert kind in refusal(start + "\n")


def test_utf_16_without_a_mark_is_guessed_at_in_the_refusal(refusal):
    assert "--set encoding=utf-16-le" in refusal(HEADER.encode("utf-16-le"))


def test_another_encoding_is_taken_by_name(read):
    assert tracks(read((HEADER + "p,t,Déjà Vu,A\n").encode("cp1252"), encoding="cp1252")) == [
        "Déjà Vu"
    ]


def test_no_encoding_is_refused():
    with pytest.raises(InputError, match="encoding='latin-99' cannot be used: it is not a known"):
        DataConfig(encoding="latin-99")


def test_files_of_a_folder_are_a_playlist_each_unless_a_column_names_them(tmp_path):
    for name, song in (("Run", "One"), ("Sleep", "Two")):
        (tmp_path / f"{name}.csv").write_text(f"track,artist\n{song},A\nBoth,B\n")
    corpus = load(DataConfig(corpus="csv", data_file=str(tmp_path)))
    assert corpus.playlists["title"].tolist() == ["Run", "Sleep"]
    assert corpus.memberships.to_numpy().tolist() == [[0, 0], [0, 1], [1, 2], [1, 1]]
    for name in ("Run", "Sleep"):
        (tmp_path / f"{name}.csv").write_text("playlist,track,artist\np,One,A\n")
    assert len(load(DataConfig(corpus="csv", data_file=str(tmp_path))).playlists) == 1


signs = st.text(st.sampled_from('",\n\r ;ab\\\u200b\t'), max_size=12)


@given(st.lists(signs, max_size=12), st.sampled_from(["standard", "none"]))
def test_every_line_of_a_file_is_kept_or_reported(lines, quoting):
    """However quotes, delimiters and line ends fall: counted here without the reader."""
    text = HEADER + "p,t,First,A\n" + "\n".join(lines) + "\n"
    with TemporaryDirectory() as folder:
        path = Path(folder, "my.csv")
        path.write_bytes(text.encode())
        rows, kept = Rows(), []
        dialect = records.Dialect(quoted=quoting == "standard")
        table, wanted = opening.Table(path), ["playlist", "title", "track", "artist"]
        for numbers, _ in delimited.blocks(table, wanted, rows, dialect, "name others"):
            kept += numbers
    not_blank = [
        number for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1) if folded(line)
    ]
    assert len(kept) + rows.dropped()["count"].sum() == len(not_blank) - 1
    assert set(kept) <= set(not_blank)
