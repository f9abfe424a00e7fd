from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from muse_lib.config import ContrastiveConfig, TitleConfig
from muse_lib.data.dataset import Dataset
from muse_lib.errors import InputError
from muse_lib.titles import pairs as title_pairs
from muse_lib.titles.pairs import TitlePairs
from tests.helpers.worlds import corpus_of

EAST, NORTH, NORTH_EAST = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
PLAYLISTS = [np.array(songs) for songs in ([0, 1, 2], [2, 3], [4, 5, 6], [7, 8], [8, 0])]
TITLES = ["gym", "gym", "sleep", "night", ""]
VECTORS = np.stack([EAST, EAST, NORTH, NORTH_EAST, EAST])
N_SONGS = 9


def pairs_of(titles=TITLES, vectors=VECTORS, playlists=PLAYLISTS, seed=0, **changes):
    config = ContrastiveConfig(n_contrastive_pairs=500, **changes)
    return TitlePairs(playlists, titles, vectors, N_SONGS, config, seed)


def drawn(epoch=0, **options):
    pairs = pairs_of(**options).draw(epoch)
    positive = set(zip(pairs.i[pairs.y == 1], pairs.j[pairs.y == 1], strict=True))
    negative = set(zip(pairs.i[pairs.y == 0], pairs.j[pairs.y == 0], strict=True))
    return positive, negative


def test_positives_are_all_the_pairs_of_playlists_with_similar_titles():
    """gym and gym are one title; sleep and night are similar (0.8)."""
    positive, _ = drawn(similar_title=0.75)
    expected = set()
    for group in ([0, 1, 2, 3], [4, 5, 6, 7, 8]):
        expected |= {(i, j) for i in group for j in group if i != j}
    # both songs of a pair come from the group, and given enough draws every pair comes up
    assert positive == expected


def test_negatives_are_the_pairs_of_dissimilar_titles_that_never_met():
    """Only gym and sleep are dissimilar (0)."""
    _, negative = drawn(dissimilar_title=0.2)
    gym, sleep = [0, 1, 2, 3], [4, 5, 6]
    expected = {(i, j) for i in gym for j in sleep} | {(j, i) for i in gym for j in sleep}
    assert negative == expected


def test_songs_that_met_in_any_training_playlist_are_never_negative():
    """Song 0 and song 8 share the playlist without a title; gym and night are dissimilar here."""
    _, negative = drawn(similar_title=0.8, dissimilar_title=0.7)
    assert (0, 7) in negative
    assert (0, 8) not in negative
    assert (8, 0) not in negative


def test_equal_titles_are_similar_at_any_threshold_and_never_negative():
    positive, negative = drawn(similar_title=1.0, dissimilar_title=0.99)
    assert (0, 3) in positive
    assert not any({i, j} == {0, 3} for i, j in negative)


def test_a_playlist_without_a_title_speaks_for_nothing():
    positive, _ = drawn(similar_title=1.0)
    assert (8, 0) not in positive


def test_drawing_by_playlist_gives_a_long_playlist_no_more_than_a_short_one():
    playlists = [np.arange(2), np.arange(2, 9)]
    counts = {}
    for draw_by in ("playlist", "song"):
        pairs = pairs_of(["a", "b"], np.stack([EAST, NORTH]), playlists, draw_by=draw_by).draw(0)
        counts[draw_by] = (pairs.i[pairs.y == 1] >= 2).mean()
    assert counts["playlist"] == pytest.approx(6 / 7 * 0.5 / (0.5 * 6 / 7 + 0.5 / 2), abs=0.08)
    assert counts["song"] > counts["playlist"] + 0.1


def test_every_epoch_draws_afresh_and_the_same_epoch_the_same():
    pairs = pairs_of()
    first, again, next_one = pairs.draw(0), pairs_of().draw(0), pairs.draw(1)
    assert_array_equal(first.i, again.i)
    assert_array_equal(first.j, again.j)
    assert (first.i != next_one.i).any()


def test_similarities_in_blocks_are_those_of_the_whole_table(monkeypatch):
    whole = pairs_of().draw(0)
    monkeypatch.setattr(title_pairs, "TITLES_AT_ONCE", 1)
    in_blocks = pairs_of().draw(0)
    assert_array_equal(whole.i, in_blocks.i)
    assert_array_equal(whole.j, in_blocks.j)


def test_cosines_computed_once_per_pair_of_titles_have_the_bytes_of_those_computed_as_sampled(
    monkeypatch,
):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(50, 384)).astype(np.float32)
    pairs = pairs_of([f"title {k:02}" for k in range(50)], vectors, [np.arange(3)] * 50)
    sample = rng.integers(50, size=(2, 2000))
    once = pairs._cosines()(*sample)
    monkeypatch.setattr(title_pairs, "DISSIMILAR_PLAYLISTS", 50**2 - 1)
    assert_array_equal(once, pairs._cosines()(*sample))
    assert_array_equal(once, np.einsum("pf,pf->p", *vectors[sample]))


@pytest.mark.parametrize("titles", [[""] * 5, ["gym"] * 5, ["gym", "gym", "", "", ""]])
def test_titles_that_are_all_empty_or_equal_are_refused(titles):
    with pytest.raises(InputError, match=r"different titles, .* contrastive=False: --set variants"):
        pairs_of(titles)


def test_without_a_dissimilar_pair_the_message_names_a_threshold_that_would_give_some():
    with pytest.raises(InputError, match=r"the lowest is 0\.000: raise dissimilar_title above it"):
        pairs_of(dissimilar_title=-0.5)
    assert drawn(dissimilar_title=0.001)[1]


@pytest.fixture
def lists():
    """Training playlists of one scene each, to be given titles."""
    corpus = corpus_of([sorted(songs.tolist()) for songs in PLAYLISTS])
    return Dataset.of(corpus, np.full(len(PLAYLISTS), "train")).vocabulary


def test_who_only_looks_gets_the_pairs_that_an_epoch_of_training_draws(lists):
    config = ContrastiveConfig(n_contrastive_pairs=50, dissimilar_title=0.6)
    vocabulary = replace(lists, titles=["gym workout", "gym", "sleep", "calm piano", ""])
    pairs, reason = title_pairs.pairs_of_an_epoch(vocabulary, config, TitleConfig(), seed=0)
    expected = title_pairs.training_title_pairs(vocabulary, config, TitleConfig(), seed=0).draw(0)
    assert reason == ""
    assert_array_equal(pairs.i, expected.i)
    assert_array_equal(pairs.j, expected.j)


@pytest.mark.parametrize("title", ["", "gym"])
def test_who_only_looks_at_titles_that_say_nothing_is_told_why_there_is_no_pair(lists, title):
    vocabulary = replace(lists, titles=[title] * len(PLAYLISTS))
    configs = (ContrastiveConfig(), TitleConfig())
    pairs, reason = title_pairs.pairs_of_an_epoch(vocabulary, *configs, seed=0)
    assert pairs.i.size == pairs.j.size == pairs.y.size == 0
    assert "at least 2 different titles" in reason
