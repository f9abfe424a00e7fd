import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.errors import InputError
from muse_lib.models.muse import cooccurrence
from muse_lib.models.muse.cooccurrence import artist_playlists, count_cooccurrence

N_SONGS = 12
some_playlists = st.lists(st.lists(st.integers(0, N_SONGS - 1), max_size=8), max_size=8)


def double_loop(playlists, n_songs, weights=None, artists=None):
    """The slow and obvious count."""
    C = np.zeros((n_songs, n_songs))
    for number, playlist in enumerate(playlists):
        for i, j in itertools.permutations(set(playlist), 2):
            C[i, j] += 1 if weights is None else weights[number]
    if artists is not None:
        for i, j in itertools.permutations(range(n_songs), 2):
            C[i, j] += artists[i] == artists[j]
    return C


@given(some_playlists)
def test_counting_agrees_with_the_double_loop(playlists):
    counted = count_cooccurrence(playlists, N_SONGS)
    assert_array_equal(counted.tosparse().toarray(), double_loop(playlists, N_SONGS))


@given(some_playlists, st.lists(st.integers(0, 3), min_size=N_SONGS, max_size=N_SONGS))
def test_artist_augmentation_adds_one_to_each_pair_of_an_artist(playlists, artists):
    counted = count_cooccurrence(playlists, N_SONGS, artists=artists)
    expected = double_loop(playlists, N_SONGS, artists=artists)
    assert_array_equal(counted.tosparse().toarray(), expected)


@given(some_playlists, st.data())
def test_weights_of_playlists_agree_with_the_double_loop(playlists, data):
    weight = st.floats(0.01, 10)
    weights = data.draw(st.lists(weight, min_size=len(playlists), max_size=len(playlists)))
    counted = count_cooccurrence(playlists, N_SONGS, weights=weights)
    assert_allclose(counted.tosparse().toarray(), double_loop(playlists, N_SONGS, weights))


@given(some_playlists)
def test_every_seen_pair_is_owned_by_exactly_one_clique(playlists):
    counted = count_cooccurrence(playlists, N_SONGS)
    owners = np.zeros((N_SONGS, N_SONGS), dtype=int)
    for songs, codes in zip(counted.cliques, counted.codes, strict=True):
        owners[np.ix_(songs, songs)] += codes > 0
    assert_array_equal(owners, double_loop(playlists, N_SONGS) > 0)


def test_pairs_sorted_in_many_blocks_give_the_same_counts(monkeypatch):
    rng = np.random.default_rng(0)
    playlists = [rng.choice(40, 15, replace=False) for _ in range(20)]
    whole = count_cooccurrence(playlists, 40)
    monkeypatch.setattr(cooccurrence, "PAIRS_AT_ONCE", 50)
    in_blocks = count_cooccurrence(playlists, 40)
    assert all(map(np.array_equal, whole.codes, in_blocks.codes))
    assert_array_equal(whole.counts, in_blocks.counts)


def test_the_number_of_seen_pairs_and_the_largest_count_are_known():
    counted = count_cooccurrence([[0, 1, 2], [0, 1]], 4)
    assert counted.n_seen == 6
    assert counted.max_count == 2
    assert_array_equal(counted.cells_per_code, [4, 2])


@pytest.mark.parametrize("playlists", [[], [[]], [[3]], [[0], [1]]])
def test_playlists_without_a_pair_have_no_seen_pair(playlists):
    counted = count_cooccurrence(playlists, 4)
    assert counted.n_seen == 0
    assert counted.max_count == 0
    assert counted.tosparse().shape == (4, 4)


def test_codes_widen_when_there_are_more_than_255_distinct_counts():
    playlists = [[0, k] for k in range(1, 301) for _ in range(k)]
    counted = count_cooccurrence(playlists, 301)
    assert counted.codes[-1].dtype == np.uint16
    assert counted.tosparse()[0, 300] == 300


def test_an_artist_of_one_song_has_no_artist_playlist():
    assert [songs.tolist() for songs in artist_playlists(["a", "b", "a", "c"])] == [[0, 2]]


@pytest.mark.parametrize("song", [-1, 4])
def test_a_song_out_of_range_is_refused_by_its_number(song):
    with pytest.raises(InputError, match=f"names song {song}"):
        count_cooccurrence([[0, song]], 4)


@pytest.mark.parametrize("weights", [[np.nan], [0], [-1], [np.inf], [1, 1]])
def test_weights_that_are_not_positive_numbers_one_a_playlist_are_refused(weights):
    with pytest.raises(InputError, match="each finite and above 0"):
        count_cooccurrence([[0, 1]], 2, weights=weights)
