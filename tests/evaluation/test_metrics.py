import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from muse_lib.evaluation import metrics
from muse_lib.evaluation.metrics import classification_metrics, neighbour_purity

labelled_pairs = st.integers(2, 40).flatmap(
    lambda n: st.tuples(
        st.lists(st.booleans(), min_size=n, max_size=n).filter(lambda y: 0 < sum(y) < len(y)),
        st.lists(st.integers(0, 5), min_size=n, max_size=n),  # few values, so that scores tie
        st.lists(st.integers(0, 3), min_size=n, max_size=n),
    )
)


@given(labelled_pairs)
def test_all_metrics_agree_with_scikit_learn(pairs):
    similar, score = np.array(pairs[0]), np.array(pairs[1], dtype=float)
    predicted = score > 2
    ours = classification_metrics(similar, predicted, score)
    assert ours["accuracy"][0] == pytest.approx(sklearn.metrics.accuracy_score(similar, predicted))
    for name in ("precision", "recall", "f1"):
        theirs = getattr(sklearn.metrics, f"{name}_score")(similar, predicted, zero_division=np.nan)
        assert ours[name][0] == pytest.approx(theirs, nan_ok=True)
    assert ours["roc_auc"][0] == pytest.approx(sklearn.metrics.roc_auc_score(similar, score))
    theirs = sklearn.metrics.average_precision_score(similar, score)
    assert ours["average_precision"][0] == pytest.approx(theirs)


@given(labelled_pairs)
def test_a_weight_counts_a_pair_so_many_times(pairs):
    similar, score, times = map(np.array, pairs)
    weighted = classification_metrics(similar, score > 2, score, times[None].astype(float))
    again = np.repeat(np.arange(times.size), times)
    if not again.size:
        return
    repeated = classification_metrics(similar[again], score[again] > 2, score[again])
    for name, value in weighted.items():
        assert value[0] == pytest.approx(repeated[name][0], nan_ok=True)


@pytest.mark.parametrize("n_scores", [3, 10**6], ids=["ties", "no ties"])
def test_many_weightings_at_once_give_what_each_gives_alone(n_scores, monkeypatch):
    monkeypatch.setattr(metrics, "CELLS_AT_ONCE", 150)  # three weightings at a time
    rng = np.random.default_rng(0)
    similar, score = rng.random(50) < 0.5, rng.integers(n_scores, size=50).astype(float)
    weights = rng.poisson(1, (7, 50)).astype(float)
    together = classification_metrics(similar, score > 0, score, weights)
    for k, row in enumerate(weights):
        alone = classification_metrics(similar, score > 0, score, row[None])
        assert {name: value[k] for name, value in together.items()} == pytest.approx(
            {name: value[0] for name, value in alone.items()}, nan_ok=True
        )


def test_precision_of_nothing_called_similar_is_undefined():
    measured = classification_metrics(np.array([True, False]), np.zeros(2, bool), np.zeros(2))
    assert np.isnan(measured["precision"][0])
    assert measured["recall"][0] == 0


@pytest.mark.parametrize("similar", [True, False])
def test_ranking_metrics_of_one_class_are_undefined(similar):
    measured = classification_metrics(np.full(4, similar), np.ones(4, bool), np.arange(4.0))
    assert np.isnan(measured["roc_auc"][0])
    assert np.isnan(measured["average_precision"][0])


def test_purity_is_the_share_of_neighbours_with_the_own_label():
    nearest = np.array([[1, 2], [0, 2], [0, 1]])
    assert neighbour_purity(nearest, np.array(["a", "a", "b"])) == pytest.approx(2 / 6)


def test_points_without_a_label_do_not_count_for_purity():
    nearest = np.array([[1, 2], [0, 2], [0, 1]])
    assert neighbour_purity(nearest, np.array(["a", "a", ""])) == 1
    assert np.isnan(neighbour_purity(nearest, np.array(["", "", ""])))
