import gc
import weakref
from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from muse_lib.models.base import Rule
from muse_lib.models.baselines import RIVALS, fusion, title_mean
from muse_lib.models.baselines.fusion import (
    CachedScores,
    Fusion,
    ScoreCache,
    rival_of,
    weights_of,
)
from muse_lib.models.baselines.side_information import beside, by_artist, through_artists

PAIRS = np.triu_indices(60, k=1)
POINT = {"regularization": 3, "artist_weight": 0.3, "title_weight": 2}


@pytest.fixture
def fits(monkeypatch):
    """The points at which ease was fitted, in order."""
    fitted = []

    def fit(vocabulary, seed, **point):
        fitted.append(point)
        return ease(vocabulary, seed, **point)

    ease = RIVALS["ease"].fit
    rival = fusion.BASELINES["ease"].__class__(fit, side_information=True)
    monkeypatch.setitem(fusion.BASELINES, "ease", rival)
    return fitted


class Counting:
    """A model that counts how often it is asked."""

    n_asked = 0

    def similarity(self, i, _j):
        self.n_asked += 1
        return i * 0.5

    def continuation_scores(self, given):
        self.n_asked += 1
        return given + 1.0


def test_the_parts_of_a_name():
    assert rival_of("item_knn+artist+titles") == "item_knn"
    assert weights_of("item_knn+artist+titles") == ("artist_weight", "title_weight")
    assert weights_of("item_knn") == ()


def test_a_rival_with_everything_is_what_its_parts_make_by_hand(scenes):
    ease = RIVALS["ease"].fit
    by_hand = beside(
        ease(scenes, 0, regularization=3),
        through_artists(ease(by_artist(scenes), 0, regularization=3), scenes),
        title_mean(scenes, 0),
        artist_weight=0.3,
        title_weight=2,
    )
    model = Fusion(scenes, 0, {}).model("ease+artist+titles", POINT)
    assert_array_equal(model.similarity(*PAIRS), by_hand.similarity(*PAIRS))
    given = np.array([4, 8, 20])
    assert_array_equal(model.continuation_scores(given), by_hand.continuation_scores(given))


def test_nothing_is_fitted_before_it_is_asked(scenes, fits):
    model = Fusion(scenes, 0, {}).model("ease+artist", {})
    assert fits == []
    model.continuation_scores(np.array([4]))
    assert fits == [{}, {}]


def test_other_weights_ask_for_no_other_fit(scenes, fits):
    made = Fusion(scenes, 0, {})
    for weight in (0.1, 1, 3):
        made.model("ease+titles", {"title_weight": weight}).similarity(*PAIRS)
    assert fits == [{}]


@pytest.mark.parametrize(("n_kept", "n_fits"), [(1, 4), (None, 2)])
def test_fitted_models_make_room_for_others_unless_all_are_kept(scenes, fits, n_kept, n_fits):
    made = Fusion(scenes, 0, {}, n_kept)
    for song in (4, 8):
        for strength in (1, 10):
            model = made.model("ease", {"regularization": strength})
            model.continuation_scores(np.array([song]))
    assert len(fits) == n_fits


def test_a_model_that_remembers_answers_as_before_and_computes_once():
    model = Counting()
    cached = CachedScores(lambda: model, "model", ScoreCache())
    for numbers in (np.array([1, 2]), np.array([3, 4])):
        for _ in range(2):
            assert_array_equal(cached.similarity(numbers, numbers), numbers * 0.5)
            assert_array_equal(cached.continuation_scores(numbers), numbers + 1.0)
    assert model.n_asked == 4


def test_a_full_memory_forgets_all_and_goes_on():
    asked = []
    model = Rule(lambda i, _j: i * 1.0, lambda given: asked.append(given[0]) or given * 1.0)
    cached = CachedScores(lambda: model, "model", ScoreCache(max_bytes=16))  # two results
    for song in (1, 2, 1, 2, 3, 3, 1):
        assert cached.continuation_scores(np.array([song])) == [song]
    assert asked == [1, 2, 3, 1]


def test_two_models_share_a_cache_and_not_their_scores():
    cache = ScoreCache()
    one, other = (
        CachedScores(partial(Rule, None, lambda given, n=n: given * n), n, cache) for n in (1, 2)
    )
    given = np.array([3])
    assert [m.continuation_scores(given) for m in (one, other, one)] == [3, 6, 3]


def test_models_keep_no_more_scores_together_than_the_limit():
    cache, asked = ScoreCache(max_bytes=16), []
    models = [
        CachedScores(partial(Rule, None, lambda given, n=n: asked.append(n) or given), n, cache)
        for n in range(3)
    ]
    for model in [*models, models[0]]:
        model.continuation_scores(np.array([0]))
    assert asked == [0, 1, 2, 0]


def test_the_vectors_of_titles_are_made_once_for_all_models(scenes, monkeypatch):
    read = []
    monkeypatch.setattr(fusion, "title_mean", lambda *of: read.append(of) or title_mean(*of))
    made = Fusion(scenes, 0, {})
    for name in ("ease+titles", "als+titles"):
        made.model(name, {}).similarity(*PAIRS)
    made.titles.title_scores("rain")
    assert len(read) == 1


def test_the_control_of_titles_is_the_part_of_titles(scenes):
    made = Fusion(scenes, 0, {"normalise_titles": False})
    alike, other = (
        made.model("title_mean", {"normalise_titles": normalised}) for normalised in (False, True)
    )
    assert alike.make() is made.titles
    assert other.make() is not made.titles


def test_a_fusion_that_is_dropped_is_freed_without_the_garbage_collector(scenes):
    made = Fusion(scenes, 0, {})
    made.model("ease+artist+titles", {}).similarity(*PAIRS)
    titles = weakref.ref(made.titles)
    gc.disable()
    try:
        del made
        assert titles() is None
    finally:
        gc.enable()
