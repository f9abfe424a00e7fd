"""How a search goes on from its first points, where the best candidate is known."""

import numpy as np
import pandas as pd
import pytest

from muse_lib.data.dataset import Dataset
from muse_lib.models.muse.variants import Recipe
from muse_lib.tuning.search import Trial
from muse_lib.tuning.spaces import WEIGHTS, Space
from muse_lib.tuning.trials import best_trials, choices, edges, ordered
from muse_lib.tuning.widening import explored, weighings, widened
from tests.helpers.worlds import corpus_of


class Peak:
    """A search whose candidates are the better, the nearer they are to a known best.

    Both purposes have a best of their own; what is asked for is written down.
    """

    base = Recipe()

    def __init__(self, pairs=None, ranking=None, unjudged=(), vocabulary=None):
        self.best = {"pairs": pairs or {}, "ranking": ranking or pairs or {}}
        self.unjudged = unjudged
        self.asked = []
        self.vocabulary = vocabulary

    def run(self, trials):
        self.asked = list(trials)
        rows = []
        points = {}
        for trial in trials:
            of_model = points.setdefault(trial.model, [])
            if trial.point not in of_model:
                of_model.append(trial.point)
            number = of_model.index(trial.point)
            for rounds in trial.read_at or (None,):
                candidate = trial.point | ({} if rounds is None else {"epochs": rounds})
                lost = any(candidate.get(name) == value for name, value in self.unjudged)
                for purpose in trial.purposes:
                    value = np.nan if lost else -self.distance(candidate, purpose)
                    rows.append(
                        {"split": 0, "model": trial.model, "point": number, **candidate}
                        | {"purpose": purpose, "value": value, "reason": "lost" if lost else ""}
                    )
        return ordered(pd.DataFrame(rows))

    def distance(self, candidate, purpose):
        best = self.best[purpose]
        """How far a candidate lies from the best, on a scale where 0 is a value as well."""
        return sum(
            abs(np.log((candidate[name] + 0.01) / (best[name] + 0.01)))
            for name in candidate.keys() & best.keys()
        )


def muse(**point):
    return Trial("muse", point, (10, 20))


def chosen_of(table, purpose="pairs"):
    rows = choices(table)
    rows = rows[rows["purpose"] == purpose]
    return dict(zip(rows["parameter"], rows["value"].astype(float), strict=True))


def test_a_best_value_at_the_edge_is_followed_until_it_lies_inside():
    search = Peak({"smoothing": 1e-4, "epochs": 15})
    table = widened(search, [muse(smoothing=1), muse(smoothing=0.1)], {}, 4)
    tried = table["smoothing"].unique()
    assert tried.tolist() == [1, 0.1, 0.01, 0.001, 0.0001, 1e-5]
    assert chosen_of(table)["smoothing"] == 1e-4


def test_values_of_the_space_that_no_point_had_come_first():
    search = Peak({"smoothing": 0.01})
    space = {"muse": Space({"smoothing": (1, 0.5, 0.1, 0.05, 0.01)})}
    trials = [Trial("muse", {"smoothing": k}) for k in (1, 0.1)]
    table = widened(search, trials, space, 9)
    assert table["smoothing"].unique().tolist() == [1, 0.1, 0.05, 0.01, 0.002]


def test_a_space_whose_best_lies_inside_is_left_alone():
    search = Peak({"smoothing": 0.1, "epochs": 15})
    trials = [Trial("muse", {"smoothing": k}, (10, 15, 20)) for k in (1, 0.1, 0.01)]
    widened(search, trials, {}, 4)
    assert search.asked == trials


def test_of_two_values_one_is_always_at_the_edge():
    search = Peak({"dim": 10, "epochs": 15})
    trials = [Trial("muse", {"dim": k}, (10, 15, 20)) for k in (10, 20)]
    assert widened(search, trials, {}, 1)["dim"].unique().tolist() == [10, 20, 5]


def test_one_value_was_not_searched_and_is_not_widened():
    search = Peak({"dim": 10, "epochs": 15})
    trials = [Trial("muse", {"dim": 20}, (10, 15, 20))]
    assert edges(widened(search, trials, {}, 4), {}, 4).empty
    assert search.asked == trials


def test_both_purposes_are_followed():
    search = Peak({"smoothing": 0.01, "epochs": 15}, {"smoothing": 10, "epochs": 15})
    table = widened(search, [muse(smoothing=1), muse(smoothing=0.1)], {}, 4)
    assert chosen_of(table, "pairs")["smoothing"] == 0.01
    assert chosen_of(table, "ranking")["smoothing"] == 10


def test_a_run_whose_last_reading_is_best_is_made_longer():
    search = Peak({"epochs": 40})
    table = widened(search, [muse(dim=5)], {}, 4)
    assert table.loc[table["purpose"] == "pairs", "epochs"].tolist() == [10, 20, 30, 40, 60, 80]
    assert chosen_of(table)["epochs"] == 40
    assert edges(table, {}, 4).empty


def test_a_run_whose_first_reading_is_best_is_read_earlier():
    table = widened(Peak({"epochs": 5}), [muse(dim=5)], {}, 4)
    assert chosen_of(table)["epochs"] == 5


def test_runs_are_made_longer_only_when_all_else_lies_inside():
    search = Peak({"smoothing": 0.01, "epochs": 40})
    widened(search, [muse(smoothing=1), muse(smoothing=0.1)], {}, 4)
    long = [trial.point for trial in search.asked if max(trial.read_at) > 20]
    assert long == [{"smoothing": 0.01}] * len(long)


def test_a_point_moved_after_a_longer_run_is_read_as_long():
    search = Peak({"smoothing": 1e-6, "epochs": 400})
    widened(search, [muse(smoothing=1), muse(smoothing=0.1)], {}, 2)
    assert all(trial.read_at == (10, 20) for trial in search.asked)


def test_widening_ends_at_a_limit_and_the_edge_says_why():
    search = Peak({"own_step": 1})
    trials = [Trial("muse", {"own_step": k}) for k in (0.25, 0.5)]
    table = widened(search, trials, {}, 9)
    assert table["own_step"].unique().tolist() == [0.25, 0.5, 1]
    found = edges(table, {}, 9)
    assert found["reason"].unique().tolist() == ["1 is the full step"]
    assert found[["parameter", "value", "side"]].to_numpy()[0].tolist() == [
        "own_step",
        1,
        "highest",
    ]


def test_an_edge_that_is_left_since_no_more_was_asked_for_says_so():
    search = Peak({"smoothing": 1e-6})
    trials = [Trial("muse", {"smoothing": k}) for k in (1, 0.1)]
    found = edges(widened(search, trials, {}, 2), {}, 2)
    assert found["reason"].unique().tolist() == ["widened 2 times, the maximum"]
    assert found["value"].unique().tolist() == [0.001]


def test_an_edge_beyond_which_nothing_could_be_judged_says_so():
    search = Peak({"smoothing": 1e-6}, unjudged=[("smoothing", 0.01)])
    trials = [Trial("muse", {"smoothing": k}) for k in (1, 0.1)]
    table = widened(search, trials, {}, 9)
    assert edges(table, {}, 9)["reason"].unique().tolist() == ["lost"]
    assert len(search.asked) == 3


def test_zero_neighbours_are_all_of_them_and_lie_above_every_number():
    search = Peak()
    search.distance = lambda candidate, _purpose: candidate["k"]
    trials = [Trial("playlist_knn", {"k": k}, purposes=("ranking",)) for k in (50, 100, 0)]
    table = widened(search, trials, {}, 9)
    assert edges(table, {}, 9)[["side", "reason"]].to_numpy().tolist() == [
        ["highest", "0 uses all neighbours"]
    ]


def test_words_are_never_at_an_edge():
    trials = [Trial("item_knn", {"weighting": word}) for word in ("none", "bm25")]
    assert edges(Peak().run(trials), {}, 4).empty


# How many candidates


@pytest.mark.parametrize(("space", "n_points"), [
    (Space({"dim": (1, 2, 3, 4)}, "epochs", (10, 20, 30)), 4),
    (Space({"dim": (1, 2, 3, 4, 5, 6)}, "epochs", (10, 20, 30, 40)), 3),
    (Space({"dim": tuple(range(1, 21))}), 12),
    (Space({"dim": (1, 2)}), 2),
])  # fmt: skip
def test_equal_budgets_count_candidates_readings_along_a_run_included(space, n_points, vocabulary):
    search = Peak({"epochs": 20}, vocabulary=vocabulary)
    table = explored(search, {"muse": space}, n_candidates=12, n_widenings=0)
    assert len(search.asked) == n_points
    assert len(table) == 2 * n_points * space.n_readings


# Side information


@pytest.fixture(scope="module")
def vocabulary():
    corpus = corpus_of([[0, 1], [1, 2], [0, 2]])
    return Dataset.of(corpus, np.repeat("train", 3)).vocabulary


def test_side_information_is_weighed_at_the_rivals_own_best_point_for_each_purpose(vocabulary):
    search = Peak({"regularization": 1}, {"regularization": 100}, vocabulary=vocabulary)
    plain = search.run([Trial("ease", {"regularization": k}) for k in (1, 10, 100)])
    trials = list(weighings(vocabulary, best_trials(plain), 36, seed=0))
    at = {(trial.purposes, trial.point["regularization"]) for trial in trials}
    assert at == {(("pairs",), 1), (("ranking",), 100)}


def test_a_point_that_is_best_for_both_purposes_is_weighed_once(vocabulary):
    search = Peak({"regularization": 10}, vocabulary=vocabulary)
    plain = search.run([Trial("ease", {"regularization": k}) for k in (1, 10, 100)])
    trials = list(weighings(vocabulary, best_trials(plain), 36, seed=0))
    assert {trial.purposes for trial in trials} == {("pairs", "ranking")}
    n_trials = {trial.model: 0 for trial in trials}
    for trial in trials:
        n_trials[trial.model] += 1
    n = len(WEIGHTS)
    assert n_trials == {"ease+artist": n, "ease+titles": n, "ease+artist+titles": n**2}


def test_only_weights_are_widened_beside_a_rival(vocabulary):
    best = {"regularization": 1, "artist_weight": 8}
    search = Peak(best, {**best, "regularization": 100}, vocabulary=vocabulary)
    space = {"ease": Space({"regularization": (10, 1, 100)})}
    table = explored(search, space, n_candidates=36, n_widenings=0)
    found = edges(table[table["model"] == "ease+artist"], space, 0)
    assert found["parameter"].unique().tolist() == ["artist_weight"]
