import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from muse_lib.data import row_blocks
from muse_lib.data.dataset import Dataset
from muse_lib.evaluation.held_out import NOT_ASKED, HeldOut
from tests.helpers.worlds import corpus_of

PLAYLISTS = [[0, 1, 2], [2, 3], [1, 2, 4], [0, 2, 3], [4], [5]]
PARTS = np.array(["train", "train", "test", "test", "validation", "test"])


@pytest.fixture
def held_out():
    return HeldOut.of(Dataset.of(corpus_of(PLAYLISTS), PARTS))


def test_songs_that_no_training_playlist_holds_are_left_out(held_out):
    """Song 4 and song 5; of list 4 and of list 5 nothing is known."""
    assert held_out.songs["song_id"].tolist() == [0, 1, 2, 3]
    assert held_out.in_playlist.shape == (4, 6)


def test_playlists_of_a_part_come_with_their_known_songs_if_there_are_any(held_out):
    test = held_out.playlists("test")
    assert {number: songs.tolist() for number, songs in test.items()} == {2: [1, 2], 3: [0, 2, 3]}
    assert held_out.playlists("validation") == {}


@given(st.lists(st.sets(st.integers(0, 7), min_size=1), min_size=3, max_size=8))
def test_shared_and_met_count_playlists_as_a_double_loop_does(playlists):
    playlists = [sorted(playlist) for playlist in playlists]
    parts = np.resize(["train", "test", "train"], len(playlists))
    held_out = HeldOut.of(Dataset.of(corpus_of(playlists), parts))
    songs = held_out.songs["song_id"].tolist()
    cells = list(itertools.product(range(len(songs)), repeat=2))
    i, j = np.array(cells).T
    pairs = [{songs[a], songs[b]} for a, b in cells]
    shared = [sum(pair <= set(one) for one in playlists) for pair in pairs]
    training = [one for one, part in zip(playlists, parts, strict=True) if part == "train"]
    met = [sum(pair <= set(one) for one in training) for pair in pairs]
    assert_array_equal(held_out.shared(i, j), shared)
    assert_array_equal(held_out.met(i, j), met)


def test_one_artist_is_one_artist_whatever_the_case():
    artists = ["Björk", "björk", "Other", "Björk"]
    held_out = HeldOut.of(Dataset.of(corpus_of([[0, 1, 2, 3]], artist=artists), PARTS[:1]))
    same = held_out.same_artist(np.array([0, 0, 0]), np.array([1, 2, 3]))
    assert same.tolist() == [True, False, True]


def test_playlists_without_titles_have_empty_ones(held_out):
    nameless = HeldOut(held_out.songs, Dataset.of(corpus_of(PLAYLISTS), PARTS).memberships, PARTS)
    assert nameless.titles == [""] * 6
    assert held_out.titles[3] == "playlist 3"


def many_lists():
    rng = np.random.default_rng(0)
    lists = [rng.choice(30, 6, replace=False).tolist() for _ in range(60)]
    return Dataset.of(corpus_of(lists), np.resize(["train", "test", "validation"], 60))


def test_counting_in_blocks_counts_the_same(monkeypatch):
    held_out = HeldOut.of(many_lists())
    i, j = np.random.default_rng(1).integers(len(held_out.songs), size=(2, 500))
    at_once = held_out.shared(i, j)
    assert at_once.max() > 3
    monkeypatch.setattr(row_blocks, "CELLS_AT_ONCE", 50)
    assert_array_equal(held_out.shared(i, j), at_once)


def test_of_many_lists_some_are_asked_and_the_others_still_say_who_shares_what():
    whole, some = HeldOut.of(many_lists()), HeldOut.of(many_lists(), n_lists=5, seed=3)
    for part in ("test", "validation"):
        asked = set(some.playlists(part))
        assert len(asked) == 5
        assert asked < set(whole.playlists(part))
    assert (some.parts == NOT_ASKED).sum() == 30
    assert_array_equal(some.parts == "train", whole.parts == "train")
    i, j = np.triu_indices(len(some.songs), k=1)
    assert_array_equal(some.shared(i, j), whole.shared(i, j))
    assert_array_equal(some.met(i, j), whole.met(i, j))


@pytest.mark.parametrize("n_lists", [0, 20, 21])
def test_no_more_lists_than_asked_for_are_all_asked(n_lists):
    assert_array_equal(HeldOut.of(many_lists(), n_lists).parts, HeldOut.of(many_lists()).parts)


def test_which_lists_are_asked_follows_from_the_seed():
    one, again, other = (HeldOut.of(many_lists(), 5, seed).parts.tolist() for seed in (0, 0, 1))
    assert one == again
    assert one != other
