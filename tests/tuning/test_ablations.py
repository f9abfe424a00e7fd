"""One change at a time from a base."""

import weakref

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from muse_lib.data.dataset import Dataset
from muse_lib.evaluation.by_list import list_pairs
from muse_lib.evaluation.continuations import HALF, continuations
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.evaluation.labels import PLAYLISTS, labels_of
from muse_lib.models.muse.variants import Recipe
from muse_lib.progress import PROGRESS, read_progress
from muse_lib.tuning import ablations
from muse_lib.tuning.ablations import CONTINUED, Setting, ablate, settings
from tests.helpers.worlds import corpus_of, two_scenes


def test_every_part_of_muse_lists_is_left_out_once():
    base = Recipe.of("muse", dim=7, epochs=3, seed=2)
    parts = [one for one in settings(base) if one.question == "parts of muse-lists"]
    whole = parts[0].recipe.pedigree()
    assert {whole[name] for name in ("dim", "epochs", "seed")} == {7, 3, 2}
    changed = [{n for n, v in one.recipe.pedigree().items() if v != whole[n]} for one in parts]
    assert changed == [
        set(),
        {"list_weight"},
        {"title_part"},
        {"artist_vectors"},
        {"artist_share"},
        {"artist_bonus"},
        {"list_part"},
    ]


@pytest.mark.parametrize("learning_rate", [0.05, 1e30])
def test_pairs_and_continued_lists_are_judged_also_where_training_diverged(learning_rate):
    corpus = corpus_of(two_scenes())
    parts = np.array(["train", "train", "validation"])[np.arange(len(corpus.playlists)) % 3]
    dataset = Dataset.of(corpus, parts)
    held_out, vocabulary = HeldOut.of(dataset), dataset.vocabulary
    (label, *_) = labels_of(vocabulary.songs).values()
    pairs = {PLAYLISTS: list_pairs(held_out, label, "validation", 20, 0, never_met=False)}
    cases = continuations(held_out, "validation", 0, [HALF])
    recipe = Recipe.of("muse", dim=4, epochs=20, learning_rate=learning_rate, optimizer="gd")
    if learning_rate < 1:
        recipe = recipe.replace(optimizer="adagrad")
    to_try = [Setting("a question", "an answer", recipe)]
    table = ablate(vocabulary, to_try, pairs, n_resamples=100, seed=0, cases=cases)
    assert table["label_source"].tolist() == [PLAYLISTS, CONTINUED]
    assert table["value"].notna().all() == (learning_rate < 1)


def test_parts_are_left_out_of_vectors_trained_once(monkeypatch):
    """The same table as training every setting by itself, with fewer trainings."""
    corpus = corpus_of(two_scenes())
    parts = np.array(["train", "train", "validation"])[np.arange(len(corpus.playlists)) % 3]
    dataset = Dataset.of(corpus, parts)
    held_out, vocabulary = HeldOut.of(dataset), dataset.vocabulary
    cases = continuations(held_out, "validation", 0, [HALF])
    whole = Recipe.of("muse-lists", dim=4, epochs=5)
    changes = [{}, {"artist_share": 0}, {"artist_vectors": False}, {"list_part": False}]
    to_try = [Setting("parts", str(change), whole.replace(**change)) for change in changes]
    trained = []
    train = Recipe.train
    monkeypatch.setattr(
        Recipe, "train", lambda recipe, *a, **k: trained.append(recipe) or train(recipe, *a, **k)
    )
    together = ablate(vocabulary, to_try, {}, n_resamples=50, seed=0, cases=cases)
    assert len(trained) == 2
    one_by_one = [
        ablate(vocabulary, [one], {}, n_resamples=50, seed=0, cases=cases) for one in to_try
    ]
    assert_frame_equal(together, pd.concat(one_by_one, ignore_index=True))


def test_own_vectors_finished_are_those_of_the_whole_recipe():
    vocabulary = Dataset.of(
        corpus := corpus_of(two_scenes()), ["train"] * len(corpus.playlists)
    ).vocabulary
    recipe = Recipe.of("muse-lists", dim=4, epochs=5)
    own = recipe.own.train(vocabulary, label="own").embedding
    assert own.vectors.shape[1] == 4
    finished, whole = recipe.finish(vocabulary)(own), recipe.train(vocabulary).embedding
    assert_array_equal(finished.vectors, whole.vectors)
    assert_array_equal(finished.biases, whole.biases)


def test_progress_names_the_setting_that_is_tried(monkeypatch, tmp_path):
    file, seen = tmp_path / "progress.json", []
    monkeypatch.setenv(PROGRESS, str(file))
    columns = ["label_source", "value", "low", "high", "epochs"]
    monkeypatch.setattr(
        ablations,
        "_measure",
        lambda *_: seen.append(read_progress(file)) or pd.DataFrame(columns=columns),
    )
    to_try = [Setting("rate", f"rate {rate}", Recipe.of("muse", epochs=rate)) for rate in (1, 2)]
    ablate(None, to_try, {}, n_resamples=0, seed=0)
    assert ["rate 1" in seen[0], "rate 2" in seen[1]] == [True, True]


def test_vectors_that_no_part_is_appended_to_are_not_kept(monkeypatch):
    corpus = corpus_of(two_scenes())
    vocabulary = Dataset.of(corpus, ["train"] * len(corpus.playlists)).vocabulary
    made = []

    def measured(_vocabulary, recipe, vectors, *_):
        assert [embedding() for embedding in made] == [None] * len(made)
        made.append(weakref.ref(vectors(recipe)))
        return pd.DataFrame(columns=["label_source", "value", "low", "high", "epochs"])

    monkeypatch.setattr(ablations, "_measure", measured)
    recipes = [Recipe.of("muse", dim=dim, epochs=2) for dim in (2, 3, 4)]
    to_try = [Setting("dimension", str(recipe.training.dim), recipe) for recipe in recipes]
    ablate(vocabulary, to_try, {}, n_resamples=0, seed=0)
    assert len(made) == 3
