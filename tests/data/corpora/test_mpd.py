import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muse_lib.config import DataConfig
from muse_lib.data.corpora import load, mpd
from muse_lib.data.corpora.mpd import HELD_TWICE, MISNAMED
from muse_lib.data.corpora.rows import WITHOUT_SONGS
from muse_lib.errors import InputError
from tests.helpers.mpd_world import write_slices


def song(track, artist="Ana", pos=0):
    """A track in the data set's full schema."""
    return {
        "pos": pos,
        "artist_name": artist,
        "track_uri": "spotify:track:1",
        "artist_uri": "spotify:artist:1",
        "track_name": track,
        "album_uri": "spotify:album:1",
        "duration_ms": 200_000,
        "album_name": "Sky",
    }


def playlist(name, *tracks, pid=0, **more):
    """A playlist in the data set's full schema."""
    return {
        "name": name,
        "collaborative": "false",
        "pid": pid,
        "modified_at": 1_500_000_000,
        "num_tracks": len(tracks),
        "num_albums": 1,
        "num_followers": 1,
        "tracks": [song(track, pos=pos) for pos, track in enumerate(tracks)],
        "num_edits": 1,
        "duration_ms": 200_000,
        "num_artists": 1,
        **more,
    }


def slice_of(*playlists):
    info = {"generated_on": "2017-12-03", "slice": "0-999", "version": "v1"}
    return json.dumps({"info": info, "playlists": playlists})


@pytest.fixture
def read(data):
    """Read these slices, by first number, from the usual place."""

    def read(slices=None, **parameters):
        (data / "mpd").mkdir(exist_ok=True)
        for first, text in (slices or {}).items():
            (data / f"mpd/mpd.slice.{first}-{first + 999}.json").write_text(text, "utf-8")
        return load(DataConfig(corpus="mpd", **parameters))

    return read


@pytest.fixture
def refusal(read):
    def refusal(*arguments, **parameters):
        with pytest.raises(InputError) as caught:
            read(*arguments, **parameters)
        return str(caught.value)

    return refusal


def test_a_slice_holds_playlists(read):
    corpus = read({0: slice_of(playlist("Rain", "Drops", "Puddles", description="wet"))})
    assert corpus.playlists["title"].tolist() == ["Rain"]
    assert corpus.songs["track"].tolist() == ["Drops", "Puddles"]


def test_slices_are_read_in_the_order_of_their_numbers(read):
    slices = {n: slice_of(playlist(f"from {n}", "Drops")) for n in (10_000, 2_000, 0)}
    assert read(slices).playlists["title"].tolist() == ["from 0", "from 2000", "from 10000"]


def test_two_playlists_of_one_title_are_two_even_with_one_pid(read):
    slices = {n: slice_of(playlist("Rain", "Drops", pid=7)) for n in (0, 1_000)}
    assert len(read(slices).playlists) == 2


def test_a_packed_slice_is_read_like_a_plain_one(read, data):
    (data / "mpd").mkdir()
    packed = gzip.compress(slice_of(playlist("Rain", "Drops")).encode())
    (data / "mpd/mpd.slice.0-999.json.gz").write_bytes(packed)
    assert read().playlists["title"].tolist() == ["Rain"]


def drops(corpus):
    return list(corpus.dropped[["reason", "count", "example"]].itertuples(index=False, name=None))


def test_a_slice_there_twice_packed_and_plain_counts_once_and_is_reported(read, data):
    text = slice_of(playlist("Rain", "Drops"))
    (data / "mpd").mkdir()
    (data / "mpd/mpd.slice.0-999.json.gz").write_bytes(gzip.compress(text.encode()))
    corpus = read({0: text})
    assert len(corpus.playlists) == 1
    assert drops(corpus) == [(HELD_TWICE, 1, "mpd.slice.0-999.json.gz")]


def files(folder, *names):
    """Write a slice under each of these names; its playlist is called like it."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(slice_of(playlist(name, "Drops")), "utf-8")


def test_a_name_in_capitals_is_a_slice(read, data):
    files(data / "mpd", "MPD.slice.0-999.JSON")
    assert read().playlists["title"].tolist() == ["MPD.slice.0-999.JSON"]


def test_files_that_only_look_like_slices_are_listed(read, data):
    names = ["mpd.slice.1000-1999 (1).json", "mpd_slice_2000-2999.json", "mpd.slice.3000.json"]
    files(data / "mpd", "mpd.slice.0-999.json", "stats.json", "._mpd.slice.0-999.json", *names)
    corpus = read()
    assert corpus.playlists["title"].tolist() == ["mpd.slice.0-999.json"]
    assert drops(corpus) == [(MISNAMED, 3, ", ".join(sorted(names)))]


@pytest.mark.parametrize(
    ("names", "titles"),
    [
        (["0-99", "0-999"], ["0-999"]),
        (["0-999", "500-1499", "1000-1999"], ["0-999", "1000-1999"]),
        (["0-999", "999-1998"], ["0-999"]),
        (["copy/mpd.slice.0-999.json", "0-999"], ["copy/mpd.slice.0-999.json"]),
    ],
)
def test_of_slices_that_overlap_one_is_read_and_the_others_are_listed(read, data, names, titles):
    named = {name: name if "/" in name else f"mpd.slice.{name}.json" for name in names}
    files(data / "mpd", *named.values())
    corpus = read()
    assert corpus.playlists["title"].tolist() == [named[title] for title in titles]
    ((reason, count, _),) = drops(corpus)
    assert (reason, count) == (HELD_TWICE, 1)


@pytest.mark.parametrize("name", ["mpd.slice.0-999.json", "mpd.slice.0-999 (1).json", "mine.json"])
def test_one_slice_can_be_named_as_a_file(data, name):
    files(data, name, "mpd.slice.1000-1999.json")
    corpus = load(DataConfig(corpus="mpd", data_file=str(data / name)))
    assert (corpus.playlists["title"].tolist(), drops(corpus)) == ([name], [])


SONGS = st.tuples(
    st.sampled_from(["Drops", "drops ", "Mud", "", None]), st.sampled_from(["Ana", ""])
)
PLAYLISTS = st.lists(st.lists(SONGS, max_size=5), max_size=4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(PLAYLISTS, PLAYLISTS))
def test_every_track_is_a_membership_or_reported(read, slices):
    texts = {
        1_000 * k: slice_of(
            *(playlist("x", tracks=[song(*one) for one in songs]) for songs in playlists)
        )
        for k, playlists in enumerate(slices)
    }
    lists = [songs for playlists in slices for songs in playlists]
    try:
        corpus = read(texts)
    except InputError as refused:
        assert "holds no playlist with a song" in str(refused)  # noqa: PT017
        return
    whole = corpus.dropped["reason"] == WITHOUT_SONGS
    assert len(corpus.memberships) + corpus.dropped.loc[~whole, "count"].sum() == sum(
        map(len, lists)
    )
    assert len(corpus.playlists) + corpus.dropped.loc[whole, "count"].sum() == len(lists)


def test_the_folder_may_be_the_one_that_was_handed_out(data):
    folder = data / "spotify_million_playlist_dataset"
    (folder / "data").mkdir(parents=True)
    (folder / "data/mpd.slice.0-999.json").write_text(slice_of(playlist("Rain", "Drops")))
    (folder / "data/mpd.slice.notes.txt").write_text("number of playlists 1")
    assert len(load(DataConfig(corpus="mpd", data_file=str(folder))).playlists) == 1


def test_a_playlist_without_songs_is_reported(read):
    corpus = read({0: slice_of(playlist("Silence", pid=8), playlist("Rain", "Drops"))})
    assert corpus.dropped.to_dict("records") == [
        {
            "reason": "playlist without songs",
            "count": 1,
            "example": "mpd.slice.0-999.json, playlist 8: 'Silence'",
        }
    ]


def test_a_repeated_song_is_reported_by_playlist(read):
    corpus = read({0: slice_of(playlist("Rain", "Drops", "drops", pid=8))})
    assert corpus.dropped["example"].tolist() == [
        "mpd.slice.0-999.json, playlist 8: 'drops' by 'Ana'"
    ]


@pytest.mark.usefixtures("data")
def test_a_missing_folder_says_that_there_is_no_download():
    with pytest.raises(InputError, match=r"cannot be downloaded: put the files mpd.slice"):
        load(DataConfig(corpus="mpd"))


def test_a_folder_without_slices_is_named(refusal):
    assert "mpd holds no file mpd.slice" in refusal()


def test_a_truncated_slice_is_named(refusal):
    text = slice_of(playlist("Rain", "Drops"))
    message = refusal({0: slice_of(playlist("Rain", "Drops")), 1_000: text[:-9]})
    assert "mpd.slice.1000-1999.json is truncated or not JSON" in message


def test_a_truncated_packed_slice_is_named(refusal, data):
    (data / "mpd").mkdir()
    packed = gzip.compress(slice_of(playlist("Rain", "Drops")).encode())
    (data / "mpd/mpd.slice.0-999.json.gz").write_bytes(packed[:-12])
    assert "mpd.slice.0-999.json.gz is truncated or damaged" in refusal()


def without(name):
    one = playlist("Rain", "Drops")
    return {"playlists": [{key: value for key, value in one.items() if key != name}]}


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"playlists": 7},
        {"playlists": {}},
        {"playlists": ["Rain"]},
        {"playlists": [playlist("Rain", "Drops", pid="seven")]},
        {"playlists": [playlist("Rain", "Drops", pid=10**12)]},
        {"playlists": [playlist("Rain", 7)]},
        {"playlists": [playlist(7, "Drops")]},
        {"playlists": [playlist("Rain", tracks=["Drops"])]},
        {"playlists": [playlist("Rain", tracks=[{"track_name": "Drops"}])]},
        without("name"),
        without("pid"),
        without("tracks"),
    ],
)
def test_json_of_another_schema_is_named(refusal, content):
    message = refusal({0: json.dumps(content)})
    assert "mpd.slice.0-999.json is not a slice of the Million Playlist Dataset" in message
    assert "copy it again" in message


def test_a_name_that_stands_twice_in_an_object_is_refused(refusal):
    text = slice_of(playlist("Rain", "Drops"))
    message = refusal({0: text.replace('"name"', '"pid": 1, "name"')})
    assert (
        "mpd.slice.0-999.json is truncated or not JSON (an object has a duplicate name)" in message
    )


@pytest.mark.parametrize("bad_utf8", ["stop", "replace"])
def test_a_title_that_is_missing_is_empty(read, bad_utf8):
    corpus = read({0: slice_of(playlist(None, "Drops"))}, bad_utf8=bad_utf8)
    assert corpus.playlists["title"].tolist() == [""]


def test_a_packed_slice_that_unpacks_to_too_much_is_refused_unless_allowed(read, data, monkeypatch):
    monkeypatch.setattr("muse_lib.data.corpora.opening.UNPACKED_ANYWAY", 10)
    (data / "mpd").mkdir()
    packed = gzip.compress(slice_of(playlist("Rain", *["Drops"] * 900)).encode())
    (data / "mpd/mpd.slice.0-999.json.gz").write_bytes(packed)
    with pytest.raises(InputError, match=r"unpacks to more than .*--set max_unpacked=NUMBER"):
        read(max_unpacked=2)
    assert len(read(max_unpacked=0).songs) == 1


def test_half_an_emoji_is_named(refusal):
    message = refusal({0: slice_of(playlist("Rain \ud83d", "Drops"))})
    assert "mpd.slice.0-999.json contains half of a surrogate pair" in message
    assert "--set bad_utf8=replace" in message


def test_half_an_emoji_can_be_replaced(read):
    corpus = read({0: slice_of(playlist("Rain \ud83d ☔", "Drops"))}, bad_utf8="replace")
    assert corpus.playlists["title"].tolist() == ["Rain \ufffd ☔"]


AWKWARD = st.sampled_from(
    ["Drops", "", " ", "\u0000", "\n", '"', "☔", "a\\b", "\ud83d", None, 7, [], True]
)
PIDS = st.sampled_from([0, 7, -1, 2**31, 10**30, 1.0, "7", None, True])


@st.composite
def contents(draw):
    """What may stand in a slice, some of it wrong."""
    lists = []
    for _ in range(draw(st.integers(0, 3))):
        tracks = [song(draw(AWKWARD), draw(AWKWARD)) for _ in range(draw(st.integers(0, 3)))]
        one = playlist(draw(AWKWARD), pid=draw(PIDS), tracks=tracks)
        for name in draw(
            st.sets(st.sampled_from(["pid", "name", "tracks", "num_edits"]), max_size=1)
        ):
            del one[name]
        lists.append(one)
    return draw(st.sampled_from([{"playlists": lists}, {"info": [], "playlists": lists}, lists]))


def read_or_refused(parse, *arguments):
    try:
        found = parse(*arguments)
    except InputError as refused:
        return str(refused)
    columns = {
        name: np.array(c.texts, object)[c.codes].tolist() for name, c in found.columns.items()
    }
    return found.pids.tolist(), columns, found.without_songs


@given(
    contents(), st.sampled_from(["stop", "replace"]), st.booleans(), st.sampled_from(["", " {}"])
)
def test_what_arrow_reads_is_what_python_reads(content, bad_utf8, ascii_only, after):
    text = json.dumps(content, ensure_ascii=ascii_only)
    if not ascii_only:  # a file holds no half of a sign but as an escape
        text = text.encode("utf-8", "replace").decode()
    path = Path("mpd.slice.0-999.json")
    plain = read_or_refused(mpd._parsed, text + after, path, bad_utf8)
    by_arrow = mpd._parsed_by_arrow(text + after, path.name)
    if by_arrow is not None:
        assert read_or_refused(lambda: by_arrow) == plain


def test_arrow_reads_what_is_usual():
    text = slice_of(
        playlist("Rain ☔", "Drops", "Mud"), playlist("", pid=8), playlist("\u00e9", "Drops")
    )
    found = mpd._parsed_by_arrow(text, "mpd.slice.0-999.json")
    plain = mpd._parsed(text, Path("mpd.slice.0-999.json"), "stop")
    assert read_or_refused(lambda: found) == read_or_refused(lambda: plain)
    assert found.without_songs == ["mpd.slice.0-999.json, playlist 8: ''"]


@pytest.mark.parametrize("arrow", [True, False])
@pytest.mark.parametrize("n_cores", [1, 3])
def test_slices_make_one_corpus_whoever_parses_them_on_however_many_cores(
    data, monkeypatch, arrow, n_cores
):
    write_slices(data / "mpd", 60, per_slice=5)
    expected = load(DataConfig(corpus="mpd")).digest()
    monkeypatch.setattr("muse_lib.workers.usable_cores", lambda: n_cores)
    if not arrow:
        monkeypatch.setattr(mpd, "_parsed_by_arrow", lambda *_: None)
    assert load(DataConfig(corpus="mpd")).digest() == expected


def test_of_several_broken_slices_the_first_is_named(data):
    write_slices(data / "mpd", 60, per_slice=5)
    for first in (45, 20, 30):
        path = data / f"mpd/mpd.slice.{first}-{first + 4}.json"
        path.write_text(path.read_text()[:-30])
    with pytest.raises(InputError, match=r"mpd\.slice\.20-24\.json is truncated"):
        load(DataConfig(corpus="mpd"))
