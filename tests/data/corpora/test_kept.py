import os
from dataclasses import fields

import pytest
from pandas.testing import assert_frame_equal

from muse_lib.config import DataConfig
from muse_lib.data.corpora import kept, load, mpd, spotify
from muse_lib.errors import InputError
from tests.helpers.mpd_world import corpus_of_world, write_slices


@pytest.fixture
def place(tmp_path, monkeypatch, data):
    """Where large sources are kept; every source is large here."""
    monkeypatch.setattr(kept, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(kept, "WORTH_KEEPING", 1)
    monkeypatch.setattr(kept, "code_digest", "".join)  # the real one parses half of the library
    write_slices(data / "mpd", 40, per_slice=10)
    return tmp_path / "cache" / "corpora"


@pytest.fixture
def readings(monkeypatch):
    """What the reading of slices says that it does, once for each time they are really read."""
    said, really = [], mpd._read

    def read(paths, rows, where, config, why):
        said.append(why)
        return really(paths, rows, where, config, why)

    monkeypatch.setattr(mpd, "_read", read)
    return said


def read(**parameters):
    return load(DataConfig(corpus="mpd", **parameters))


def assert_equal(one, other):
    for field in fields(one):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if field.name in kept.TABLES:
            assert_frame_equal(mine, theirs)
        else:
            assert mine == theirs
    assert one.digest() == other.digest()


def file_of(place, name):
    (found,) = place.glob(f"*/{name}")
    return found


@pytest.mark.usefixtures("place")
def test_what_is_kept_is_what_was_read(readings):
    first, second = read(), read()
    assert readings == [""]
    assert_equal(first, second)
    assert len(first.dropped) > 0  # songs repeated in their playlist


@pytest.mark.usefixtures("place")
def test_a_world_of_many_slices_is_read_as_it_was_made():
    made, found = corpus_of_world(40), read()
    assert_frame_equal(found.memberships, made.memberships)
    assert found.songs["track"].tolist() == made.songs["track"].tolist()
    assert found.playlists["title"].tolist() == made.playlists["title"].tolist()


def test_small_sources_are_not_kept(place, readings, monkeypatch):
    monkeypatch.setattr(kept, "WORTH_KEEPING", 10**9)
    read()
    read()
    assert (readings, place.exists()) == (["", ""], False)


@pytest.mark.usefixtures("place")
def test_parameters_of_the_sample_read_nothing_anew(readings):
    read()
    read(n_playlists=7, n_seed_songs=3, max_playlist_length=9, min_song_count=2, seed=4)
    assert readings == [""]


def changed_size(slices):
    (slices / "mpd.slice.0-9.json").write_text((slices / "mpd.slice.0-9.json").read_text() + " ")


def changed_time(slices):
    os.utime(slices / "mpd.slice.0-9.json", ns=(1, 1))


def one_more(slices):
    (slices / "mpd.slice.40-49.json").write_text('{"playlists": []}')


def one_less(slices):
    (slices / "mpd.slice.30-39.json").unlink()


def one_that_is_not_read(slices):
    (slices / "mpd.slice.copy.json").write_text("")


@pytest.mark.parametrize(
    "change", [changed_size, changed_time, one_more, one_less, one_that_is_not_read]
)
def test_other_files_are_read_anew_and_take_the_place_of_what_was_kept(
    place, data, readings, change
):
    read()
    change(data / "mpd")
    read()
    read()
    assert readings == ["", ""]
    assert len(list(place.iterdir())) == 1


@pytest.mark.usefixtures("place")
def test_other_code_or_another_way_of_reading_reads_anew(readings, monkeypatch):
    read()
    read(bad_utf8="replace")
    monkeypatch.setattr(kept, "code_digest", lambda _: "other")
    read(bad_utf8="replace")
    assert readings == ["", "", ""]


def cut(file):
    file.write_bytes(file.read_bytes()[:-50])


def flip(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def empty(file):
    file.write_bytes(b"")


def remove(file):
    file.unlink()


@pytest.mark.parametrize("damage", [cut, flip, empty, remove])
@pytest.mark.parametrize("table", kept.TABLES)
def test_a_damaged_table_is_told_of_and_read_anew(place, readings, table, damage):
    whole = read()
    damage(file_of(place, f"{table}.parquet"))
    assert_equal(read(), whole)
    assert_equal(read(), whole)
    assert readings == ["", kept.DAMAGED]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"key": 1', b"\xff"])
def test_damaged_contents_are_told_of_and_read_anew(place, readings, content):
    whole = read()
    file_of(place, kept.CONTENTS).write_bytes(content)
    assert_equal(read(), whole)
    assert readings == ["", kept.DAMAGED]


@pytest.mark.parametrize("n_written", range(5))
def test_a_run_that_is_killed_while_it_writes_leaves_nothing_to_be_believed(
    place, data, monkeypatch, n_written
):
    """Before each file of the second, other corpus."""
    read()
    one_less(data / "mpd")
    names, really = [], kept.write_frame

    def killed(path, content, write):
        if len(names) == n_written:
            raise KeyboardInterrupt
        names.append(path.name)
        write(path, content)

    monkeypatch.setattr(kept, "write_frame", lambda p, c: killed(p, c, really))
    json, monkeypatched = kept.write_json, lambda p, c: killed(p, c, json)
    monkeypatch.setattr(kept, "write_json", monkeypatched)
    with pytest.raises(KeyboardInterrupt):
        read()
    monkeypatch.undo()
    monkeypatch.setattr(kept, "CACHE", place.parent)
    monkeypatch.setattr(kept, "WORTH_KEEPING", 1)
    monkeypatch.setenv("MUSE_DATA_DIR", str(data))
    assert_equal(read(), mpd._read(*mpd_arguments(data)))


def mpd_arguments(data):
    config = DataConfig(corpus="mpd")
    return mpd.slices(data / "mpd")[0], mpd.Rows(), data / "mpd", config, ""


@pytest.mark.usefixtures("readings")
def test_a_full_disk_keeps_nothing_and_loses_nothing(place, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept, "write_frame", full)
    assert len(read().playlists) == 40
    assert list(place.glob("*/*")) == []


def test_a_reading_that_fails_keeps_nothing(place, data):
    (data / "mpd/mpd.slice.0-9.json").write_text("{")
    with pytest.raises(InputError, match=r"mpd\.slice\.0-9\.json is truncated"):
        read()
    assert not place.exists()


def test_the_spotify_file_is_kept_as_well(place, data, monkeypatch):
    row = ",".join(f'"{cell}"' for cell in ("a" * 32, "Ana", "Rain", "wet"))
    (data / "spotify").mkdir()
    (data / "spotify/spotify_dataset.csv").write_text(row)
    first = load(DataConfig(corpus="spotify"))
    monkeypatch.setattr(spotify, "_read", None)
    assert_equal(load(DataConfig(corpus="spotify")), first)
    assert len(list(place.iterdir())) == 1
