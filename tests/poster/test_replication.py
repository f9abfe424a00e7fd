import numpy as np
import pandas as pd
import pytest

from muse_lib.evaluation.benchmark import Figures
from muse_lib.evaluation.labels import PLAYLISTS
from muse_lib.evaluation.measurement import POSTER
from muse_lib.evaluation.primary import PRIMARY
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
from tests.helpers.judged import stated

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


def test_what_the_poster_does_not_print_is_not_smaller_than_printed():
    """It has no row for always answering similar."""
    models = ("muse-artist-contrastive", "always_similar")
    table = declared_table(Known(value=0.001, half=0.01, p=0.4, models=models))
    assert table["poster"].isna().all()
    assert table["verdict"].tolist() == [OPEN]


def test_a_claim_that_shows_alone_may_not_show_in_its_family():
    assert SHOWS in verdict_of(value=0.02, p=0.02)
    family = declared_table(Known(0.02, 0.01, 0.02, ("muse", "muse-artist", "muse-tuned", "als")))
    assert family.loc[family["question"] == "poster", "verdict"].tolist() == [SMALLER]


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


@pytest.mark.parametrize("table", [declared_table, power_table, claims_table])
def test_nothing_printed_on_the_poster_stands_beside_generated_playlists(table):
    assert table(Known(), "synthetic")["poster"].isna().all()


def test_generated_playlists_are_not_smaller_than_printed():
    assert "smaller" in declared_table(Known(0.001, 0.001, 0.9))["verdict"].item()
    assert declared_table(Known(0.001, 0.001, 0.9), "synthetic")["verdict"].item() == OPEN


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


def test_ours_stand_below_the_printed_row_in_per_cent():
    table = replication.poster_table(HEADLINE, "archive")
    assert table["source"].tolist() == ["poster", "archive", "poster", "poster", "poster"]
    assert table["f1"].tolist()[:2] == ["76.71", "70.00 (60.0 to 80.0)"]


def measured(shift):
    """One of three splits: artist augmentation ahead by 0.03, and muse-tuned of als by 0.1."""
    drawn = {(POSTER, PLAYLISTS, "f1", "muse"): 0.7, (POSTER, PLAYLISTS, "f1", "muse-artist"): 0.73}
    values = {"muse-tuned": 0.8 + shift, "als": 0.7 - shift}
    listed = {
        (*outcome.what, model): {0: value} for outcome in PRIMARY for model, value in values.items()
    }
    return stated(listed, {row: value * (1 + shift) for row, value in drawn.items()})


def test_declared_comparisons_are_made_of_what_was_measured():
    table = declared_table(Figures([measured(shift) for shift in (-0.001, 0, 0.001)], 0, 0))
    assert table["verdict"].tolist() == [BETTER, BETTER, f"{SHOWS}, {SMALLER}"]
    assert table["difference"].tolist() == pytest.approx([0.1, 0.1, 0.03])
    assert table["p_holm"].tolist() == pytest.approx(holm(table["p"].to_numpy()))
