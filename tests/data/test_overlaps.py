import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from muse_lib.data import row_blocks
from muse_lib.data.overlaps import _alike, _signatures, overlapping_groups
from tests.helpers.mpd_world import lists
from tests.helpers.worlds import corpus_of


def groups_of(playlists, **options):
    return overlapping_groups(corpus_of(playlists).memberships, len(playlists), **options)


def slow_groups(playlists, share):
    """Join two groups whenever a list of one overlaps with a list of the other."""
    group = list(range(len(playlists)))
    for a, b in itertools.combinations(range(len(playlists)), 2):
        one, other = set(playlists[a]), set(playlists[b])
        if one | other and len(one & other) / len(one | other) >= share:
            joined, into = group[b], group[a]
            group = [into if number == joined else number for number in group]
    order = list(dict.fromkeys(group))
    return [order.index(number) for number in group]


PLAYLISTS = st.lists(st.lists(st.integers(0, 7), unique=True, max_size=6), max_size=15)


@given(PLAYLISTS, st.sampled_from([0.1, 0.25, 0.5, 0.75, 1.0]))
def test_groups_are_those_of_the_double_loop(playlists, share):
    assert groups_of(playlists, share=share).tolist() == slow_groups(playlists, share)


@pytest.mark.parametrize(
    ("other", "together"),
    [([0, 1, 2], True), ([2, 1, 0], True), ([0, 1, 3], True), ([0, 3, 4], False), ([3], False)],
)
def test_two_lists_with_half_of_their_songs_in_common_are_one_group(other, together):
    """[0, 1, 2] and [0, 1, 3] share two of four songs: just enough."""
    assert (len(set(groups_of([[0, 1, 2], other]))) == 1) == together


def test_a_chain_of_overlapping_lists_is_one_group():
    assert_array_equal(groups_of([[0, 1, 2], [9, 8], [1, 2, 3], [2, 3, 4]]), [0, 1, 0, 0])


def test_empty_playlists_overlap_with_nothing():
    assert_array_equal(groups_of([[], [0, 1], [], [0, 1]]), [0, 1, 2, 1])


def test_comparing_block_by_block_finds_the_same_groups(monkeypatch):
    rng = np.random.default_rng(0)
    playlists = [rng.choice(20, 4, replace=False).tolist() for _ in range(50)]
    at_once = groups_of(playlists)
    assert 1 < len(set(at_once)) < 50
    monkeypatch.setattr(row_blocks, "CELLS_AT_ONCE", 7)
    assert_array_equal(groups_of(playlists), at_once)


def test_groups_of_long_lists_and_their_changed_copies_are_those_of_the_double_loop():
    """Copies lose some songs and gain others, so that about half of them still overlap."""
    rng = np.random.default_rng(0)
    world = lists(120, n_songs=4_000)
    originals = [np.unique(songs).tolist() for songs in np.split(world.song, world.start[1:-1])]
    playlists = [*originals]
    for songs in originals[::2]:
        kept = [song for song in songs if rng.random() < 0.62]
        playlists.append([*kept, *range(4_000, 4_000 + rng.integers(len(songs) // 3))])
    expected = slow_groups(playlists, 0.5)
    assert 130 < len(set(expected)) < 170
    assert groups_of(playlists).tolist() == expected


@given(st.integers(0, 2**32 - 1))
def test_no_more_bits_of_signatures_differ_than_songs(seed):
    """With more songs than bits, so that songs share bits."""
    rng = np.random.default_rng(seed)
    playlists = [rng.choice(2_000, rng.integers(1, 900), replace=False) for _ in range(2)]
    of_list = np.repeat([0, 1], [songs.size for songs in playlists])
    one, other = _signatures(of_list, np.concatenate(playlists), 2).T
    differing = np.bitwise_count(one ^ other).sum()
    assert differing <= np.setxor1d(*playlists).size


def test_pairs_whose_signatures_differ_too_much_are_not_counted():
    """Of 60 songs each, two lists share half: a Jaccard index of a third."""
    one, other = np.arange(60), np.arange(30, 90)
    signatures = _signatures(np.repeat([0, 1], 60), np.concatenate([one, other]), 2)
    pair, length = (np.array([1]), np.array([0])), np.array([60, 60])
    assert [_alike(*pair, signatures, length, share)[0].size for share in (0.33, 0.34)] == [1, 0]
