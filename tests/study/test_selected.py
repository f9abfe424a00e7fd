"""What the search chooses is what training uses, driven as a user drives it."""

import json

import pandas as pd
import pytest

from muse_lib.storage.files import read_tensors
from tests.helpers.checkouts import notebooks_of, outputs_of

SMOKE_DIM = 16


@pytest.fixture(scope="module")
def study(smoke_study, tmp_path_factory):
    """A trial that trains plain MuSE as chosen, although dim is set; as given and as trained."""
    checkout = smoke_study.copy(tmp_path_factory.mktemp("selected"))
    trial = checkout.results / "own" / "selected"
    trial.parent.mkdir()
    checkout.study.rename(trial)
    options = "--only 05_train_muse --set hyperparameters=selected --set dim=7 --out selected"
    ending = checkout.run(*options.split())
    assert (ending.returncode, ending.stderr) == (0, "")
    model = "artifacts/models/muse/model.safetensors"
    return trial, [read_tensors(place / model, "")[1] for place in (smoke_study.study, trial)]


@pytest.mark.slow
def test_the_values_given_are_used_unless_the_choice_is_asked_for(study):
    _, (given, _) = study
    assert given["dim"] == SMOKE_DIM


@pytest.mark.slow
def test_the_choice_reaches_training_and_wins_over_what_is_set(study):
    results, (_, chosen) = study
    table = pd.read_csv(results / "tables" / "hyperparameters.csv")
    of_muse = table[(table["model"] == "muse") & (table["purpose"] == "pairs")]
    values = of_muse.set_index("parameter")["value"].astype(float).to_dict()
    assert values.keys() == {"learning_rate", "dim", "smoothing", "epochs"}
    assert {name: chosen[name] for name in values} == values
    assert chosen["dim"] != 7


@pytest.mark.slow
def test_the_notebook_shows_what_was_chosen(study):
    results, (_, chosen) = study
    said = json.dumps(outputs_of(notebooks_of(results)["05_train_muse"]))
    assert "chosen by `04_grid_search`, which override the cells above" in said
    assert f"dim {chosen['dim']}, smoothing {chosen['smoothing']:g}" in said
