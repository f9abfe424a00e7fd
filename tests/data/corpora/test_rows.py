import pytest
from hypothesis import given
from hypothesis import strategies as st

from muse_lib.data.corpora.rows import Rows
from muse_lib.errors import InputError
from muse_lib.names import folded


def corpus_of(rows, key=("playlist",)):
    """Make a corpus of (playlist, title, track, artist) rows, numbered from 1."""
    gathered = Rows(key)
    for number, row in enumerate(rows, start=1):
        columns = zip(("playlist", "title", "track", "artist"), row, strict=True)
        gathered.add("here, row", [number], **{name: [text] for name, text in columns})
    return gathered.corpus("test", "the test")


def songs_of(corpus):
    return list(zip(corpus.songs["track"], corpus.songs["artist"], strict=True))


def playlists_of(corpus):
    """Give each playlist as its title and its songs' ids."""
    members = corpus.memberships.groupby("playlist_id")["song_id"].agg(list)
    return list(zip(corpus.playlists["title"], members, strict=True))


def reasons_of(corpus):
    return dict(zip(corpus.dropped["reason"], corpus.dropped["count"], strict=True))


spelling = st.sampled_from(["", " ", "a", "A", " a", "b", "ß", "SS"])


@given(st.lists(st.tuples(st.sampled_from("pq"), st.sampled_from("tT"), spelling, spelling)))
def test_rows_make_the_corpus_that_plain_loops_make(rows):
    titles, songs, members, spelt = {}, {}, {}, {}
    for playlist, title, track, artist in rows:
        titles.setdefault(playlist, title)
        song = (folded(track), folded(artist))
        if all(song):
            spelt.setdefault(song[1], artist)
            number, *_ = songs.setdefault(song, (len(songs), track, spelt[song[1]]))
            members.setdefault(playlist, [])
            members[playlist] += [number] * (number not in members[playlist])
    if not songs:
        with pytest.raises(InputError):
            corpus_of(rows)
        return
    corpus = corpus_of(rows)
    assert songs_of(corpus) == [(track, artist) for _, track, artist in songs.values()]
    assert playlists_of(corpus) == [
        (title, members[playlist]) for playlist, title in titles.items() if playlist in members
    ]


@given(st.lists(st.tuples(st.sampled_from("pq"), st.just("t"), spelling, spelling), min_size=1))
def test_every_row_is_a_membership_or_is_reported(rows):
    corpus = corpus_of([*rows, ("z", "t", "song", "artist")])
    dropped = {**reasons_of(corpus), "playlist without songs": 0}
    assert len(corpus.memberships) + sum(dropped.values()) == len(rows) + 1


def test_a_song_is_spelt_as_in_its_first_row():
    corpus = corpus_of([("p", "t", "Some SONG", "X"), ("q", "t", "some song", "x")])
    assert songs_of(corpus) == [("Some SONG", "X")]


def test_an_artist_is_spelt_everywhere_as_first():
    corpus = corpus_of([("p", "t", "a", "Beyonc\u00e9"), ("p", "t", "b", "BEYONCE\u0301 ")])
    assert songs_of(corpus) == [("a", "Beyonc\u00e9"), ("b", "Beyonc\u00e9")]


def test_a_reader_that_loses_rows_is_stopped(monkeypatch):
    monkeypatch.setattr(Rows, "drop", lambda *_: None)
    with pytest.raises(InputError, match="of 2 rows 1 were kept and 0 reported: this is a bug"):
        corpus_of([("p", "t", "a", "x"), ("p", "t", "A", "X")])


def test_one_track_by_two_artists_is_two_songs():
    corpus = corpus_of([("p", "t", "Hallelujah", "X"), ("p", "t", "Hallelujah", "Y")])
    assert len(corpus.songs) == 2


def test_two_playlists_of_one_title_are_two_playlists():
    corpus = corpus_of([("p", "Summer", "a", "x"), ("q", "Summer", "a", "x")])
    assert playlists_of(corpus) == [("Summer", [0]), ("Summer", [0])]


def test_one_owner_can_have_two_playlists_when_the_title_tells_them_apart():
    rows = [("me", "Summer", "a", "x"), ("me", "Winter", "a", "x")]
    assert playlists_of(corpus_of(rows, ("playlist", "title"))) == [
        ("Summer", [0]),
        ("Winter", [0]),
    ]


def test_a_scattered_playlist_is_gathered_in_the_order_of_its_rows():
    rows = [("p", "P", "b", "x"), ("q", "Q", "a", "x"), ("p", "P", "a", "x")]
    assert playlists_of(corpus_of(rows)) == [("P", [0, 1]), ("Q", [1])]


def test_a_repeated_song_is_reported_with_its_place():
    corpus = corpus_of([("p", "t", "a", "x"), ("p", "t", "A", "X")])
    assert corpus.dropped.to_dict("records") == [
        {
            "reason": "song repeated in its playlist",
            "count": 1,
            "example": "here, row 2: 'A' by 'X'",
        }
    ]


def test_a_playlist_that_loses_all_its_songs_is_reported():
    corpus = corpus_of([("p", "Gone", " ", "x"), ("q", "Here", "a", "x")])
    assert reasons_of(corpus) == {"empty track": 1, "playlist without songs": 1}


def test_rows_without_a_song_say_why():
    with pytest.raises(InputError, match=r"the test holds no playlist .*empty artist: here, row 1"):
        corpus_of([("p", "t", "a", "")])


@pytest.mark.parametrize(
    "title",
    [
        "",
        "two\nlines",
        "$$ mood $$",
        "🔥🔥",
        "夏の歌",
        "أغاني",
        "<script>alert(1)</script>",
        "=1+1",
        "x" * 10_000,
    ],
)
def test_a_title_is_kept_as_it_is(title):
    assert corpus_of([("p", title, "a", "x")]).playlists["title"].tolist() == [title]


def test_a_playlist_of_47362_songs_is_read_whole():
    n_songs = 47_362
    rows = Rows()
    rows.add(
        "here, row",
        range(n_songs),
        playlist=["p"] * n_songs,
        title=["everything"] * n_songs,
        track=[f"track {number}" for number in range(n_songs)],
        artist=["x"] * n_songs,
    )
    assert len(rows.corpus("test", "the test").memberships) == n_songs


def test_ids_are_32_bit():
    corpus = corpus_of([("p", "t", "a", "x")])
    ids = [
        corpus.playlists["playlist_id"],
        corpus.songs["song_id"],
        corpus.memberships["playlist_id"],
        corpus.memberships["song_id"],
    ]
    assert {str(column.dtype) for column in ids} == {"int32"}


def test_a_digest_does_not_confuse_where_one_text_ends_and_the_next_begins():
    one = corpus_of([("p", "t", "ab", "x"), ("p", "t", "c", "x")])
    other = corpus_of([("p", "t", "a", "x"), ("p", "t", "bc", "x")])
    assert one.digest() != other.digest()


def test_another_digest_is_refused_with_both_and_the_remedy():
    corpus = corpus_of([("p", "t", "a", "x")])
    with pytest.raises(InputError) as refusal:
        corpus.verified("0" * 64, "delete the file")
    for part in (corpus.digest(), "0" * 64, "delete the file", "--set check_digest=false"):
        assert part in str(refusal.value)
