import itertools
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from muse_lib.config import DataConfig
from muse_lib.data.corpora import load
from muse_lib.data.dataset import Dataset
from muse_lib.data.overlaps import overlapping_groups
from muse_lib.data.sampling import split
from muse_lib.errors import InputError
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.evaluation.pairs import (
    SLICES,
    PairRule,
    _mix,
    effective_number,
    head_from,
    list_shares,
    popularity_slices,
    poster_pairs,
)
from tests.helpers.worlds import corpus_of, two_scenes

N_SONGS = 9
EVERY_PAIR = PairRule(n_pairs=200, share_similar=0.5, same_artist=True)


def held_out_world(playlists, parts, artists=None):
    """What a judge sees of these playlists, and the number that each known song has there."""
    n_songs = max(map(max, playlists)) + 1
    columns = {} if artists is None else {"artist": artists[:n_songs]}
    corpus = corpus_of(playlists, **columns)
    songs = Dataset.of(corpus, np.array(parts)).vocabulary.songs
    number = {song: place for place, song in enumerate(songs["song_id"])}
    return HeldOut(songs, corpus.memberships, np.array(parts)), number


def double_loop(playlists, parts, artists, part, same_artist):
    """All similar and all dissimilar pairs, straight from their definition, as song ids."""
    inside = [set(playlist) for playlist, of in zip(playlists, parts, strict=True) if of == part]
    known = {
        song
        for playlist, of in zip(playlists, parts, strict=True)
        for song in playlist
        if of == "train"
    }
    similar, dissimilar = set(), set()
    for i, j in itertools.combinations(sorted(known), 2):
        if artists[i] == artists[j] and not same_artist:
            continue
        if any({i, j} <= playlist for playlist in inside):
            similar.add((i, j))
        occur = any(i in playlist for playlist in inside) and any(j in pl for pl in inside)
        if occur and not any({i, j} <= set(playlist) for playlist in playlists):
            dissimilar.add((i, j))
    return similar, dissimilar


def as_sets(pairs):
    """The similar and the dissimilar pairs, as song numbers."""
    cells = list(zip(pairs.i.tolist(), pairs.j.tolist(), strict=True))
    assert len(set(cells)) == len(cells), "no pair twice"
    return (
        {cell for cell, similar in zip(cells, pairs.similar, strict=True) if similar},
        {cell for cell, similar in zip(cells, pairs.similar, strict=True) if not similar},
    )


def assert_drawn_from(expected, pairs):
    """All pairs are expected ones, and of the scarcer kind none is missing."""
    drawn = as_sets(pairs)
    assert drawn[0] <= expected[0]
    assert drawn[1] <= expected[1]
    assert [len(kind) for kind in drawn] == [min(map(len, expected))] * 2


@pytest.fixture(autouse=True, scope="module")
def soon_exhausted():
    """In small worlds a few rounds find all pairs that there are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("muse_lib.evaluation.pairs.ROUNDS", 20)
        yield


worlds = st.fixed_dictionaries(
    {
        "playlists": st.lists(
            st.sets(st.integers(0, N_SONGS - 1), min_size=2, max_size=5).map(sorted),
            min_size=5,
            max_size=9,
        ),
        "artists": st.lists(st.sampled_from("abcd"), min_size=N_SONGS, max_size=N_SONGS),
        "same_artist": st.booleans(),
    }
)


@settings(deadline=None, max_examples=60)
@given(worlds)
def test_pairs_from_playlists_are_those_of_the_double_loop(world):
    playlists, artists = world["playlists"], world["artists"]
    parts = ["train", "test", "test", "validation", *["train"] * (len(playlists) - 4)]
    expected = double_loop(playlists, parts, artists, "test", world["same_artist"])
    assume(all(expected))
    held_out, number = held_out_world(playlists, parts, artists)
    rule = PairRule(200, share_similar=0.5, same_artist=world["same_artist"])
    renumbered = [{tuple(sorted((number[i], number[j]))) for i, j in kind} for kind in expected]
    assert_drawn_from(renumbered, poster_pairs(held_out, "test", rule))


def test_songs_of_one_held_out_playlist_are_similar_and_those_never_together_are_not():
    playlists = [[0, 1, 2, 3], [0, 1], [2, 3]]
    parts = ["train", "test", "test"]
    held_out, _ = held_out_world([*playlists[1:], [0], [1], [2], [3]], ["test"] * 2 + ["train"] * 4)
    similar, dissimilar = as_sets(poster_pairs(held_out, "test", EVERY_PAIR))
    assert similar == {(0, 1), (2, 3)}
    assert len(dissimilar) == 2
    assert dissimilar <= {(0, 2), (0, 3), (1, 2), (1, 3)}
    together_in_training, _ = held_out_world(playlists, parts)
    with pytest.raises(InputError, match="2 similar and 0 dissimilar pairs"):
        poster_pairs(together_in_training, "test", EVERY_PAIR)


def test_songs_that_training_does_not_know_form_no_pair():
    playlists = [[0, 2], [4, 6], [0, 1, 2, 3], [4, 5, 6, 7]]
    parts = ["train", "train", "test", "test"]
    held_out, number = held_out_world(playlists, parts)
    assert number == {0: 0, 2: 1, 4: 2, 6: 3}
    similar, dissimilar = as_sets(poster_pairs(held_out, "test", EVERY_PAIR))
    assert similar == {(0, 1), (2, 3)}
    assert dissimilar <= {(0, 2), (0, 3), (1, 2), (1, 3)}


@pytest.fixture(scope="module")
def scenes():
    """Two scenes; even numbers are one, odd the other; seven artists a scene."""
    playlists = two_scenes(n_songs=100, n_playlists=90)
    parts = ["train", "validation", "test"] * 30
    artists = [f"Artist {'xX'[song % 3 == 0]}{song % 14}" for song in range(100)]
    return held_out_world(playlists, parts, artists)[0]


@pytest.mark.parametrize(
    ("share", "n_pairs", "n_similar"), [(0.68, 100, 68), (0.5, 101, 50), (0.9, 10, 9)]
)
def test_the_mixture_is_exact(scenes, share, n_pairs, n_similar):
    rule = PairRule(n_pairs, share_similar=share)
    pairs = poster_pairs(scenes, "test", rule)
    assert len(pairs) == n_pairs
    assert pairs.similar.sum() == n_similar


def test_where_pairs_are_scarce_the_mixture_stays(scenes):
    pairs = poster_pairs(scenes, "test", PairRule(100_000, share_similar=0.68))
    assert 100 < len(pairs) < 100_000
    assert pairs.similar.mean() == pytest.approx(0.68, abs=0.5 / len(pairs))


@pytest.mark.parametrize("same_artist", [False, True])
def test_pairs_of_one_artist_are_there_only_if_the_rule_wants_them(scenes, same_artist):
    """Whatever the case in which the artist is written."""
    artist = scenes.songs["artist"].str.casefold().to_numpy()
    rule = PairRule(400, same_artist=same_artist)
    pairs = poster_pairs(scenes, "test", rule)
    assert (artist[pairs.i] == artist[pairs.j]).any() == same_artist


def test_one_seed_gives_one_set_of_pairs_and_another_seed_another(scenes):
    draws = [poster_pairs(scenes, "test", PairRule(50, seed=seed)) for seed in (1, 1, 2)]
    assert_array_equal(draws[0].i, draws[1].i)
    assert_array_equal(draws[0].j, draws[1].j)
    assert as_sets(draws[0]) != as_sets(draws[2])


def test_validation_pairs_are_not_the_test_pairs(scenes):
    rule = PairRule(50)
    validation = poster_pairs(scenes, "validation", rule)
    assert as_sets(validation) != as_sets(poster_pairs(scenes, "test", rule))


def test_in_every_pair_the_smaller_number_comes_first(scenes):
    pairs = poster_pairs(scenes, "test", PairRule(300))
    assert (pairs.i < pairs.j).all()


@pytest.mark.parametrize(
    ("playlists", "parts"),
    [
        ([[0, 1], [2, 3], [4, 5]], ["train", "validation", "test"]),  # nothing known in the test
        ([[0, 1, 2], [3], [0, 1, 2]], ["train", "validation", "test"]),  # nothing dissimilar
        ([[0], [1], [0], [1]], ["train", "train", "test", "test"]),  # nothing similar
        ([[0, 1], [0, 1]], ["train", "train"]),  # no test playlist
    ],
)
def test_too_small_a_corpus_is_refused_with_what_there_is(playlists, parts):
    held_out, _ = held_out_world(playlists, parts)
    with pytest.raises(
        InputError, match=r"the test playlists have \d+ similar and \d+ dissim"
    ) as e:
        poster_pairs(held_out, "test", EVERY_PAIR)
    assert "provide more or longer playlists" in str(e.value)


@pytest.mark.parametrize("share", [0.5, 0.68, 0.9, 0.02, 1 - 1e-6])
def test_the_numbers_said_to_be_needed_are_enough_and_one_less_is_not(share):
    def mixed(n_similar, n_apart):
        kinds = [(np.arange(n), np.arange(n) + 1) for n in (n_similar, n_apart)]
        return _mix(*kinds, PairRule(10**7, share), np.random.default_rng(0), "they")

    with pytest.raises(InputError, match="have 0 similar and 0 dissimilar pairs") as refusal:
        mixed(0, 0)
    said = re.search(r"needs at least (\d+) and (\d+)", str(refusal.value))
    n_similar, n_apart = map(int, said.groups())
    assert len(mixed(n_similar, n_apart)) >= 2
    for fewer in ((n_similar - 1, n_apart), (n_similar, n_apart - 1)):
        with pytest.raises(InputError):
            mixed(*fewer)


# The lists that pairs come from


def lists_of(held_out, part, song):
    """The playlists of a part that hold a song, in the numbering of that part."""
    inside = held_out.in_playlist[:, held_out.parts == part].toarray()
    return np.flatnonzero(inside[song]).tolist()


def test_a_similar_pair_is_drawn_by_the_first_list_that_holds_both(scenes):
    pairs = poster_pairs(scenes, "test", PairRule(300))
    for i, j, one, other in zip(
        *(column[pairs.similar] for column in (pairs.i, pairs.j, pairs.one, pairs.other)),
        strict=True,
    ):
        both = set(lists_of(scenes, "test", i)) & set(lists_of(scenes, "test", j))
        assert one == other == min(both)


def test_a_dissimilar_pair_is_drawn_by_a_list_of_either_song(scenes):
    pairs = poster_pairs(scenes, "test", PairRule(300))
    apart = pairs.where(~pairs.similar)
    for i, j, one, other in zip(apart.i, apart.j, apart.one, apart.other, strict=True):
        assert one == lists_of(scenes, "test", i)[0]
        assert other == lists_of(scenes, "test", j)[0]
        assert one != other


def test_drawn_evenly_a_list_weighs_what_it_has_pairs():
    """Lists of 4, 2 and 1 known songs have 6, 1 and 0 pairs."""
    held_out, _ = held_out_world(
        [[0, 1, 2, 3, 4, 5], [4, 5], [0, 1, 2, 3], [0]], ["train", "test", "test", "test"]
    )
    assert list_shares(held_out, "test").tolist() == [6 / 7, 1 / 7, 0]


def test_a_part_without_lists_has_no_shares():
    held_out, _ = held_out_world([[0, 1]], ["train"])
    assert list_shares(held_out, "test").size == 0
    assert effective_number(list_shares(held_out, "test")) == 0


@pytest.mark.parametrize(
    ("shares", "number"), [([0.25] * 4, 4), ([1, 0, 0], 1), ([0.5, 0.5, 0], 2), ([0, 0], 0)]
)
def test_the_effective_number_of_equal_shares_is_their_number(shares, number):
    assert effective_number(np.array(shares)) == pytest.approx(number)


# Popularity slices


def test_a_pair_belongs_to_the_slice_of_its_rarer_song():
    popularity = np.array([9, 9, 3, 3, 3, 3, 1, 1])
    i, j = np.array([0, 0, 2, 0, 2, 6]), np.array([1, 2, 3, 6, 7, 7])
    slices = ["head", "middle", "middle", "tail", "tail", "tail"]
    assert popularity_slices(i, j, popularity).tolist() == slices


@given(st.lists(st.integers(1, 12), min_size=1, max_size=60))
def test_slices_are_those_of_a_plain_count(popularity):
    """The head grows, most popular first, a popularity at a time, while it is a third at most."""
    repeated = [count for count in popularity if count > 1]
    head = set()
    for value in sorted(set(repeated), reverse=True):
        if 3 * sum(count in {*head, value} for count in repeated) > len(repeated):
            break
        head.add(value)
    songs = np.arange(len(popularity))
    alone = popularity_slices(songs, songs, np.array(popularity))
    expected = [
        "tail" if count == 1 else "head" if count in head else "middle" for count in popularity
    ]
    assert alone.tolist() == expected
    assert set(alone) <= set(SLICES)


@pytest.mark.parametrize("popularity", [[1, 1, 1], [2, 2, 2], [7]])
def test_where_no_song_stands_out_there_is_no_head(popularity):
    assert head_from(np.array(popularity)) > max(popularity)


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("archive", "spotify-playlist-archive/plain"),
        ("tidytuesday", "tidytuesday/spotify_songs.csv"),
    ],
)
def test_every_slice_of_real_playlists_holds_pairs_of_both_kinds(real_data, name, place):
    if not (real_data / place).exists():
        pytest.skip(f"no {place} in MUSE_DATA_DIR")
    corpus = load(DataConfig(corpus=name))
    groups = overlapping_groups(corpus.memberships, len(corpus.playlists))
    dataset = Dataset.of(corpus, split(groups, seed=0), groups)
    vocabulary = dataset.vocabulary
    held_out = HeldOut(vocabulary.songs, dataset.memberships, dataset.parts)
    pairs = poster_pairs(held_out, "test", PairRule())
    slices = popularity_slices(pairs.i, pairs.j, vocabulary.popularity)
    counts = pd.crosstab(slices, pairs.similar)
    assert counts.index.tolist() == list(SLICES)
    assert counts.to_numpy().min() >= 40
