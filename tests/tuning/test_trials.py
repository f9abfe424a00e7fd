"""What the trials of a search say."""

import pandas as pd
import pytest

from muse_lib.tuning.trials import best_trials, choices, effects, gains, searched


def table_of(*rows, **constant):
    """Return a table of trials of ``muse`` from (point, epochs, pairs, ranking)."""
    found = [
        {"split": 0, "model": "muse", "point": point, "dim": 10.0 * (1 + point), **constant}
        | {"epochs": epochs, "purpose": purpose, "value": value, "reason": ""}
        for point, epochs, *values in rows
        for purpose, value in zip(("pairs", "ranking"), values, strict=True)
    ]
    return pd.DataFrame(found)


def test_the_two_purposes_choose_apart_from_the_same_trials():
    table = table_of((0, 10, 0.7, 0.2), (0, 20, 0.9, 0.3), (1, 10, 0.8, 0.5), (1, 20, 0.6, 0.4))
    best = best_trials(table)
    assert best[["purpose", "point", "epochs"]].to_numpy().tolist() == [
        ["pairs", 0, 20],
        ["ranking", 1, 10],
    ]


def test_of_equal_candidates_the_first_point_with_the_fewest_rounds_is_chosen():
    table = table_of(*((point, epochs, 0.5, 0.5) for point in (0, 1) for epochs in (10, 20)))
    assert best_trials(table)[["point", "epochs"]].to_numpy().tolist() == [[0, 10], [0, 10]]


def test_every_search_chooses_for_itself():
    one, other = table_of((0, 10, 0.9, 0.1), (1, 10, 0.1, 0.9)), table_of((1, 10, 0.2, 0.2))
    table = pd.concat([one, other.assign(split=9)], ignore_index=True)
    best = best_trials(table)[["split", "purpose", "point"]]
    assert best.to_numpy().tolist() == [
        [0, "pairs", 0],
        [0, "ranking", 1],
        [9, "pairs", 1],
        [9, "ranking", 1],
    ]


def test_a_choice_says_what_was_tried_and_of_how_many_candidates():
    table = table_of((0, 10, 0.7, 0.2), (0, 20, 0.9, 0.3), (1, 10, 0.8, 0.5), weighting="bm25")
    found = choices(table)
    pairs = found[found["purpose"] == "pairs"].set_index("parameter")
    assert pairs["value"].to_dict() == {"dim": "10", "weighting": "bm25", "epochs": "20"}
    assert pairs.loc["dim", ["lowest", "highest", "n_candidates"]].tolist() == [10, 20, 3]
    assert pairs.loc["weighting", ["lowest", "highest"]].isna().all()


def test_a_gain_is_from_the_end_of_the_first_run():
    table = table_of((0, 10, 0.9, 0.1), (0, 20, 0.5, 0.2), (1, 10, 0.6, 0.4))
    found = gains(table).set_index("purpose")
    assert found.loc["pairs", ["n_candidates", "start", "chosen"]].tolist() == [3, 0.5, 0.9]
    assert found.loc["ranking", ["start", "chosen"]].tolist() == [0.2, 0.4]


def test_a_model_of_which_nothing_could_be_judged_is_not_chosen():
    table = table_of((0, 10, float("nan"), float("nan")))
    assert best_trials(table).empty
    assert choices(table).empty


def test_rounds_are_no_parameter_of_the_landscape():
    assert searched(table_of((0, 10, 0.5, 0.5), (0, 20, 0.5, 0.5), (1, 10, 0.5, 0.5))) == ["dim"]


def test_the_effect_of_a_parameter_is_the_range_of_its_means():
    table = table_of(*((k, 5, auc, 0.5) for k, auc in enumerate((0.5, 0.6, 0.8, 0.9))), alpha=1.0)
    dim = table["point"].map({0: 1, 1: 1, 2: 2, 3: 2})
    table = table.assign(dim=dim, margin=table["point"].map({0: 0.0, 1: 0.5, 2: 0.0, 3: 0.5}))
    found = effects(table)
    found = found[found["purpose"] == "pairs"]
    assert found["parameter"].tolist() == ["dim", "margin"]
    assert found["effect"].tolist() == pytest.approx([0.3, 0.1])
