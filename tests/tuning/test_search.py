"""The search for hyper-parameters, in a world whose answer is known."""

import inspect
import json
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from muse_lib.data.dataset import Dataset
from muse_lib.errors import InputError
from muse_lib.evaluation.pairs import GENRES, PLAYLISTS, HeldOut, PairRule, labelled_pairs
from muse_lib.models.baselines import BASELINES, SEARCH
from muse_lib.models.muse.variants import VARIANTS, Recipe
from muse_lib.storage.results import Results
from muse_lib.tuning import search as grid
from muse_lib.tuning.chosen import save, selected
from muse_lib.tuning.search import Search
from muse_lib.tuning.spaces import points, spaces
from muse_lib.tuning.trials import choice, chosen, edges, effects, gains, searched
from tests.helpers.worlds import corpus_of, two_scenes

pytestmark = pytest.mark.slow

BASE = Recipe().replace(dim=8, smoothing=0.01, dissimilar_title=0.6, n_contrastive_pairs=100)
GOOD, BAD = {"learning_rate": 0.05}, {"learning_rate": 1e-9}
"""A step that learns the two scenes in a few epochs, and one that stays at random vectors."""


def parts_of(n: int) -> np.ndarray:
    """Three quarters to train on, the rest to judge."""
    return np.resize(["train", "train", "validation", "train", "train", "test", "train"], n)


def world(playlists: list[list[int]]) -> Dataset:
    corpus = corpus_of(playlists)
    titles = [("death metal", "smooth jazz")[k % 2] for k in range(len(playlists))]
    scene = np.where(corpus.songs["song_id"] % 2, "odd", "even")
    corpus = replace(
        corpus,
        playlists=corpus.playlists.assign(title=titles),
        songs=corpus.songs.assign(subgenre=scene),
    )
    return Dataset.of(corpus, parts_of(len(playlists)))


@pytest.fixture(scope="module")
def scenes() -> Dataset:
    return world(two_scenes())


def validation_pairs(dataset: Dataset) -> dict:
    held_out = HeldOut(dataset.vocabulary.songs, dataset.memberships, dataset.parts)
    rule = PairRule(n_pairs=300)
    sources = (PLAYLISTS, GENRES)
    return {source: labelled_pairs(held_out, source, "validation", rule) for source in sources}


@pytest.fixture
def search(scenes, tmp_path) -> Search:
    return Search(scenes.vocabulary, validation_pairs(scenes), BASE, epochs=20, folder=tmp_path)


@pytest.fixture(scope="module")
def shared(scenes, tmp_path_factory) -> Search:
    """The same search for all tests that only look: what one has tried, the next finds."""
    folder = tmp_path_factory.mktemp("trials")
    return Search(scenes.vocabulary, validation_pairs(scenes), BASE, epochs=20, folder=folder)


@pytest.fixture
def trainings(monkeypatch) -> list[str]:
    """The variants that were trained, in order."""
    seen = []
    train = Recipe.train

    def counted(self, *arguments, **options):
        seen.append(self.variant)
        return train(self, *arguments, **options)

    monkeypatch.setattr(Recipe, "train", counted)
    return seen


# What is tried


@pytest.mark.parametrize("size", ["small", "large"])
def test_every_variant_is_searched(size):
    assert spaces(size).keys() >= VARIANTS.keys()


def test_only_the_wanted_variants_are_searched_beside_every_baseline():
    wanted = ["muse-text", "muse"]
    assert [*spaces("small", wanted)] == ["muse", "muse-text", *SEARCH]
    assert spaces("small", wanted)["muse"] == spaces("small")["muse"]


def test_a_variant_that_there_is_not_is_refused_with_those_there_are():
    with pytest.raises(InputError, match=r"there is no variant 'glove': choose from muse, muse-ar"):
        spaces("small", ["muse", "glove"])


def test_the_large_search_starts_from_the_posters_values():
    for variant in VARIANTS:
        start = points(spaces("large")[variant], 2, seed=0)[0]
        assert Recipe.of(variant, **start) == Recipe.of(variant)


@pytest.mark.parametrize("size", ["small", "large"])
@pytest.mark.parametrize("baseline", SEARCH)
def test_a_baselines_search_starts_from_its_defaults(size, baseline):
    start = points(spaces(size)[baseline], 2, seed=0)[0]
    defaults = inspect.signature(BASELINES[baseline].fit).parameters
    assert {name: defaults[name].default for name in start} == start


def test_the_small_search_tries_six_points_of_every_model():
    """As many as a baseline's space has, so that by default all budgets are equal."""
    tried = {model: points(space, 6, seed=0) for model, space in spaces("small").items()}
    assert tried.keys() == {*VARIANTS, *SEARCH}
    assert {model: len(of_model) for model, of_model in tried.items()} == dict.fromkeys(tried, 6)


@pytest.mark.parametrize("size", ["small", "large"])
@pytest.mark.parametrize("n_points", [2, 6, 20])
def test_every_model_gets_the_same_number_of_points_unless_its_space_has_fewer(size, n_points):
    for space in spaces(size).values():
        tried = points(space, n_points, seed=0)
        assert len(tried) == min(n_points, math.prod(map(len, space.values())))
        assert len({tuple(point.items()) for point in tried}) == len(tried)


def test_all_of_a_small_space_is_tried_the_start_first():
    assert points({"dim": (3, 1), "margin": (0, 0.5)}, 9, seed=0) == [
        {"dim": 3, "margin": 0},
        {"dim": 3, "margin": 0.5},
        {"dim": 1, "margin": 0},
        {"dim": 1, "margin": 0.5},
    ]


def test_few_points_already_try_every_value_of_every_parameter():
    space = {"dim": (1, 2, 3, 4, 5), "margin": (0, 0.1, 0.2)}
    tried = pd.DataFrame(points(space, 6, seed=3)[1:])
    assert {name: set(tried[name]) for name in space} == {n: set(v) for n, v in space.items()}


def test_models_are_tried_at_like_points_of_the_parameters_they_share():
    small = spaces("small")
    plain, titled = (points(small[name], 6, seed=0) for name in ("muse", "muse-contrastive"))
    assert [{name: point[name] for name in plain[0]} for point in titled] == plain


def test_another_seed_tries_other_points_from_the_same_start():
    space = spaces("large")["muse"]
    one, other = (points(space, 6, seed) for seed in (0, 1))
    assert (one[0], one) != (other[0], other)
    assert one[0] == other[0]


def test_no_points_are_refused():
    with pytest.raises(InputError, match="0 points leave nothing to try: ask for 1 or more"):
        points({"dim": (1, 2)}, 0, seed=0)


# What is found


def test_the_better_of_two_points_is_chosen(shared):
    table = shared.run({"muse": [BAD, GOOD]})
    assert chosen(table)["point"].tolist() == [1]
    assert selected_values(table, "muse")["learning_rate"] == GOOD["learning_rate"]
    found = gains(table).set_index("label_source")
    assert (found["chosen"] > 0.85).all()
    assert found["start"].between(0.3, 0.7).all()
    assert found["n_points"].tolist() == [2, 2]


def selected_values(table, model):
    rows = choice(table)
    return rows[rows["model"] == model].set_index("parameter")["value"].to_dict()


def test_epochs_read_along_a_run_are_those_of_separate_runs(shared, tmp_path):
    """The slow twin trains anew for every number of epochs."""
    along = shared.run({"muse-contrastive": [GOOD]})
    assert along["auc"].notna().all()
    slow = [
        replace(shared, epochs=epochs, folder=tmp_path / str(epochs)).run(
            {"muse-contrastive": [GOOD]}
        )
        for epochs in (10, 20)
    ]
    expected = pd.concat([table[table["epochs"] == table["epochs"].max()] for table in slow])
    pd.testing.assert_frame_equal(along, expected.reset_index(drop=True))


def test_the_best_epochs_are_chosen_and_not_the_last(shared):
    table = shared.run({"muse": [GOOD]})
    table.loc[table["epochs"] == 10, "auc"] = 1.0
    assert selected_values(table, "muse")["epochs"] == 10


def test_of_equal_points_the_first_with_the_fewest_epochs_is_chosen(shared):
    table = shared.run({"muse": [GOOD, BAD]}).assign(auc=0.75)
    assert chosen(table)[["point", "epochs"]].to_numpy().tolist() == [[0, 10]]


def test_the_choice_does_not_look_at_genres(shared):
    table = shared.run({"muse": [BAD, GOOD]})
    table.loc[table["label_source"] == GENRES, "auc"] = 1.0 - table["point"]
    assert chosen(table)["point"].tolist() == [1]


def test_a_baseline_is_searched_like_a_variant(shared):
    table = shared.run({"muse": [GOOD], "ppmi_svd": [{"dim": 2}, {"dim": 8}]})
    assert table["model"].unique().tolist() == ["muse", "ppmi_svd"]
    assert table.loc[table["model"] == "ppmi_svd", "epochs"].isna().all()
    assert selected_values(table, "ppmi_svd").keys() == {"dim"}
    assert searched(table[table["model"] == "ppmi_svd"]) == ["dim"]


def test_the_effect_of_a_parameter_is_the_range_of_its_means():
    table = pd.DataFrame(
        {
            "model": "muse",
            "point": [0, 1, 2, 3],
            "dim": [1, 1, 2, 2],
            "margin": [0.0, 0.5, 0.0, 0.5],
            "alpha": 1.0,
            "epochs": 5.0,
            "label_source": PLAYLISTS,
            "auc": [0.5, 0.6, 0.8, 0.9],
            "reason": "",
        }
    )
    found = effects(table)
    assert found["parameter"].tolist() == ["dim", "margin"]
    assert found["effect"].tolist() == pytest.approx([0.3, 0.1])


def test_a_chosen_value_at_the_edge_of_three_or_more_is_told(shared):
    steps = [{"learning_rate": value, "dim": 8 - k} for k, value in enumerate((1e-9, 0.05, 1e-8))]
    table = shared.run({"muse": [*steps, {"learning_rate": 1e-7, "dim": 7}]})
    assert chosen(table)["point"].tolist() == [1]
    assert edges(table)["parameter"].tolist() == ["learning_rate"]


def test_a_trial_that_diverges_is_a_row_with_its_reason(shared):
    diverging = replace(shared, base=BASE.replace(optimizer="gd"))
    table = diverging.run({"muse": [{"learning_rate": 1e6}, {"learning_rate": 1e-4}]})
    lost = table[table["point"] == 0]
    assert lost["auc"].isna().all()
    assert lost["reason"].str.startswith("the loss is no longer a finite number").all()
    assert chosen(table)["point"].tolist() == [1]
    again = diverging.run({"muse": [{"learning_rate": 1e6}]})
    pd.testing.assert_frame_equal(again, lost)


def test_a_model_of_which_no_trial_could_be_read_is_not_chosen(shared):
    table = shared.run({"muse": [GOOD], "muse-contrastive": [{"dissimilar_title": -0.9}]})
    assert chosen(table)["model"].tolist() == ["muse"]
    reasons = table.loc[table["model"] == "muse-contrastive", "reason"]
    assert reasons.str.contains("no two titles have a cosine of dissimilar_title=-0.9").all()


def test_only_validation_is_looked_at(scenes, shared, tmp_path):
    """Test playlists with other titles and other songs change nothing that a search reads."""
    table = shared.run({"muse-artist-contrastive": [GOOD]})
    assert table["auc"].notna().all()
    test = np.flatnonzero(scenes.parts == "test")
    strange = len(scenes.songs) + np.arange(test.size)
    new_songs = pd.DataFrame(
        {"song_id": strange, "track": "poison", "artist": "poison", "subgenre": "odd"}
    )
    poisoned = Dataset(
        scenes.playlists.assign(
            title=scenes.playlists["title"].where(scenes.parts != "test", "poison")
        ),
        pd.concat([scenes.songs, new_songs], ignore_index=True),
        pd.concat(
            [scenes.memberships, pd.DataFrame({"playlist_id": test, "song_id": strange})],
            ignore_index=True,
        ),
    )
    other = Search(poisoned.vocabulary, validation_pairs(poisoned), BASE, 20, tmp_path / "other")
    pd.testing.assert_frame_equal(other.run({"muse-artist-contrastive": [GOOD]}), table)


# What is kept


def test_what_was_tried_is_not_trained_again(search, trainings):
    first = search.run({"muse": [GOOD, BAD], "muse-artist": [GOOD]})
    assert trainings == ["muse", "muse", "muse-artist"]
    pd.testing.assert_frame_equal(search.run({"muse": [GOOD, BAD], "muse-artist": [GOOD]}), first)
    assert len(trainings) == 3


def test_an_interrupted_search_goes_on_where_it_stopped(search, trainings, monkeypatch):
    whole = replace(search, folder=search.folder / "whole").run({"muse": [GOOD, BAD]})
    train = Recipe.train

    def interrupted(self, *arguments, **options):
        if self.training.learning_rate == BAD["learning_rate"]:
            raise KeyboardInterrupt
        return train(self, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Recipe, "train", interrupted)
        with pytest.raises(KeyboardInterrupt):
            search.run({"muse": [GOOD, BAD]})
    trainings.clear()
    pd.testing.assert_frame_equal(search.run({"muse": [GOOD, BAD]}), whole)
    assert trainings == ["muse"]


@pytest.mark.parametrize("changed", ["epochs", "base", "pairs", "vocabulary", "code"])
def test_what_belongs_to_other_inputs_is_not_used(search, trainings, changed, monkeypatch):
    search.run({"muse": [GOOD]})
    vocabulary = search.vocabulary
    others = {
        "epochs": {"epochs": 10},
        "base": {"base": BASE.replace(alpha=0.5)},
        "pairs": {"pairs": {PLAYLISTS: search.pairs[PLAYLISTS]}},
        "vocabulary": {"vocabulary": replace(vocabulary, playlists=vocabulary.playlists[:-1])},
        "code": {},
    }
    if changed == "code":
        monkeypatch.setattr(grid, "code_digest", lambda _modules: "another")
    replace(search, **others[changed]).run({"muse": [GOOD]})
    assert trainings == ["muse", "muse"]


@pytest.mark.parametrize("model", [*VARIANTS, "title_mean", "ppmi_svd"])
def test_another_title_model_is_another_trial_of_what_reads_titles(search, model, monkeypatch):
    """Whatever its folder is called: what is in it counts."""
    point = {"dim": 4} if model == "ppmi_svd" else {}
    for digest in ("of one model", "of one model", "of another"):
        encoder = SimpleNamespace(digest=digest)
        monkeypatch.setattr(grid, "TitleModel", lambda _name, encoder=encoder: encoder)
        replace(search, epochs=1).run({model: [point]})
    reads_titles = model not in ("muse", "muse-artist", "ppmi_svd")
    assert len(list(search.folder.iterdir())) == 1 + reads_titles


def test_a_baseline_reads_titles_with_the_model_of_the_search(search):
    elsewhere = replace(search, base=BASE.replace(title_model="./nowhere"))
    with pytest.raises(InputError, match=r"title_model='\./nowhere' is not the folder"):
        elsewhere.run({"title_mean": [{}]})


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda _kept: "{", r"muse-\w+\.json is damaged .*: delete muse-\w+\.json to try that"),
        (lambda _kept: "[]", r"is damaged \(it holds no outcome\): delete"),
        (lambda kept: json.dumps({"key": kept["key"]}), r"damaged \(it holds no outcome\): delete"),
        (
            lambda kept: json.dumps(kept | {"outcome": {"readings": [{"epochs": "few"}]}}),
            r"damaged \(it holds no outcome\): delete",
        ),
        (lambda kept: json.dumps(kept | {"key": {}}), "belongs to another trial: delete"),
    ],
)
def test_a_damaged_outcome_is_refused_with_a_sentence(search, damage, sentence):
    search.run({"muse": [GOOD]})
    (path,) = search.folder.iterdir()
    path.write_text(damage(json.loads(path.read_text())))
    with pytest.raises(InputError, match=sentence):
        search.run({"muse": [GOOD]})


# What later notebooks read


def test_what_is_chosen_is_read_back_as_it_was(search, tmp_path):
    results = Results(str(tmp_path / "results"))
    point = {"learning_rate": 0.05, "dim": 4, "contrastive_weight": 1000, "margin": 0.25}
    table = search.run({"muse-contrastive": [point], "ppmi_svd": [{"dim": 8}]})
    save(results, choice(table))
    read = selected(results, "muse-contrastive")
    assert read == point | {"epochs": chosen(table)["epochs"][0]}
    assert type(read["dim"]) is type(read["epochs"]) is int
    assert selected(results, "ppmi_svd") == {"dim": 8}
    recipe = Recipe.of("muse-contrastive").replace(**read)
    assert (recipe.training.dim, recipe.contrastive.margin) == (4, 0.25)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("model,parameter,value\nmuse,dim,50\n", "chooses nothing for 'muse-artist'"),
        ("model,parameter\nmuse-artist,dim\n", "has no column 'value'"),
        ("model,parameter,value\nmuse-artist,dim,long\n", "gives dim of 'muse-artist' no number"),
        (None, r"hyperparameters\.csv is missing: run notebooks/04_grid_search\.ipynb first"),
    ],
)
def test_a_choice_that_cannot_be_read_is_refused(tmp_path, written, sentence):
    results = Results(str(tmp_path))
    if written is not None:
        results.new("tables/hyperparameters.csv").write_text(written)
    with pytest.raises(InputError, match=sentence):
        selected(results, "muse-artist")
