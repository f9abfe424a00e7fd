import numpy as np
import pytest

from muse_lib.evaluation.benchmark import Figures
from muse_lib.evaluation.comparison import compared, exploratory, seen_from
from muse_lib.evaluation.labels import PLAYLISTS
from muse_lib.evaluation.measurement import AUC
from muse_lib.evaluation.primary import CONTRASTS, PRIMARY, Outcome
from muse_lib.models.base import PAIRS
from tests.helpers.judged import ONE, alone, three

OUTCOME = Outcome(PAIRS, PLAYLISTS, AUC)


def figures_of(measured):
    return Figures(measured(), ONE.n_resamples, 0)


@pytest.mark.parametrize("measured", [alone, three])
def test_what_differs_by_far_is_significant_and_what_knows_nothing_is_not(measured):
    table = compared(figures_of(measured), OUTCOME, [("knows", "random"), ("random", "constant")])
    assert table["p"].iloc[0] < 0.05 < table["p"].iloc[1]


def test_models_that_were_not_measured_are_left_out():
    table = compared(figures_of(alone), OUTCOME, [("knows", "half"), ("knows", "nobody")])
    assert table["other"].tolist() == ["half"]


def test_without_any_model_there_is_an_empty_table():
    table = compared(figures_of(alone), OUTCOME, [("nobody", "half")])
    assert table.empty
    assert "difference" in table


def test_every_two_of_ours_and_every_rival_are_compared_once_by_each_outcome():
    table = exploratory(figures_of(alone), ["knows", "half", "constant"], ["random"])
    assert not table.duplicated(["question", "model", "other"]).any()
    assert table.groupby("question").size().to_dict() == {"pairs": 3, "ranking": 3}


def test_controls_are_no_part_of_the_exploratory_comparisons():
    table = exploratory(figures_of(alone), ["knows"], ["half", "random"])
    assert set(table["other"]) == {"half"}


def test_corrected_p_values_are_never_smaller():
    table = exploratory(figures_of(three), ["knows", "half"], ["constant"])
    assert (table["p_adjusted"] >= table["p"] - 1e-12).all()


def test_a_comparison_seen_from_the_other_side_has_the_other_sign():
    table = exploratory(figures_of(alone), ["knows", "half"], [])
    back = seen_from(table, "half")
    assert np.allclose(back["difference"], -table["difference"])
    assert np.allclose(back["low"], -table["high"])


def test_each_question_has_one_primary_outcome():
    questions = [outcome.question for outcome in PRIMARY]
    assert len(questions) == len(set(questions))


def test_a_declared_contrast_compares_models_that_see_alike():
    from muse_lib.evaluation.entrants import sees

    assert all(sees(model) == sees(other) for _, model, other in CONTRASTS)
