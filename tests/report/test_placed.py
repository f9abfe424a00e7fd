import pandas as pd

from muse_lib.evaluation.new_songs import WITH_SEEN
from muse_lib.models.unseen.methods import DEFAULT
from muse_lib.report import placed


def test_a_prediction_is_within_below_or_above_what_was_observed():
    rows = [(0.6, 0.5, 0.7), (0.7, 0.75, 0.8), (0.9, 0.7, 0.8), (0.95, 0.7, 0.8)]
    said = placed.calibration(pd.DataFrame(rows, columns=["promised", "low", "high"]))
    assert said.endswith("in 1 of 4 rows, below it in 1 and above it in 2.")


def test_the_price_of_a_length_is_that_of_the_nearest_one_measured():
    recall = pd.Series({1.0: 0.7, 1.3: 0.6, 2.0: 0.1})
    said = placed.price_of_length([1.0, 1.4, 1.8], recall)
    assert "by split: 1 to 1.8. A length of 1.3 instead of 1 changes" in said
    assert "from 0.700 to 0.600" in said


def test_methods_are_named_as_code_since_their_names_have_commas():
    pairs = pd.DataFrame(
        {"model": [DEFAULT], "kind": [WITH_SEEN], "value": [0.8], "low": [0.7], "high": [0.9]}
    )
    compared = pd.DataFrame(
        {
            "kind": WITH_SEEN,
            "other": ["text regression, by songs", "network and prior", "attention"],
            "difference": [0.1, 0.2, -0.1],
            "p_adjusted": [0.01, 0.02, 0.3],
        }
    )
    covered = pd.DataFrame({"songs": ["trained"], "share": [0.3]})
    said = placed.verdict(pairs, compared, covered, pd.DataFrame({"model": [], "value": []}))
    assert (
        "better than it: none. Significantly worse than it: "
        "`text regression, by songs`; `network and prior`."
    ) in said
