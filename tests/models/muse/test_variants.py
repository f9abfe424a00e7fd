"""The variants of MuSE."""

import numpy as np
import pytest

from muse_lib.config import ContrastiveConfig, CountingConfig, TrainingConfig
from muse_lib.data.dataset import Dataset, Vocabulary
from muse_lib.errors import InputError
from muse_lib.models.base import unit
from muse_lib.models.muse.lists import list_vectors
from muse_lib.models.muse.variants import VARIANTS, Recipe
from muse_lib.titles.songs import song_title_vectors
from tests.helpers.worlds import corpus_of, two_scenes


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    corpus = corpus_of(two_scenes())
    return Dataset.of(corpus, np.full(len(corpus.playlists), "train")).vocabulary


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_recipe_knows_its_variant(variant):
    assert Recipe.of(variant).variant == variant


def test_a_recipe_of_the_poster_has_the_default_parameters_but_for_its_switches():
    recipe = Recipe.of("muse-artist")
    assert recipe.counting == CountingConfig(artist_augmentation=True)
    assert (recipe.training, recipe.contrastive) == (TrainingConfig(), ContrastiveConfig())


def test_a_change_reaches_every_configuration_that_has_the_parameter():
    recipe = Recipe.of("muse", smoothing=0.5, dim=8, margin=0.25)
    changed = (recipe.objective.smoothing, recipe.training.dim, recipe.contrastive.margin)
    assert changed == (0.5, 8, 0.25)


def test_an_unknown_variant_is_refused_with_the_valid_ones():
    with pytest.raises(InputError, match=r"no variant 'mouse': choose from muse, muse-artist"):
        Recipe.of("mouse")


def test_an_unknown_parameter_is_refused_with_the_valid_ones():
    with pytest.raises(InputError, match=r"no parameter 'dims'; the parameters are: alpha"):
        Recipe.of("muse", dims=8)


def test_the_pedigree_makes_the_same_recipe_again():
    recipe = Recipe.of("muse-contrastive", dim=7, seed=3)
    assert Recipe().replace(**recipe.pedigree()) == recipe


def test_the_same_recipe_trains_the_same_vectors(vocabulary):
    recipe = Recipe.of("muse-artist", dim=4, epochs=3)
    one, other = (recipe.train(vocabulary).embedding for _ in range(2))
    np.testing.assert_array_equal(one.vectors, other.vectors)


def test_muse_text_starts_from_its_presets_and_a_change_wins_over_them():
    recipe = Recipe.of("muse-text", dim=7)
    assert (recipe.objective.smoothing, recipe.training.dim) == (0.001, 7)


def test_switches_that_no_variant_has_are_refused():
    with pytest.raises(InputError, match="these switches make no variant"):
        _ = Recipe.of("muse-artist").replace(title_part=True).variant


def test_muse_text_compares_songs_by_both_what_was_trained_and_what_titles_say(vocabulary):
    recipe = Recipe.of("muse-text", dim=4, epochs=3, title_weight=0.5)
    trained = recipe.replace(title_part=False).train(vocabulary, label="without titles").embedding
    expected = trained.beside(song_title_vectors(vocabulary), 0.5)
    np.testing.assert_array_equal(recipe.train(vocabulary).embedding.vectors, expected.vectors)


def test_an_evaluation_along_the_run_sees_the_finished_vectors(vocabulary):
    recipe = Recipe.of("muse-text", dim=4, epochs=3)
    seen = []

    def look(embedding):
        seen.append(embedding.vectors)
        return {}

    trained = recipe.train(vocabulary, evaluate=look, evaluate_at=[3])
    np.testing.assert_array_equal(seen[0], trained.embedding.vectors)


def test_muse_lists_is_what_muse_text_trains_with_titles_and_lists_beside_it(vocabulary):
    recipe = Recipe.of("muse-lists", dim=4, epochs=3, list_weight=1.5, artist_bonus=0.25)
    switched_off = {"title_part": False, "list_part": False}
    trained = recipe.replace(**switched_off).train(vocabulary, label="own").embedding
    parts = {
        "titles": 0.4 * unit(song_title_vectors(vocabulary)),
        "lists": 1.5 * list_vectors(vocabulary, seed=recipe.training.seed),
    }
    expected, made = trained.joined(parts, 0.25), recipe.train(vocabulary).embedding
    np.testing.assert_array_equal(made.vectors, expected.vectors)
    np.testing.assert_array_equal(made.biases, expected.biases)
    assert made.artist_bonus == 0.25


def test_muse_lists_continues_a_scene_within_the_scene(vocabulary):
    recipe = Recipe.of("muse-lists", dim=8, title_weight=0)  # titles are numbers
    embedding = recipe.train(vocabulary).embedding
    scene = vocabulary.songs["song_id"].to_numpy() % 2
    given = np.flatnonzero(scene == 0)[:3]
    best = np.argsort(-embedding.continuation_scores(given))[:20]
    assert (scene[best] == 0).all()
