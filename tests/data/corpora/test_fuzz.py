"""Damaged files of every kind: read, or refused in one sentence; the script reads many more."""

import random

import pytest

from muse_lib.errors import InputError
from tests.helpers.fuzz import complaint, damaged, targets

N_FILES = 200
TARGETS = targets()

FOUND = {
    "csv": [b"id,name,song,artist\n1,a,\x1b[2J\x00,\x00\n", b"x" * 9000 + b",name\n1,2\n"],
    "spotify": [b'"user_id", "artistname", "trackname", "playlistname"\n\x02"An"\n'],
    "spotify, zipped": [
        TARGETS["spotify, zipped"].whole.replace(b"\x08\0", b"\x63\0"),  # an unknown packing
        TARGETS["spotify, zipped"].whole.replace(b"\0\0\x08\0", b"\1\0\x08\0"),  # encrypted
    ],
    "mpd": [b"[" * 100_000, b'{"playlists": ' + b"9" * 5000 + b"}"],
    "archive": [b"Mix\n\n\x08Dro"],
    "artists' genres": [
        b"uri,followers,genres,name\nu1,1,[]\n",
        b"uri,followers,genres,name\nu1,1," + b"(" * 5000 + b",Ana\n",
        b"uri,followers,genres,name\nu1,1,7,Ana\n",
    ],
    "parquet": [b"PAR1\n\x0f\nPAR1"],
    "vectors of a model": [TARGETS["vectors of a model"].whole.replace(b"biases", b"biasXs")],
    "songs of a model": [
        TARGETS["songs of a model"].whole.replace(b"track", b"trXck"),
        b"[]",
        b"{}",
    ],
    "table": [b"", b"a,b\n\xff", b'a\n"'],
    "json": [b"[" * 100_000],
    "receipt": [b"[" * 100_000, b'{"key": "k", "outputs": {"../../x": ""}}', b"[]"],
    "notebook": [b"[" * 100_000, b"\xff", b"{}", b'{"nbformat": 4, "cells": [{}]}', b"3"],
}
"""Files on which a reader once failed, or nearly so."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder that the files go to, which is the data folder as well."""
    monkeypatch.setenv("MUSE_DATA_DIR", str(tmp_path))
    genres = TARGETS["artists' genres"]
    (tmp_path / genres.place).parent.mkdir()
    (tmp_path / genres.place).write_bytes(genres.whole)
    return tmp_path


@pytest.mark.parametrize("kind", TARGETS)
def test_a_file_in_order_is_read(folder, kind):
    target = TARGETS[kind]
    assert complaint(target, target.whole, folder) == ""
    target.read(folder)


@pytest.mark.parametrize("kind", TARGETS)
def test_a_damaged_file_is_read_or_refused_in_a_sentence(folder, kind):
    target, rng = TARGETS[kind], random.Random(f"test of {kind}")
    told = {complaint(target, damaged(target.whole, rng), folder) for _ in range(N_FILES)}
    assert told == {""}


@pytest.mark.parametrize(("kind", "content"), [(k, c) for k, found in FOUND.items() for c in found])
def test_what_once_failed_is_refused_in_a_sentence(folder, kind, content):
    assert complaint(TARGETS[kind], content, folder) == ""


def test_a_text_that_unpacks_to_too_much_is_refused(folder, monkeypatch):
    monkeypatch.setattr("muse_lib.data.corpora.opening.LONGEST_TEXT", 50)
    packed = TARGETS["mpd, packed"]
    (folder / packed.place).write_bytes(packed.whole)
    with pytest.raises(InputError, match="unpacks to more than 50 characters"):
        packed.read(folder)
