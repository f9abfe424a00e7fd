"""What later notebooks read of a search, and which split uses which."""

import numpy as np
import pandas as pd
import pytest

from muse_lib.data import sampling
from muse_lib.errors import InputError
from muse_lib.storage.results import Results
from muse_lib.tuning.chosen import models, save, searched_at, searched_splits, selected
from muse_lib.tuning.trials import choices


@pytest.mark.parametrize("n_splits", range(1, 31))
def test_no_playlist_is_tested_with_hyper_parameters_that_were_chosen_on_it(n_splits):
    groups = np.repeat(np.arange(40), 2)
    parts = [sampling.split(groups, 3, number) for number in range(n_splits)]
    for number, of_split in enumerate(parts):
        judged = parts[searched_at(number, n_splits)] == "validation"
        assert judged.any()
        assert not (judged & (of_split == "test")).any()


@pytest.mark.parametrize(
    ("n_splits", "expected"),
    [(1, [0]), (3, [2]), (5, [4]), (6, [4, 5]), (10, [4, 9]), (20, [4, 9, 14, 19])],
)
def test_five_splits_share_a_search(n_splits, expected):
    assert searched_splits(n_splits) == expected
    assert all(searched_at(number, n_splits) in expected for number in range(n_splits))


@pytest.fixture
def results(tmp_path):
    """Two searches, of ``muse`` and of ``item_knn``, written as the notebook writes them."""
    rows = [
        {"split": split, "model": "muse", "point": point, "dim": dim, "smoothing": 0.001}
        | {"purpose": purpose, "value": value, "reason": "", "epochs": 10}
        for split in (4, 9)
        for point, dim, *values in ((0, 20 + split, 0.9, 0.1), (1, 50 + split, 0.8, 0.2))
        for purpose, value in zip(("pairs", "ranking"), values, strict=True)
    ]
    rows.append(
        {"split": 4, "model": "item_knn", "point": 0, "k": 5, "shrink": 0.5, "weighting": "bm25"}
        | {"purpose": "ranking", "value": 0.3, "reason": ""}
    )
    place = Results(str(tmp_path))
    save(place, choices(pd.DataFrame(rows)))
    return place


def test_a_choice_is_read_back_as_it_was(results):
    point = selected(results, "muse", "pairs", 0)
    assert point == {"dim": 24, "smoothing": 0.001, "epochs": 10}
    assert type(point["dim"]) is type(point["epochs"]) is int


def test_a_choice_in_words_is_read_back(results):
    assert selected(results, "item_knn", "ranking") == {"k": 5, "shrink": 0.5, "weighting": "bm25"}


def test_the_two_purposes_are_read_apart(results):
    assert selected(results, "muse", "ranking", 0)["dim"] == 54


@pytest.mark.parametrize(("number", "dim"), [(0, 24), (4, 24), (5, 29), (9, 29)])
def test_every_split_reads_the_search_of_its_block(results, number, dim):
    assert selected(results, "muse", "pairs", number)["dim"] == dim


def test_models_are_those_that_were_tuned_for_the_purpose(results):
    assert models(results) == ["muse"]
    assert models(results, "ranking") == ["muse", "item_knn"]


HEAD = "split,purpose,model,parameter,value\n"


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (HEAD + "0,pairs,muse,dim,50\n", "has no choice for 'muse-artist', 'pairs' and split 0"),
        (HEAD + "5,pairs,muse-artist,dim,50\n", "no choice for 'muse-artist', 'pairs' and split 0"),
        (HEAD + "0,ranking,muse-artist,dim,50\n", "no choice for 'muse-artist', 'pairs' and spl"),
        ("split,purpose,model,parameter\n0,pairs,muse-artist,dim\n", "has no column 'value'"),
        (HEAD + "0,pairs,muse-artist,dim,long\n", "has no number for dim of 'muse-artist'"),
        (HEAD + "0,pairs,muse-artist,dim,\n", "has no number for dim of 'muse-artist'"),
        (None, r"hyperparameters\.csv is missing: run notebooks/04_grid_search\.ipynb first"),
    ],
)
def test_a_choice_that_cannot_be_read_is_refused(tmp_path, written, sentence):
    results = Results(str(tmp_path))
    if written is not None:
        results.new("tables/hyperparameters.csv").write_text(written)
    with pytest.raises(InputError, match=sentence):
        selected(results, "muse-artist")
