import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter

from muse_lib.caveats import MIME, Caveats, dropped_rows, few_pairs, unconverged


def shown(caveats):
    return DisplayFormatter().format(caveats)[0]


def history(loss):
    return pd.DataFrame({"epoch": np.arange(len(loss)), "loss": loss})


def test_a_notebook_shows_each_caveat_and_marks_it_for_the_runner():
    output = shown(Caveats(["One.", "Two."]))
    assert output["text/markdown"] == "> **Caveat.** One.\n>\n> **Caveat.** Two."
    assert output[MIME] == ["One.", "Two."]


def test_no_caveat_is_said_too():
    assert shown(Caveats([]))["text/markdown"] == "*Nothing here needs a caveat.*"
    assert shown(Caveats([]))[MIME] == []


def test_dropped_rows_are_counted_by_reason():
    rows = [("empty track", 2), ("song repeated", 1000), ("empty track", 3)]
    (sentence,) = dropped_rows(pd.DataFrame(rows, columns=["reason", "count"]))
    assert "left out 1,005" in sentence
    assert "5 times “empty track”, 1,000 times “song repeated”" in sentence


def test_nothing_dropped_is_no_caveat():
    assert dropped_rows(pd.DataFrame({"reason": [], "count": []})) == []


def test_a_loss_that_still_falls_is_told_with_its_share():
    falling = history(np.linspace(100, 50, 101))
    (sentence,) = unconverged(falling)
    assert "by 9% over the last 10 of 100 epochs" in sentence


@pytest.mark.parametrize("loss", [[5.0], [5.0, 5.0], [9.0, 5.0, 6.0], [*np.geomspace(9, 5, 200)]])
def test_a_loss_that_has_settled_is_no_caveat(loss):
    assert unconverged(history(loss), limit=0.06) == []


def test_fewer_pairs_than_asked_for_are_told():
    (sentence,) = few_pairs(1_200, 10_000, "the test playlists")
    assert sentence.startswith("There are 1,200 pairs from the test playlists and not 10,000")
    assert few_pairs(10_000, 10_000, "the test playlists") == []
