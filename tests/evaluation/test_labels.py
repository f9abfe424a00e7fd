import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from muse_lib.evaluation.labels import (
    AUDIO,
    AUDIO_FEATURES,
    GENRES,
    PLAYLIST_GENRES,
    PLAYLISTS,
    SCENES,
    labels_of,
    near_in,
    share_a_name,
)
from tests.helpers.worlds import song_table

SOUND = np.random.default_rng(0).normal(size=(400, 3)) * [1, 10, 1_000]


def every_pair(n):
    return np.array(list(itertools.combinations(range(n), 2))).T


@given(st.lists(st.sets(st.sampled_from(["pop", "deep pop", "rock", "op"])), min_size=2))
def test_two_songs_are_similar_if_they_share_a_whole_name(names):
    """The slow twin compares sets; a song without a name is in no pair."""
    i, j = every_pair(len(names))
    similar, dissimilar = share_a_name(pd.Series(["|".join(sorted(one)) for one in names]))(i, j)
    both = [bool(names[a] and names[b]) for a, b in zip(i, j, strict=True)]
    share = [bool(names[a] & names[b]) for a, b in zip(i, j, strict=True)]
    assert_array_equal(similar, np.array(both) & share)
    assert_array_equal(dissimilar, np.array(both) & ~np.array(share))


def test_songs_without_any_name_at_all_make_no_pair():
    similar, dissimilar = share_a_name(pd.Series(["", "", ""]))(*every_pair(3))
    assert not similar.any()
    assert not dissimilar.any()


def test_a_tenth_of_all_pairs_is_near_and_half_is_far():
    similar, dissimilar = near_in(SOUND)(*every_pair(400))
    assert similar.mean() == pytest.approx(0.1, abs=0.01)
    assert dissimilar.mean() == pytest.approx(0.5, abs=0.01)
    assert not (similar & dissimilar).any()


def test_near_pairs_are_nearer_than_far_ones_in_standardised_features():
    i, j = every_pair(400)
    standard = (SOUND - SOUND.mean(axis=0)) / SOUND.std(axis=0)
    distance = np.sqrt(((standard[i] - standard[j]) ** 2).sum(axis=1))
    similar, dissimilar = near_in(SOUND)(i, j)
    between = distance[~similar & ~dissimilar]
    assert distance[similar].max() < between.min()
    assert between.max() < distance[dissimilar].min()


def test_the_unit_of_a_feature_does_not_matter():
    pairs = every_pair(400)
    assert_array_equal(near_in(SOUND)(*pairs), near_in(SOUND * [100, 1, 7])(*pairs))


def test_a_song_whose_sound_is_not_known_is_in_no_pair():
    sound = SOUND.copy()
    sound[5, 1] = np.nan
    i, j = every_pair(400)
    of_song = (i == 5) | (j == 5)
    similar, dissimilar = near_in(sound)(i, j)
    assert not (similar | dissimilar)[of_song].any()
    assert (similar | dissimilar)[~of_song].any()


def test_a_corpus_of_names_alone_has_its_playlists_as_labels():
    assert list(labels_of(song_table(4))) == [PLAYLISTS]
    assert labels_of(song_table(4))[PLAYLISTS].relation is None


def test_every_column_makes_its_label_and_says_where_it_comes_from():
    songs = song_table(4).assign(genres="a", scene="b", playlist_genres="c")
    songs[list(AUDIO_FEATURES)] = np.random.default_rng(0).normal(size=(4, len(AUDIO_FEATURES)))
    labels = labels_of(songs)
    assert list(labels) == [PLAYLISTS, GENRES, SCENES, PLAYLIST_GENRES, AUDIO]
    assert "including training" in labels[PLAYLIST_GENRES].comes_from
    assert all(name == label.name and label.comes_from for name, label in labels.items())


@pytest.mark.parametrize("known", [0, 1])
def test_sound_that_is_known_of_one_song_at_most_makes_no_label(known):
    songs = song_table(4).assign(**dict.fromkeys(AUDIO_FEATURES, np.nan))
    songs.loc[: known - 1, list(AUDIO_FEATURES)] = 0.5
    assert AUDIO not in labels_of(songs)
