import itertools

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.errors import InputError
from muse_lib.extras import installed
from muse_lib.models.muse import cooccurrence
from muse_lib.models.muse.cooccurrence import artist_playlists, count_cooccurrence

N_SONGS = 12
KERNELS = [False, True] if installed("fast") else [False]
needs_fast = pytest.mark.skipif(not installed("fast"), reason="numba is not installed")
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
    for k in range(counted.lengths.size):
        songs = counted.clique(k)
        owners[np.ix_(songs, songs)] += counted.square(k) > 0
    assert_array_equal(owners, double_loop(playlists, N_SONGS) > 0)


def arrays(counted):
    return [getattr(counted, name) for name in vars(counted) if name != "n_songs"]


def assert_same_bytes(one, other):
    for left, right in zip(arrays(one), arrays(other), strict=True):
        assert left.dtype == right.dtype
        assert_array_equal(left, right)


def long_playlists(n_songs=400, n_playlists=300):
    """Some longer than a byte counts, one more than once, one pair in all of them."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, n_songs // 2, n_playlists)
    playlists = [[*rng.choice(n_songs, length, replace=False), 0, 1] for length in lengths]
    return [range(n_songs), *playlists, playlists[0]]


@needs_fast
@given(some_playlists)
def test_counting_with_numba_gives_the_bytes_of_sorting(playlists):
    fast, slow = (count_cooccurrence(playlists, N_SONGS, fast=fast) for fast in (True, False))
    assert_same_bytes(fast, slow)


@needs_fast
def test_counting_long_playlists_with_numba_gives_the_bytes_of_sorting():
    playlists = long_playlists()
    fast, slow = (count_cooccurrence(playlists, 400, fast=fast) for fast in (True, False))
    assert fast.side_cells.size > 0
    assert_same_bytes(fast, slow)


@needs_fast
def test_the_number_of_threads_that_count_does_not_change_a_bit():
    one, *others = (count_cooccurrence(long_playlists(), 400, n_threads=n) for n in (1, 2, 5))
    for other in others:
        assert_same_bytes(one, other)


@pytest.mark.parametrize("fast", KERNELS)
@pytest.mark.parametrize("n", [254, 255, 256, 65_536, 70_000])
def test_counts_of_a_byte_and_more_are_exact(fast, n):
    """At 254 the codes end that fit into a byte, at 65,536 those of two."""
    playlists = [*([[0, 1]] * (n - 1)), [0, 1, 2], *([[2, 3]] * 300)]
    C = count_cooccurrence(playlists, 4, fast=fast).tosparse().toarray()
    assert_array_equal(C, [[0, n, 1, 0], [n, 0, 1, 0], [1, 1, 0, 300], [0, 0, 300, 0]])


@pytest.mark.parametrize("fast", KERNELS)
def test_long_playlists_agree_with_the_double_loop(fast):
    playlists = long_playlists(n_songs=300, n_playlists=5)
    C = count_cooccurrence(playlists, 300, fast=fast).tosparse().toarray()
    assert_array_equal(C, double_loop(playlists, 300))


@pytest.mark.parametrize("weights", [None, np.linspace(0.5, 2, 21)])
def test_pairs_sorted_in_many_blocks_give_the_same_counts(monkeypatch, weights):
    rng = np.random.default_rng(0)
    playlists = [rng.choice(40, 15, replace=False) for _ in range(21)]
    whole = count_cooccurrence(playlists, 40, weights=weights, fast=False)
    monkeypatch.setattr(cooccurrence, "PAIRS_AT_ONCE", 50)
    assert_same_bytes(count_cooccurrence(playlists, 40, weights=weights, fast=False), whole)


def test_codes_added_up_in_parts_give_the_same_counts(monkeypatch):
    whole = count_cooccurrence(long_playlists(), 400)
    monkeypatch.setattr(cooccurrence, "CODES_AT_ONCE", 1000)
    assert_same_bytes(count_cooccurrence(long_playlists(), 400), whole)


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


def test_codes_of_weights_widen_when_there_are_more_than_255_distinct_counts():
    weights = np.arange(1, 301) / 2
    counted = count_cooccurrence([[0, k] for k in range(1, 301)], 301, weights=weights)
    assert counted.codes.dtype == np.uint16
    assert_array_equal(counted.tosparse().toarray()[0, 1:], weights)


@pytest.mark.parametrize("fast", KERNELS)
def test_counts_that_occur_are_numbered_without_gaps(fast):
    counted = count_cooccurrence([*([[0, 1]] * 300), *([[1, 2]] * 7), [2, 3]], 4, fast=fast)
    assert counted.counts.tolist() == [0, 1, 7, 300]
    assert counted.cells_per_code.tolist() == [2, 2, 2]


def test_songs_of_a_playlist_in_any_order_and_more_than_once_are_sorted():
    counted = count_cooccurrence([[3, 1, 3, 2], [5], [], [4, 4], [2, 0]], 6)
    assert counted.songs.tolist() == [1, 2, 3, 0, 2]
    assert counted.start.tolist() == [0, 3, 5]


def test_counts_that_cannot_fit_are_refused_with_what_to_lower(monkeypatch):
    free = psutil.virtual_memory()._replace(available=1000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    with pytest.raises(InputError, match="lower n_playlists or max_playlist_length"):
        count_cooccurrence([range(1000)], 1000)


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
