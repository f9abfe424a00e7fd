import errno
import gzip
import zipfile

import pytest

from muse_lib.corpora.files import open_bytes, open_text, own_path, read_text
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
    with open_text(tmp_path / "a.zip", "stop") as file:
        assert file.read() == "song"


def test_a_zip_without_a_csv_file_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("README.txt", "about")
    assert "a.zip holds 0 CSV files" in refusal(read_text, tmp_path / "a.zip", "stop")


def test_a_truncated_zip_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "song" * 1000)
    (tmp_path / "a.zip").write_bytes((tmp_path / "a.zip").read_bytes()[:-30])
    assert "a.zip is truncated or damaged" in refusal(read_text, tmp_path / "a.zip", "stop")


def test_a_data_file_that_does_not_exist_is_named_as_the_user_did():
    assert "data_file=no/such.csv does not exist" in refusal(own_path, "no/such.csv")
