from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from muse_lib.data.dataset import Dataset, artist_numbers
from muse_lib.errors import InputError
from muse_lib.names import folded
from muse_lib.storage.results import Results
from tests.helpers.worlds import corpus_of


@pytest.fixture
def dataset():
    corpus = corpus_of([[0, 2], [2, 4], [1, 3], [0, 3]])
    return Dataset.of(corpus, np.array(["train", "train", "validation", "test"]))


def test_the_vocabulary_holds_the_songs_of_training_playlists_alone(dataset):
    assert dataset.vocabulary.songs["song_id"].tolist() == [0, 2, 4]


def test_training_playlists_are_written_in_the_numbers_of_the_vocabulary(dataset):
    assert [playlist.tolist() for playlist in dataset.vocabulary.playlists] == [[0, 1], [1, 2]]


def test_popularity_counts_training_playlists(dataset):
    assert_array_equal(dataset.vocabulary.popularity, [1, 2, 1])
    assert_array_equal(dataset.vocabulary.most_popular(2), [1, 0])


def test_artists_that_differ_in_case_alone_are_one(dataset):
    songs = dataset.songs.assign(artist=["Ana", "b", "ANA", "d", "e"])
    renamed = Dataset(dataset.playlists, songs, dataset.memberships)
    assert_array_equal(renamed.vocabulary.artists, [0, 0, 1])


def test_what_is_saved_is_what_is_loaded(dataset, tmp_path):
    results = Results(str(tmp_path))
    dataset.save(results)
    loaded = Dataset.load(results)
    assert_array_equal(loaded.parts, dataset.parts)
    assert_frame_equal(loaded.memberships, dataset.memberships)
    assert_frame_equal(loaded.songs, dataset.songs, check_dtype=False)


def test_a_dataset_that_was_not_made_names_the_notebook_that_makes_it(tmp_path):
    with pytest.raises(InputError, match=r"run notebooks/01_data\.ipynb first"):
        Dataset.load(Results(str(tmp_path)))


def test_a_playlist_is_its_own_group_unless_stated(dataset):
    assert dataset.playlists["group"].tolist() == [0, 1, 2, 3]


def test_groups_and_charts_stay_with_their_playlists():
    corpus = corpus_of([[0, 2], [0, 2], [1, 3]])
    titles = ["Rain", "Top 50 - Peru", "Sun"]
    corpus = replace(corpus, playlists=corpus.playlists.assign(title=titles))
    made = Dataset.of(corpus, np.array(["train", "train", "test"]), np.array([0, 0, 1]))
    assert made.playlists["group"].tolist() == [0, 0, 1]
    assert made.playlists["chart"].tolist() == [False, True, False]


PLAYLISTS = st.lists(st.lists(st.integers(0, 6), unique=True, min_size=1), min_size=3, max_size=9)


@given(PLAYLISTS, st.integers(1, 4))
def test_songs_in_too_few_training_playlists_are_unknown_whatever_held_out_ones_hold(lists, least):
    parts = np.array(["test", "validation", *["train"] * (len(lists) - 2)])
    count = Counter(song for songs in lists[2:] for song in songs)
    kept = {song for song, times in count.items() if times >= least}
    if not kept:
        with pytest.raises(InputError, match=f"min_song_count={least}"):
            Dataset.of(corpus_of(lists), parts, min_song_count=least)
        return
    made = Dataset.of(corpus_of(lists), parts, min_song_count=least)
    assert set(made.vocabulary.songs["song_id"]) == kept
    held = made.memberships.groupby("playlist_id")["song_id"].agg(list).to_dict()
    expected = [*lists[:2], *([one for one in songs if one in kept] for songs in lists[2:])]
    assert held == {k: songs for k, songs in enumerate(expected) if songs}


@given(st.lists(st.sampled_from(["", " ", "Ana", "ANA", "a\u0301", "\u00e1", "Bo"])))
def test_artists_are_numbered_as_the_plain_loop_numbers_them(artists):
    numbers, expected = {}, []
    for place, name in enumerate(artists):
        expected.append(numbers.setdefault(folded(name) or ("nobody", place), len(numbers)))
    assert artist_numbers(pd.DataFrame({"artist": artists})).tolist() == expected
