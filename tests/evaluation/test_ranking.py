import math

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from muse_lib.data.dataset import Dataset
from muse_lib.data.sampling import split
from muse_lib.errors import InputError
from muse_lib.evaluation.pairs import HeldOut
from muse_lib.evaluation.ranking import (
    HalfPlaylist,
    half_playlists,
    metrics_of_ranks,
    ranking_per_playlist,
    ranking_table,
    ranks_of_hidden,
)
from muse_lib.models.base import Rule
from muse_lib.models.baselines import BASELINES
from tests.helpers.worlds import corpus_of, two_scenes

N_SONGS = 200


@pytest.fixture(scope="module")
def dataset():
    corpus = corpus_of(two_scenes(n_songs=N_SONGS, n_playlists=300))
    return Dataset.of(corpus, split(np.arange(300), seed=0))


@pytest.fixture(scope="module")
def held_out(dataset):
    return HeldOut(dataset.vocabulary.songs, dataset.memberships, dataset.parts)


@pytest.fixture(scope="module")
def halves(held_out):
    return half_playlists(held_out, "test", seed=0)


@pytest.fixture(scope="module")
def measured(dataset, halves):
    names = ["always_similar", "random", "cooccurrence", "ppmi_svd"]
    models = {name: BASELINES[name].fit(dataset.vocabulary, 0) for name in names}
    return ranking_per_playlist(models, halves, seed=0)


def held_out_of(playlists, parts):
    corpus = corpus_of(playlists)
    return HeldOut(corpus.songs, corpus.memberships, np.array(parts))


def half(given, hidden, playlist_id=0):
    return HalfPlaylist(playlist_id, np.array(given), np.array(hidden))


def test_r_precision_is_the_share_of_hits_among_as_many_as_were_hidden():
    """Four hidden songs, found at 1, 4, 5 and 9: two of them among the first four."""
    assert metrics_of_ranks(np.array([1, 4, 5, 9]))["r_precision"] == 2 / 4


def test_ndcg_compares_with_all_hidden_songs_at_the_top():
    """Two hidden songs, found at 1 and 3; at best they are at 1 and 2."""
    expected = (1 + 1 / 2) / (1 + 1 / math.log2(3))
    assert metrics_of_ranks(np.array([1, 3]))["ndcg"] == pytest.approx(expected)


def test_ndcg_looks_at_the_first_500_alone():
    assert metrics_of_ranks(np.array([1, 501]))["ndcg"] == pytest.approx(1 / (1 + 1 / math.log2(3)))
    assert metrics_of_ranks(np.arange(1, 601))["ndcg"] == 1


def test_recall_is_the_share_of_the_hidden_among_the_first_k():
    metrics = metrics_of_ranks(np.array([2, 3, 4, 100]), cutoffs=(3, 99, 100))
    assert [metrics[f"recall_at_{k}"] for k in (3, 99, 100)] == [0.5, 0.75, 1]


@pytest.mark.parametrize(
    ("first", "clicks"), [(1, 0), (10, 0), (11, 1), (20, 1), (500, 49), (501, 51)]
)
def test_clicks_count_how_often_ten_more_songs_are_asked_for(first, clicks):
    assert metrics_of_ranks(np.array([first, 600]))["clicks"] == clicks


def test_metrics_of_nothing_hidden_are_undefined():
    assert np.isnan(list(metrics_of_ranks(np.array([], dtype=int)).values())).all()


@given(st.integers(0, 10_000), st.integers(2, 700), st.integers(1, 40))
def test_metrics_agree_with_the_list_read_from_the_top(seed, n_songs, n_hidden):
    """The slow twin reads the list of songs; scikit-learn knows NDCG."""
    rng = np.random.default_rng(seed)
    songs = rng.permutation(n_songs)
    hidden = set(rng.choice(n_songs, min(n_hidden, n_songs - 1), replace=False).tolist())
    hit = np.array([song in hidden for song in songs])
    metrics = metrics_of_ranks(np.flatnonzero(hit) + 1)
    top = songs[: len(hidden)]
    assert metrics["r_precision"] == sum(song in hidden for song in top) / len(hidden)
    found = hidden & set(songs[:100].tolist())
    assert metrics["recall_at_100"] == len(found) / len(hidden)
    theirs = sklearn.metrics.ndcg_score([hit], [-np.arange(n_songs)], k=500)
    assert metrics["ndcg"] == pytest.approx(theirs)
    screens = [hit[start : start + 10].any() for start in range(0, 500, 10)]
    assert metrics["clicks"] == (screens.index(True) if True in screens else 51)


@given(st.integers(0, 10_000), st.integers(3, 30))
def test_ranks_agree_with_a_sorted_list_of_candidates(seed, n_songs):
    rng = np.random.default_rng(seed)
    scores, ties = rng.integers(0, 4, n_songs).astype(float), rng.permutation(n_songs)
    chosen = rng.choice(n_songs, 3, replace=False)
    candidates = [song for song in range(n_songs) if song != chosen[0]]
    candidates.sort(key=lambda song: (-scores[song], ties[song]))
    expected = sorted(candidates.index(song) + 1 for song in chosen[1:])
    ours = ranks_of_hidden(scores, half(chosen[:1], chosen[1:]), ties)
    assert ours.tolist() == expected


@pytest.mark.parametrize(("n_songs", "n_given"), [(2, 1), (3, 1), (4, 2), (9, 4)])
def test_half_of_the_songs_is_given_and_the_others_are_hidden(n_songs, n_given):
    songs = list(range(n_songs))
    (cut,) = half_playlists(held_out_of([songs, songs], ["train", "test"]), "test", seed=0)
    assert cut.given.size == n_given
    assert_array_equal(np.sort(np.concatenate([cut.given, cut.hidden])), songs)


def test_songs_that_training_does_not_know_are_neither_given_nor_hidden(dataset):
    known = dataset.vocabulary.songs.iloc[: N_SONGS // 2]
    held_out = HeldOut(known, dataset.memberships, dataset.parts)
    for cut in half_playlists(held_out, "test", seed=0):
        assert max(*cut.given, *cut.hidden) < N_SONGS // 2


def test_playlists_of_one_known_song_are_passed_over():
    held_out = held_out_of([[0, 1, 2], [0], [1, 2]], ["train", "test", "test"])
    assert [cut.playlist_id for cut in half_playlists(held_out, "test", seed=0)] == [2]


def test_no_playlist_to_continue_is_one_clear_sentence():
    held_out = held_out_of([[0, 1], [0], [1]], ["train", "test", "test"])
    with pytest.raises(InputError, match="none of the 2 test playlists holds 2 songs"):
        half_playlists(held_out, "test", seed=0)


def test_the_seed_draws_the_halves(held_out, halves):
    again, other = (half_playlists(held_out, "test", seed=seed) for seed in (0, 1))
    assert all(a.given.tolist() == b.given.tolist() for a, b in zip(halves, again, strict=True))
    assert any(a.given.tolist() != b.given.tolist() for a, b in zip(halves, other, strict=True))


def test_what_was_given_is_not_proposed_again():
    """A model that thinks best of the given songs finds the hidden ones at once."""
    model = Rule(None, lambda given: -np.abs(np.arange(9.0) - given[0]))
    metrics = ranking_per_playlist({"near": model}, [half([4], [3, 5])], seed=0)
    assert metrics.set_index("metric")["value"]["r_precision"] == 1


def test_a_model_without_an_opinion_ranks_at_random_and_not_by_number():
    """The hidden song is the first of a thousand, which song order would find at once."""
    model = Rule(None, lambda _given: np.zeros(1_001))
    cuts = [half([1_000], [0], playlist_id=number) for number in range(200)]
    values = ranking_per_playlist({"m": model}, cuts, seed=0).groupby("metric")["value"].mean()
    assert values["recall_at_100"] == pytest.approx(0.1, abs=0.06)
    assert values["recall_at_500"] == pytest.approx(0.5, abs=0.1)


def test_models_with_equal_scores_rank_alike(halves):
    models = {name: Rule(None, lambda _given: np.zeros(N_SONGS)) for name in "ab"}
    values = ranking_per_playlist(models, halves, seed=0).set_index("model")["value"]
    assert_array_equal(values["a"], values["b"])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_score_that_is_no_number_is_an_error(value):
    model = Rule(None, lambda _given: np.array([0, 1, value]))
    with pytest.raises(ValueError, match="scores of broken contains"):
        ranking_per_playlist({"broken": model}, [half([0], [1])], seed=0)


def test_every_model_every_playlist_and_every_metric_has_a_row(measured, halves):
    assert len(measured) == 4 * len(halves) * 5
    assert measured["model"].unique().tolist() == [
        "always_similar",
        "random",
        "cooccurrence",
        "ppmi_svd",
    ]


def test_who_listens_to_playlists_continues_them_better_than_chance(measured):
    table = ranking_table(measured, n_resamples=200, seed=0)
    table = table[table["metric"] == "recall_at_100"].set_index("model")
    listening, deaf = ["cooccurrence", "ppmi_svd"], ["always_similar", "random"]
    assert table.loc[listening, "low"].min() > table.loc[deaf, "high"].max()


def test_the_table_holds_the_means_within_their_intervals(measured, halves):
    table = ranking_table(measured, n_resamples=200, seed=0)
    expected = measured.groupby(["model", "metric"])["value"].mean()
    ours = table.set_index(["model", "metric"])["value"]
    assert_frame_equal(ours.sort_index().to_frame(), expected.sort_index().to_frame())
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()
    assert (table["n_playlists"] == len(halves)).all()


def test_the_interval_is_that_of_playlists_drawn_again_and_again():
    """The slow twin resamples one by one; both know the interval to a hundredth or two."""
    values = np.random.default_rng(0).random(40)
    rows = pd.DataFrame({"model": "m", "playlist_id": range(40), "metric": "x", "value": values})
    table = ranking_table(rows, n_resamples=4_000, seed=0)
    rng = np.random.default_rng(1)
    means = [rng.choice(values, values.size).mean() for _ in range(4_000)]
    assert table.loc[0, ["low", "high"]].tolist() == pytest.approx(
        np.quantile(means, [0.025, 0.975]), abs=0.01
    )


def test_all_models_are_measured_on_the_same_resamples(measured):
    one = measured[measured["model"] == "ppmi_svd"]
    twice = pd.concat([one.assign(model=name) for name in "ab"])
    table = ranking_table(twice, n_resamples=100, seed=0).drop(columns="model")
    assert_array_equal(table.iloc[:5], table.iloc[5:])


def test_one_playlist_has_no_interval():
    rows = pd.DataFrame({"model": "m", "playlist_id": [3], "metric": "x", "value": [0.5]})
    table = ranking_table(rows, n_resamples=100, seed=0)
    assert table["value"].tolist() == [0.5]
    assert table[["low", "high"]].isna().all(axis=None)


def test_the_same_seed_gives_the_same_ranking(dataset, halves, measured):
    names = measured["model"].unique()
    models = {name: BASELINES[name].fit(dataset.vocabulary, 0) for name in names}
    assert_frame_equal(ranking_per_playlist(models, halves, seed=0), measured)
