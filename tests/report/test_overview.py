import pandas as pd

from muse_lib.evaluation.labels import PLAYLISTS
from muse_lib.evaluation.new_songs import WITH_SEEN
from muse_lib.models.base import PAIRS, RANKING
from muse_lib.models.unseen.methods import DEFAULT
from muse_lib.poster.replication import BETTER, WORSE
from muse_lib.report import overview

PLAIN, BOTH = "seeing playlists alone", "seeing artists and titles too"


def test_the_posters_highest_f1_stands_beside_always_answering_similar():
    table = pd.DataFrame(
        {
            "metric": ["f1", "f1", "recall"],
            "printed": [76.71, 81.82, 99.0],
            "low": [0.6, 0.74, 0],
            "high": [0.8, 0.88, 0],
            "always_similar": [0.8, 0.811, 0],
            "n_pairs": [98, 110, 110],
        }
    )
    said = overview.worth_of_the_poster(table)
    assert "highest F1, 81.82 %, has a 95 % interval of 74 % to 88 %" in said
    assert "(110 pairs); answering “similar” every time scores 81.1 % on such a set" in said


def declared(*rows):
    """Comparisons of MuSE: outcome, what both see, rival, difference and verdict."""
    columns = ["question", "seeing", "other", "difference", "verdict"]
    table = pd.DataFrame(rows, columns=columns)
    table["comparison"] = "MuSE v. rival, " + table.pop("seeing")
    table["model"] = "muse-tuned"
    return table.assign(low=table["difference"] - 0.02, high=table["difference"] + 0.02)


def test_muse_stands_against_its_rivals_outcome_by_outcome():
    tables = {
        "one": declared(
            (PAIRS, PLAIN, "als", 0.03, "inconclusive"), (RANKING, PLAIN, "als", -0.01, "worse")
        ),
        "two": declared((PAIRS, PLAIN, "als", 0.01, "inconclusive")),
    }
    pairs, ranking = overview.standing(tables)
    assert pairs.startswith("**Similar songs**")
    assert ranking.startswith("**Playlists continued**")
    assert pairs.endswith(
        "Seeing playlists alone, `muse-tuned` is not significantly different from `als`: "
        "+0.030 (+0.010 to +0.050; not significant) on one and "
        "+0.010 (-0.010 to +0.030) on two."
    )
    assert "two" not in ranking


def test_what_is_significant_stands_before_what_is_not():
    (said,) = overview.standing(
        {
            "one": declared((PAIRS, PLAIN, "als", 0.03, "inconclusive")),
            "two": declared((PAIRS, PLAIN, "als", 0.04, BETTER)),
        }
    )
    assert "better than `als` on two: +0.040 (+0.020 to +0.060) on two and +0.030" in said


def test_claims_of_the_poster_are_no_outcome():
    assert overview.standing({"one": declared(("poster", PLAIN, "muse", 0.1, BETTER))}) == []
    assert overview.standing({}) == []


def test_of_several_rivals_the_strongest_is_named():
    rows = [("als+artist", 0.02), ("ease+artist", -0.01), ("item_knn+artist", 0.05)]
    table = declared(*((PAIRS, BOTH, *row, "inconclusive") for row in rows))
    (said,) = overview.standing({"one": table})
    assert said.endswith(
        "is not significantly different from any of its 3 declared rivals; its difference from "
        "the strongest declared rival is -0.010 (-0.030 to +0.010) on one (`ease`)."
    )


def test_what_is_significant_is_named_with_its_direction_and_corpora():
    both = declared((PAIRS, BOTH, "ease+artist", 0.1, BETTER), (PAIRS, BOTH, "als", -0.1, WORSE))
    more = declared((PAIRS, BOTH, "ease+artist", 0.2, BETTER))
    (said,) = overview.standing({"one": both, "two": more})
    assert (
        "Seeing artists and titles too, `muse-tuned` is better than `ease` on one and two and "
        "worse than `als` on one; "
    ) in said


def test_what_artists_and_titles_add_is_told_of_tuned_models():
    table = pd.DataFrame(
        {
            "model": [overview.PLAIN_MUSE, overview.FULL_MUSE, "muse"],
            "value": [0.8, 0.85, 0.1],
            "label_source": PLAYLISTS,
        }
    ).eval("low = value - 0.1\nhigh = value + 0.1")
    (said,) = overview.side_information({"one": table})
    assert said.endswith("does not: 0.850 (0.750 to 0.950) and 0.800 (0.700 to 0.900) on one.")
    assert overview.side_information({"one": table.tail(1)}) == []


def test_the_cost_is_a_ratio_of_operations():
    table = pd.DataFrame({"method": ["dense", "cliques"], "operations": [200.0, 10]})
    (said,) = overview.cost({"one": table, "two": table})
    assert said.endswith("the pairs: 20 times fewer on one and 20 times fewer on two.")
    assert overview.cost({}) == []


def test_songs_in_no_playlist_are_told_of_by_the_default_method_with_its_interval():
    columns = ["model", "kind", "value", "low", "high"]
    rows = [
        (DEFAULT, WITH_SEEN, 0.8, 0.7, 0.9),
        (DEFAULT, "another kind", 0.5, 0.4, 0.6),
        ("random", WITH_SEEN, 0.5, 0.4, 0.6),
    ]
    (said,) = overview.unseen_songs({"one": pd.DataFrame(rows, columns=columns)})
    assert said.endswith("and a known one, AUC is 0.800 (0.700 to 0.900) on one.")
    assert overview.unseen_songs({}) == []
