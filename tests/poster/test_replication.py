import numpy as np
import pandas as pd
import pytest

from muse_lib.poster.replication import OPEN, REVERSED, SHOWS, replication_table


def compared(**changes):
    row = {
        "label_source": "genres",
        "metric": "f1",
        "model": "muse",
        "other": "muse-artist",
        "difference": -0.03,
        "low": -0.05,
        "high": -0.01,
        "p": 0.001,
        "p_adjusted": 0.01,
    }
    return pd.DataFrame([row | changes])


def verdict_of(**changes):
    return replication_table(compared(**changes))["verdict"].tolist()


def test_a_claim_shows_again_where_the_difference_is_significant():
    assert verdict_of() == [SHOWS]


def test_a_claim_is_the_other_way_round_where_the_other_model_is_better():
    assert verdict_of(difference=0.03, low=0.01, high=0.05) == [REVERSED]


@pytest.mark.parametrize("p", [0.06, np.nan])
def test_what_is_not_significant_cannot_be_told(p):
    assert verdict_of(p_adjusted=p) == [OPEN]


def test_differences_are_those_of_the_model_the_claim_is_for():
    row = replication_table(compared()).iloc[0]
    assert (row["difference"], row["low"], row["high"]) == (0.03, 0.01, 0.05)


def test_the_posters_own_difference_stands_beside_ours():
    """79.98 - 76.71 in F1."""
    assert replication_table(compared())["poster"].item() == pytest.approx(0.0327)


def test_the_poster_has_no_difference_in_auc():
    assert replication_table(compared(metric="roc_auc"))["poster"].isna().all()


def test_no_auc_is_held_against_a_rule_that_ranks_nothing():
    against = {"model": "always_similar", "other": "muse-artist-contrastive"}
    assert replication_table(compared(**against, metric="roc_auc")).empty
    assert len(replication_table(compared(**against))) == 1


def test_comparisons_that_the_poster_does_not_claim_are_left_out():
    assert replication_table(compared(other="ppmi_svd")).empty
