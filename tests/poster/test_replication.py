import numpy as np
import pandas as pd
import pytest

from muse_lib.evaluation.statistics import Inference, holm
from muse_lib.poster import replication
from muse_lib.poster.replication import (
    BETTER,
    OPEN,
    REVERSED,
    SHOWS,
    SMALLER,
    WORSE,
    claims_table,
    declared_table,
    power_table,
)

PRINTED = 0.0327
"""79.98 - 76.71 in F1: artist augmentation against plain MuSE."""


class Known:
    """Figures in which the difference of any two models is known."""

    n_splits = 10

    def __init__(self, value=0.0, half=0.01, p=0.5, models=("muse", "muse-artist")):
        self.found, self.models = (value, half, p), models

    def has(self, _question, _kind, _metric, model):
        return model in self.models

    def difference(self, asked):
        value, half, p = (np.full(len(asked), number) for number in self.found)
        return Inference(value, value - half, value + half, p, half / 2, 1.4 * half)


def verdict_of(**changes):
    return declared_table(Known(**changes))["verdict"].item()


@pytest.mark.parametrize(
    ("value", "half", "p", "verdict"),
    [
        (0.03, 0.01, 0.001, SHOWS),
        (0.015, 0.01, 0.001, f"{SHOWS}, {SMALLER}"),
        (0.005, 0.01, 0.4, SMALLER),
        (0.02, 0.03, 0.2, OPEN),
        (-0.03, 0.01, 0.001, REVERSED),
        (0.02, 0.03, np.nan, OPEN),
    ],
)
def test_a_claim_has_the_verdict_of_its_interval_and_p(value, half, p, verdict):
    assert verdict_of(value=value, half=half, p=p) == verdict


@pytest.mark.parametrize(
    ("value", "p", "verdict"), [(0.02, 0.001, BETTER), (-0.02, 0.001, WORSE), (0.02, 0.3, OPEN)]
)
def test_our_own_comparisons_say_whether_muse_is_better(value, p, verdict):
    table = declared_table(Known(value, 0.01, p, models=("muse-tuned", "als")))
    assert table["verdict"].tolist() == [verdict] * len(table)
    assert table["poster"].isna().all()


def test_the_family_is_corrected_as_one():
    table = declared_table(
        Known(0.02, 0.01, 0.02, models=("muse", "muse-artist", "muse-tuned", "als"))
    )
    assert len(table) == 3  # two outcomes, and one claim
    assert table["p_holm"].tolist() == holm(np.full(3, 0.02)).tolist() == [0.06] * 3
    assert BETTER not in set(table["verdict"])


def test_the_posters_own_difference_stands_beside_ours():
    assert declared_table(Known())["poster"].item() == pytest.approx(PRINTED)


def test_the_poster_has_no_difference_in_auc():
    table = claims_table(Known()).set_index("metric")["poster"]
    assert np.isnan(table["roc_auc"])
    assert table["accuracy"] == pytest.approx(0.0692)


def test_no_auc_is_held_against_a_rule_that_ranks_nothing():
    table = claims_table(Known(models=("muse-artist-contrastive", "always_similar")))
    assert table["metric"].tolist() == ["accuracy"]


def test_power_is_of_the_comparisons_that_were_declared():
    known = Known(half=0.02)
    table = power_table(known)
    assert table["comparison"].tolist() == declared_table(known)["comparison"].tolist()
    assert table["detectable"].tolist() == pytest.approx([0.028])


def test_comparisons_of_models_that_were_not_judged_are_left_out():
    assert declared_table(Known(models=())).empty


HEADLINE = pd.DataFrame(
    [("muse", metric, 0.7, 0.6, 0.8) for metric in ("accuracy", "precision", "recall", "f1")],
    columns=["model", "metric", "value", "low", "high"],
)


def test_synthetic_rows_do_not_stand_beside_the_posters():
    assert replication.poster_table(HEADLINE, "synthetic")["source"].tolist() == ["synthetic"]
    assert "poster" in set(replication.poster_table(HEADLINE, "archive")["source"])
