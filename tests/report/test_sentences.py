import numpy as np
import pandas as pd
import pytest

from muse_lib.evaluation.pairs import GENRES, PLAYLISTS
from muse_lib.poster.replication import replication_table
from muse_lib.report import sentences

VALUES = {"muse": 0.7, "muse-tuned": 0.8, "als": 0.75, "always_similar": 0.5}


def measured(f1=0.82, **values):
    """AUC and F1 of some models, all F1 alike but for the rule's own 0.81."""
    rows = [(model, "roc_auc", value) for model, value in (VALUES | values).items()]
    rows += [(model, "f1", 0.81 if model == "always_similar" else f1) for model in VALUES | values]
    table = pd.DataFrame(rows, columns=["model", "metric", "value"])
    return table.assign(low=table["value"] - 0.1, high=table["value"] + 0.1)


def compared(model="muse-artist", other="muse", metric="f1", difference=0.03, p=0.01):
    row = {"label_source": PLAYLISTS, "metric": metric, "model": model, "other": other}
    row |= {"difference": difference, "low": 0.0, "high": 0.1, "p": p, "p_adjusted": p}
    return pd.DataFrame([row])


def said_of(f1=0.82, p=0.01):
    """Of one variant, tuned or not, beside two rules."""
    against = compared("als", "muse-tuned", "roc_auc", -0.05, p)
    return sentences.best_models(measured(f1), against, ["muse"], ["muse", "muse-tuned"])


def test_the_best_muse_and_the_best_rule_are_named_with_their_intervals():
    said = said_of()
    assert "1 of 1 variants as trained put" in said
    assert "above 0.5: 0.700 (`muse`)." in said
    assert "is `muse-tuned` with 0.800 (0.700 to 0.900)" in said
    assert "rule is `als` with 0.750 (0.650 to 0.850)" in said


@pytest.mark.parametrize(("p", "told"), [(0.01, "beyond luck"), (0.2, "which can be luck")])
def test_the_difference_of_the_two_is_told_as_what_it_is(p, told):
    assert f"a difference of +0.050, {told}." in said_of(p=p)


@pytest.mark.parametrize(("f1", "n"), [(0.82, 1), (0.80, 0)])
def test_variants_above_the_rule_that_looks_at_nothing_are_counted(f1, n):
    said = said_of(f1)
    assert "answering *similar* has an F1 of 81.0%" in said
    assert f"that of {n} of 1 variants" in said


def test_what_is_significant_is_counted_by_kind_of_label():
    genres = compared(metric="roc_auc", p=0.2).assign(label_source=GENRES)
    said = sentences.told_apart(pd.concat([compared(metric="roc_auc"), genres, compared()]))
    assert "1 of 1 by held-out playlists and 0 of 1 by genres are" in said


@pytest.mark.parametrize(
    ("difference", "p", "verdict"),
    [(0.03, 0.01, "shows again"), (-0.03, 0.01, "is the other way round"), (0.03, 0.2, "cannot")],
)
def test_a_claim_stands_under_its_verdict_with_our_difference(difference, p, verdict):
    claims = replication_table(compared(difference=difference, p=p))
    _, said = sentences.replicated(claims).split(f"*{verdict}", 1)
    assert f"“artist augmentation helps” ({difference:+.3f})" in said
    assert sentences.replicated(claims).count("none") == 2


def test_without_models_that_the_poster_compares_nothing_is_asked():
    claims = replication_table(compared("muse-text", "als"))
    assert sentences.replicated(claims).startswith(
        "Of the models that the poster compares, too few"
    )


def test_the_best_three_by_genre_are_named_in_their_order():
    said = sentences.best_by_genre(measured(random=np.nan))
    assert said.endswith("are `muse-tuned` (0.800), `als` (0.750) and `muse` (0.700).")


def test_a_corpus_without_genres_says_so():
    assert "no labels but its playlists" in sentences.best_by_genre(measured().iloc[:0])


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


SHARED = pd.DataFrame(
    {"model": ["a", "a", "b"], "other": ["b", "c", "c"], "share": [0.2, 0.6, 0.4]}
)


def test_who_agrees_most_and_least_is_named():
    said = sentences.agreements(SHARED)
    assert said == "`a` and `c` agree most (60%), `a` and `b` least (20%)."
    assert sentences.agreements(SHARED.head(1)) == "`a` and `b` agree most (20%)."


def test_one_variant_has_nothing_to_agree_with():
    assert sentences.agreements(SHARED.head(0)).startswith("There is one variant only")


def test_the_best_and_the_worst_setting_of_a_question_are_named_and_what_diverged_is_not():
    rows = [("smoothing", "kappa = 1", 0.7), ("smoothing", "kappa = 0", 0.6)]
    rows += [("smoothing", "kappa = 2", np.nan)]
    table = pd.DataFrame(rows, columns=["question", "setting", "value"])
    said = sentences.best_settings(table.assign(label_source=PLAYLISTS))
    assert said == "smoothing: kappa = 1 (0.700; the worst, kappa = 0, 0.600)."
