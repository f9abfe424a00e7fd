"""What the search chooses is what training uses, driven as a user drives it."""

import json

import pandas as pd
import pytest

from muse_lib.artifacts import read_tensors
from tests.checkouts import Checkout, notebooks_of, outputs_of

SMOKE_DIM = 16


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study that trained plain MuSE as given, then as chosen, although dim was set as well."""
    checkout = Checkout(tmp_path_factory.mktemp("selected"))
    results = checkout.results / "own" / "selected"
    trained = []
    for options in (
        "--only 01_data",
        "--only 05_train_muse",
        "--only 04_grid_search",
        "--only 05_train_muse --set hyperparameters=selected --set dim=7",
    ):
        ending = checkout.run(*options.split(), "--out", "selected")
        assert (ending.returncode, ending.stderr) == (0, "")
        if "05_train" in options:
            model = results / "artifacts" / "models" / "muse" / "vectors.safetensors"
            trained.append(read_tensors(model, "")[1])
    return results, trained


@pytest.mark.slow
def test_the_values_given_are_used_unless_the_choice_is_asked_for(study):
    _, (given, _) = study
    assert given["dim"] == SMOKE_DIM


@pytest.mark.slow
def test_the_choice_reaches_training_and_wins_over_what_is_set(study):
    results, (_, chosen) = study
    table = pd.read_csv(results / "tables" / "hyperparameters.csv")
    values = table[table["model"] == "muse"].set_index("parameter")["value"].to_dict()
    assert values.keys() == {"learning_rate", "dim", "smoothing", "epochs"}
    assert {name: chosen[name] for name in values} == values
    assert chosen["dim"] != 7


@pytest.mark.slow
def test_the_notebook_shows_what_was_chosen(study):
    results, (_, chosen) = study
    said = json.dumps(outputs_of(notebooks_of(results)["05_train_muse"]))
    assert "chosen by `04_grid_search`, whatever the first cell says" in said
    assert f"dim {chosen['dim']}, smoothing {chosen['smoothing']:g}" in said
