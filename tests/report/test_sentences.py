import numpy as np
import pandas as pd

from muse_lib.evaluation.entrants import described
from muse_lib.evaluation.labels import PLAYLISTS
from muse_lib.report import sentences

VALUES = {"muse": 0.7, "muse-tuned": 0.8, "als": 0.75, "muse-text": 0.9, "als+artist+titles": 0.85}


def measured(**values):
    """One metric of some models, with what they see."""
    table = pd.DataFrame((VALUES | values).items(), columns=["model", "value"])
    return described(table).assign(low=table["value"] - 0.1, high=table["value"] + 0.1)


def test_the_best_muse_and_the_best_rival_are_named_among_models_that_see_alike():
    said = sentences.best_of_each(measured(), "AUC")
    assert "Playlists alone: `muse-tuned` 0.800 (0.700 to 0.900), `als` 0.750 (0.650 " in said
    assert (
        "With artists and titles: `muse-text` 0.900 (0.800 to 1.000), not tuned, `als+artist+t"
        in said
    )


def test_untuned_models_do_not_stand_beside_tuned_rivals_where_there_are_tuned_ones():
    said = sentences.best_of_each(measured(muse=0.99), "AUC")
    assert "`muse`" not in said
    assert "`muse-text` 0.900 (0.800 to 1.000), not tuned" in said


def test_controls_are_no_rivals():
    assert "`met`" not in sentences.best_of_each(measured(met=0.99), "AUC")


def test_what_was_not_measured_is_not_best():
    assert "`ease`" not in sentences.best_of_each(measured(ease=np.nan), "AUC")


def test_a_value_without_an_interval_stands_alone():
    row = pd.Series({"value": 0.5, "low": np.nan, "high": np.nan})
    assert sentences.interval(row) == "0.500"


def test_where_only_rivals_see_artists_one_is_named():
    said = sentences.best_of_each(measured(**{"als+artist": 0.6}), "AUC")
    assert "With artists: `als+artist` 0.600" in said


def test_what_is_significant_is_counted_by_outcome_and_direction():
    rows = [("roc_auc", 0.01, 0.1), ("roc_auc", 0.01, -0.1), ("roc_auc", 0.2, 0.1)]
    rows += [("ndcg", 0.2, 0.1)]
    table = pd.DataFrame(rows, columns=["metric", "p_adjusted", "difference"])
    said = sentences.significant_differences(table)
    assert "better in 1 and worse in 1 of 3 comparisons by roc_auc and " in said
    assert "better in 0 and worse in 0 of 1 comparisons by ndcg." in said


def declared(**changes):
    row = {
        "comparison": "artist augmentation helps",
        "question": "poster",
        "model": "muse-artist",
        "other": "muse",
        "poster": 0.02,
        "difference": 0.03,
        "low": 0.01,
        "high": 0.05,
        "verdict": "shows again",
    }
    return pd.DataFrame([row | changes])


def test_a_claim_stands_under_its_verdict_with_our_difference():
    said = sentences.replicated(declared(verdict="inconclusive"))
    assert "*inconclusive*: “artist augmentation helps”, +0.030 (+0.010 to +0.050)" in said
    assert said.startswith("By F1, the poster's own measure, none of its 1 differences")


def test_a_claim_that_the_poster_does_not_print_is_not_counted_as_its_own():
    own = declared(comparison="the best beats always similar", poster=float("nan"))
    said = sentences.replicated(pd.concat([declared(verdict="inconclusive"), own]))
    assert "none of its 1 differences between models replicates" in said
    assert "“the best beats always similar” (our own question), +0.030 (+0.010" in said


def test_without_a_printed_difference_no_claim_is_said_to_replicate():
    said = sentences.replicated(declared(poster=float("nan"), verdict="shows again"))
    assert said == "No difference that the poster prints can be compared with these results."


def test_claims_that_show_again_are_counted_even_where_smaller_than_printed():
    both = [declared(verdict="shows again, smaller than printed"), declared(verdict="shows again")]
    assert "2 of its 2 differences between models replicate." in sentences.replicated(
        pd.concat(both)
    )


def test_without_models_that_the_poster_compares_nothing_is_asked():
    said = sentences.replicated(declared(question="pairs"))
    assert said.startswith("Of the models that the poster compares, too few")


def test_our_own_comparisons_stand_with_their_intervals_and_verdicts():
    said = sentences.declared(declared(question="pairs", verdict="MuSE is better"))
    assert "pairs, `muse-artist` v. `muse`: +0.030 (+0.010 to +0.050), **MuSE is better**" in said


def test_without_models_to_compare_nothing_is_declared():
    assert sentences.declared(declared()).startswith("None of the declared comparisons")


def neighbours(**columns):
    columns = {"artist_purity": [0.1, 0.3], "artist_purity_by_chance": [0.01, 0.01]} | columns
    return pd.DataFrame({"variant": ["one", "two"], **columns})


def test_purity_is_told_of_the_purest_and_the_least_pure_variant():
    said = sentences.neighbourhoods(neighbours())
    assert "its artist most often in `two` (30.0%), least often in `one` (10.0%); by" in said
    assert "chance, 1.0% would." in said
    assert "genre" not in said


def test_one_variant_alone_is_not_the_least_pure():
    assert "least" not in sentences.neighbourhoods(neighbours().head(1))


def test_labels_that_no_two_songs_share_have_no_purity():
    unshared = neighbours(artist_purity=[np.nan, np.nan])
    assert sentences.neighbourhoods(unshared) == "No two of the songs share an artist or a genre."


def test_the_highest_and_the_lowest_setting_of_a_question_have_intervals_what_diverged_is_none():
    rows = [("smoothing", "kappa = 1", 0.7), ("smoothing", "kappa = 0", 0.6)]
    rows += [("smoothing", "kappa = 2", np.nan)]
    table = pd.DataFrame(rows, columns=["question", "setting", "value"])
    table = table.eval("low = value - 0.1\nhigh = value + 0.1")
    said = sentences.best_settings(table.assign(label_source=PLAYLISTS))
    highest, lowest = "“kappa = 1”, 0.700 (0.600 to 0.800)", "“kappa = 0”, 0.600 (0.500 to 0.700)"
    assert said == f"smoothing: highest for {highest}, lowest for {lowest}."
