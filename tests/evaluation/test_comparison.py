import pytest
from pandas.testing import assert_frame_equal

from muse_lib.evaluation.benchmark import OWN_PAIRS, classification_table, measure
from muse_lib.evaluation.comparison import comparisons
from tests.helpers.judged import ONE, SHARE, alone, own_pairs, replica_of, three


def test_every_two_models_are_compared_once_on_the_headline_of_each_source():
    table = comparisons(alone(), SHARE)
    assert len(table) == 2 * 4 * (4 * 3 / 2)  # sources, metrics, pairs of models
    assert not table.duplicated(["label_source", "metric", "model", "other"]).any()


@pytest.mark.parametrize("measured", [alone, three])
def test_what_differs_by_far_is_told_apart_and_what_knows_nothing_is_not(measured):
    table = comparisons(measured(), SHARE)
    table = table[table["metric"] == "roc_auc"].set_index(["label_source", "model", "other"])
    for source in ("held-out playlists", "genres"):
        assert table.loc[(source, "knows", "random"), "p_adjusted"] < 0.05
        assert table.loc[(source, "random", "constant"), "p_adjusted"] > 0.05


def test_a_difference_is_that_of_the_table():
    values = classification_table(alone()).query("metric == 'roc_auc'")
    values = values[values["label_source"].eq("genres") & values["share_similar"].eq(0.68)]
    values = values[~values["same_artist_pairs"]].set_index("model")["value"]
    compared = comparisons(alone(), SHARE).query("label_source == 'genres'")
    row = compared.query("metric == 'roc_auc' and model == 'knows' and other == 'half'").iloc[0]
    assert row["difference"] == pytest.approx(values["knows"] - values["half"])
    assert row["low"] <= row["difference"] <= row["high"]


def test_the_same_seed_gives_the_same_comparisons():
    again = [measure(replica_of(0), ONE)]
    assert_frame_equal(comparisons(again, SHARE), comparisons(alone(), SHARE))


def test_a_users_own_pairs_are_compared_on_as_well(tmp_path):
    replica = replica_of(0)
    measured = [measure(replica, ONE, own_pairs(replica, tmp_path))]
    assert OWN_PAIRS in set(comparisons(measured, SHARE)["label_source"])
