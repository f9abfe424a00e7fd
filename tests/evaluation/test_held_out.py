import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from muse_lib.data.dataset import Dataset
from muse_lib.evaluation.held_out import HeldOut
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
