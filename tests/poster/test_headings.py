"""Tables of the poster as a reader sees them."""

import pandas as pd

from muse_lib.poster.headings import readable
from muse_lib.poster.printed import NAMES


def test_models_have_the_names_that_the_poster_prints():
    apart = pd.DataFrame({"model": ["muse"], "other": ["muse-artist"], "p": [0.3]})
    shown = readable(apart)
    assert shown.loc[0, ["model", "other"]].tolist() == [NAMES["muse"], NAMES["muse-artist"]]
    assert shown["p"].tolist() == [0.3]


def test_headings_are_words_and_no_metric_left_out_is_said():
    fits = pd.DataFrame({"model": ["muse", "muse"], "left_out": ["", "f1"], "n_pairs": [49, 108]})
    shown = readable(fits)
    assert [*shown] == ["model", "metric left out", "pairs"]
    assert shown["metric left out"].tolist() == ["none", "f1"]


def test_the_table_itself_stays_as_it_is():
    fits = pd.DataFrame({"model": ["muse"], "n_pairs": [49]})
    readable(fits)
    assert fits.to_dict("list") == {"model": ["muse"], "n_pairs": [49]}
