import errno
import gzip
import zipfile

import pytest

from muse_lib.data.corpora.opening import (
    open_bytes,
    open_text,
    own_path,
    read_text,
    tables,
    text_lines,
)
from muse_lib.errors import InputError


def refusal(act, *arguments):
    with pytest.raises(InputError) as caught:
        act(*arguments)
    return str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    assert "lost.csv does not exist" in refusal(read_text, tmp_path / "lost.csv", "stop")


def test_an_empty_file_is_named(tmp_path):
    (tmp_path / "empty.csv").touch()
    assert "empty.csv is empty" in refusal(read_text, tmp_path / "empty.csv", "stop")


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "folder").mkdir()
    assert "folder is a folder" in refusal(read_text, tmp_path / "folder", "stop")


def test_a_message_holds_no_path_of_this_machine(tmp_path):
    assert str(tmp_path) not in refusal(read_text, tmp_path / "lost.csv", "stop")


def test_a_failing_disk_is_no_traceback(tmp_path):
    (tmp_path / "song.csv").write_text("song")

    def fail():
        with open_bytes(tmp_path / "song.csv"):
            raise OSError(errno.EIO, "Input/output error")

    assert "song.csv cannot be read: Input/output error" in refusal(fail)


def test_bytes_that_are_not_utf8_are_named_by_line(tmp_path):
    (tmp_path / "latin.csv").write_bytes("a\nb\ncafé\n".encode("latin-1"))
    message = refusal(read_text, tmp_path / "latin.csv", "stop")
    assert "latin.csv, line 3 is not UTF-8" in message
    assert "--set bad_utf8=replace" in message


def test_bytes_that_are_not_utf8_can_be_replaced(tmp_path):
    (tmp_path / "latin.csv").write_bytes("café".encode("latin-1"))
    assert read_text(tmp_path / "latin.csv", "replace") == "caf\ufffd"


def test_a_byte_order_mark_is_no_text(tmp_path):
    (tmp_path / "bom.csv").write_bytes(b"\xef\xbb\xbfsong")
    assert read_text(tmp_path / "bom.csv", "stop") == "song"


def test_windows_line_endings_make_no_difference(tmp_path):
    (tmp_path / "crlf.csv").write_bytes(b"a\r\nb\r\n")
    assert read_text(tmp_path / "crlf.csv", "stop") == "a\nb\n"


def test_a_gzip_file_is_read_like_a_plain_one(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"song"))
    assert read_text(tmp_path / "a.csv.gz", "stop") == "song"


def test_a_truncated_gzip_file_is_named(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"song" * 1000)[:-10])
    assert "a.csv.gz is truncated or damaged" in refusal(read_text, tmp_path / "a.csv.gz", "stop")


def test_what_is_no_gzip_file_is_named(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(b"plain")
    assert "a.csv.gz is truncated or damaged" in refusal(read_text, tmp_path / "a.csv.gz", "stop")


def test_the_csv_file_in_a_zip_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("README.txt", "about")
        archive.writestr("a.csv", "song")
    with open_text(tmp_path / "a.zip", "stop") as (file, _):
        assert file.read() == "song"


def test_a_zip_without_a_csv_file_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("README.md", "about")
    assert "a.zip must contain exactly one table, not 0" in refusal(
        read_text, tmp_path / "a.zip", "stop"
    )


def test_a_truncated_zip_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "song" * 1000)
    (tmp_path / "a.zip").write_bytes((tmp_path / "a.zip").read_bytes()[:-30])
    assert "a.zip is truncated or damaged" in refusal(read_text, tmp_path / "a.zip", "stop")


def test_a_data_file_that_does_not_exist_is_named_as_the_user_did():
    assert "data_file=no/such.csv does not exist" in refusal(own_path, "no/such.csv")


def test_a_line_of_gigabytes_is_refused_before_it_is_held(tmp_path, monkeypatch):
    monkeypatch.setattr("muse_lib.data.corpora.opening.LONGEST_LINE", 1_000)
    (tmp_path / "a.csv").write_text("song\n" + "x" * 100_000)
    with open_text(tmp_path / "a.csv", "stop") as (file, stream):
        message = refusal(list, text_lines(file, tmp_path / "a.csv"))
        assert stream.done < 100_000
    assert "a.csv, line 2 is longer than 1,000 characters" in message


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("muse_lib.data.corpora.opening.UNPACKED_ANYWAY", 1_000)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"\n" * 1_000_000))
    assert "allow more with --set max_unpacked=NUMBER" in refusal(
        read_text, tmp_path / "a.csv.gz", "stop"
    )
    with open_text(tmp_path / "a.csv.gz", "stop", max_unpacked=0) as (file, _):
        assert len(file.read()) == 1_000_000


MARKED = {"utf-8-sig": "utf-8", "utf-16": "cp1252", "utf-32": "utf-8"}


@pytest.mark.parametrize(("encoding", "stated"), MARKED.items())
def test_a_byte_order_mark_wins_over_the_stated_encoding(tmp_path, encoding, stated):
    (tmp_path / "a.csv").write_bytes("Beyoncé".encode(encoding))
    with open_text(tmp_path / "a.csv", "stop", stated) as (file, _):
        assert file.read() == "Beyoncé"


def test_the_line_that_is_not_of_the_encoding_is_named(tmp_path):
    (tmp_path / "a.csv").write_bytes("a\nb\n".encode("utf-16-le") + b"\x00\xd8")
    opened = open_text(tmp_path / "a.csv", "stop", "utf-16-le")
    with (
        pytest.raises(InputError, match=r"a.csv, line 3 is not utf-16-le: name"),
        opened as (file, _),
    ):
        file.read()


@pytest.mark.parametrize("name", ["a.csv.gz", "a.CSV.GZ", "a.csv"])
def test_the_first_bytes_say_what_is_packed(tmp_path, name):
    (tmp_path / name).write_bytes(gzip.compress(b"song"))
    assert read_text(tmp_path / name, "stop") == "song"


@pytest.mark.parametrize(
    ("start", "kind"),
    [(b"PAR1", "Parquet"), (b"%PDF-1.7", "a PDF"), (b"\xd0\xcf\x11\xe0", "old Excel")],
)
def test_what_is_often_taken_for_a_table_is_called_by_its_name(tmp_path, start, kind):
    (tmp_path / "a.csv").write_bytes(start + b"rest")
    assert kind in refusal(read_text, tmp_path / "a.csv", "stop")


MEMBERS = [
    "b.csv",
    "A.CSV",
    "notes.txt",
    "__MACOSX/._b.csv",
    ".hidden.csv",
    "deep/c.tsv",
    "d.csv.gz",
]


def test_the_tables_of_a_folder_and_of_an_archive_are_the_same(tmp_path):
    folder = tmp_path / "folder"
    with zipfile.ZipFile(tmp_path / "a.ZIP", "w") as archive:
        for name in MEMBERS:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("song")
            archive.writestr(name, "song")
    expected = ["A.CSV", "b.csv", "d.csv.gz", "c.tsv"]
    assert [table.name for table in tables(folder)] == expected
    assert [table.name for table in tables(tmp_path / "a.ZIP")] == expected
    assert [table.stem for table in tables(folder)] == ["A", "b", "d", "c"]


def test_texts_are_tables_where_nothing_else_is(tmp_path):
    (tmp_path / "list.txt").write_text("song")
    assert [table.stem for table in tables(tmp_path)] == ["list"]


def test_a_folder_without_a_table_is_refused(tmp_path):
    (tmp_path / "picture.png").write_text("song")
    assert "holds no table" in refusal(tables, tmp_path)


def test_a_workbook_is_called_one(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "")
    assert "a.xlsx is a spreadsheet" in refusal(tables, tmp_path / "a.xlsx")
