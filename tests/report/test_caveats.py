import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter

from muse_lib.report.caveats import (
    MIME,
    Caveats,
    dropped_rows,
    few_pairs,
    kept_apart,
    left_out,
    other_share,
    rare_songs,
    rivals_left_out,
    some_lists,
    some_pairs,
    unconverged,
)
from muse_lib.storage.results import Results


def shown(caveats):
    return DisplayFormatter().format(caveats)[0]


def history(loss):
    return pd.DataFrame({"epoch": np.arange(len(loss)), "loss": loss})


def test_a_notebook_shows_each_caveat_and_marks_it_for_the_runner():
    output = shown(Caveats(["One.", "Two."]))
    assert output["text/markdown"] == "> **Caveat.** One.\n>\n> **Caveat.** Two."
    assert output[MIME] == ["One.", "Two."]


def test_no_caveat_is_said_too():
    assert shown(Caveats([]))["text/markdown"] == "*No automatic check raised a caveat.*"
    assert shown(Caveats([]))[MIME] == []


def test_dropped_rows_are_counted_by_reason():
    rows = [("empty track", 2), ("song repeated", 1000), ("empty track", 3), ("no file", 1)]
    (sentence,) = dropped_rows(pd.DataFrame(rows, columns=["reason", "count"]))
    assert "left out 1,006" in sentence
    assert "5 times “empty track”, 1,000 times “song repeated”, 1 time “no file”" in sentence


def test_nothing_dropped_is_no_caveat():
    assert dropped_rows(pd.DataFrame({"reason": [], "count": []})) == []


def test_playlists_left_out_are_counted_of_all_and_by_rule():
    rows = [("playlist of fewer than 2 songs", 4), ("playlist not drawn (n_playlists=0)", 1_190)]
    (sentence,) = left_out(1_721, pd.DataFrame(rows, columns=["reason", "count"]))
    assert sentence == (
        "Left out of 1,721 playlists: 4 of fewer than 2 songs, 1,190 not drawn (n_playlists=0)."
    )


def test_no_playlist_left_out_is_no_caveat():
    assert left_out(721, pd.DataFrame({"reason": [], "count": []})) == []


def test_a_loss_that_still_falls_is_a_caveat():
    (sentence,) = unconverged(history(np.linspace(100, 50, 101)))
    assert "by more than 5% over the last 10 of 100 epochs" in sentence


def test_variants_that_have_not_settled_share_one_sentence():
    one, other = (unconverged(history(np.linspace(100, last, 151))) for last in (50, 30))
    assert one == other != []


@pytest.mark.parametrize("loss", [[*np.geomspace(9, 5, 200)], [9.0] * 60 + [5.0] * 60])
def test_a_loss_that_has_settled_is_no_caveat(loss):
    assert unconverged(history(loss), limit=0.06) == []


@pytest.mark.parametrize("epochs", [0, 1, 10, 49])
def test_a_run_too_short_to_settle_is_a_trial_and_no_caveat(epochs):
    assert unconverged(history(np.geomspace(9, 1, epochs + 1))) == []


def test_a_run_of_fifty_epochs_is_judged():
    assert unconverged(history(np.geomspace(9, 1, 51))) != []


def test_fewer_pairs_than_asked_for_are_told():
    (sentence,) = few_pairs(1_200, 10_000, "the test playlists")
    assert sentence.startswith(
        "There are only 1,200 pairs from the test playlists instead of 10,000"
    )
    assert few_pairs(10_000, 10_000, "the test playlists") == []


def test_pairs_mixed_otherwise_than_the_posters_are_a_caveat():
    (sentence,) = other_share(0.5, 0.68)
    assert sentence.startswith(
        "Of these pairs 50% are similar, of the poster's 68%: accuracy, prec"
    )
    assert other_share(0.68, 0.68) == []


def test_songs_in_too_few_playlists_are_told_with_their_memberships():
    assert rare_songs(10, 10, 0, 1) == []
    (told,) = rare_songs(1_200, 900, 350, 2)
    assert told.startswith("300 of 1,200 songs are in fewer than 2 training playlists")
    assert "350 memberships" in told


@pytest.mark.parametrize(("n_lists", "held_out", "told"), [(0, 9, 0), (9, 9, 0), (8, 9, 1)])
def test_a_sample_of_lists_is_told(n_lists, held_out, told):
    sentences = some_lists(n_lists, held_out, "test")
    assert (
        sentences
        == ["8 of 9 test playlists are evaluated, drawn at random (n_lists=0 takes all)."] * told
    )


def test_a_sample_of_pairs_of_titles_is_told():
    assert some_pairs(45, 45) == []
    assert "45 pairs drawn at random" in some_pairs(45, 1_000)[0]


def test_a_rival_that_is_left_out_is_told_once():
    left_out = {"ease": "it would need 9 GB", "ease+artist": "it would need 9 GB"}
    assert rivals_left_out(left_out) == ["ease is left out: it would need 9 GB."]
    assert rivals_left_out({}) == []


def test_a_trial_says_where_it_is_and_how_to_replace_the_study():
    study = Results("results/archive")
    assert kept_apart(study, "muse") == []
    (sentence,) = kept_apart(study.aside({"dim": 16}), "muse")
    assert "goes to `results/archive/artifacts/trials/dim=16`" in sentence
    assert "`trials = ['dim=16']`" in sentence
    assert "remove `results/archive/artifacts/models/muse` and" in sentence
