"""The trials of a search, in a world whose answer is known."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from muse_lib.data.dataset import Dataset
from muse_lib.errors import InputError
from muse_lib.evaluation.measurement import validation_judge
from muse_lib.models.muse.variants import VARIANTS, Recipe
from muse_lib.tuning import search as searching
from muse_lib.tuning.search import Search, Trial
from muse_lib.tuning.spaces import Space
from muse_lib.tuning.trials import best_trials, choices
from muse_lib.tuning.widening import explored
from tests.helpers.worlds import corpus_of, two_scenes

pytestmark = pytest.mark.slow

BASE = Recipe().replace(dim=8, smoothing=0.01, dissimilar_title=0.6, n_contrastive_pairs=100)
GOOD, BAD = {"learning_rate": 0.05}, {"learning_rate": 1e-9}
"""A step that learns the two scenes in a few epochs, and one that stays at random vectors."""

RULE = {"n_each": 40}


def parts_of_world(n: int) -> np.ndarray:
    """Three quarters to train on, the rest to judge."""
    return np.resize(["train", "train", "validation", "train", "train", "test", "train"], n)


def world(playlists: list[list[int]]) -> Dataset:
    corpus = corpus_of(playlists)
    titles = [("death metal", "smooth jazz")[k % 2] for k in range(len(playlists))]
    corpus = replace(corpus, playlists=corpus.playlists.assign(title=titles))
    return Dataset.of(corpus, parts_of_world(len(playlists)))


def search_of(dataset: Dataset, folder) -> Search:
    return Search(dataset, validation_judge(dataset, 0, **RULE), RULE, BASE, folder)


def muse(point, *read_at, model="muse") -> Trial:
    return Trial(model, point, read_at or (10, 20))


@pytest.fixture(scope="module")
def scenes() -> Dataset:
    return world(two_scenes())


@pytest.fixture
def search(scenes, tmp_path) -> Search:
    return search_of(scenes, tmp_path)


@pytest.fixture(scope="module")
def shared(scenes, tmp_path_factory) -> Search:
    """The same search for all tests that only look: what one has tried, the next finds."""
    return search_of(scenes, tmp_path_factory.mktemp("trials"))


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


# What is found


def test_the_better_of_two_points_is_best_for_both_purposes(shared):
    best = best_trials(shared.run([muse(BAD), muse(GOOD)]))
    assert best[["purpose", "point"]].to_numpy().tolist() == [["pairs", 1], ["ranking", 1]]
    assert (best.loc[best["purpose"] == "pairs", "value"] > 0.6).all()


def test_epochs_read_along_a_run_are_those_of_separate_runs(shared):
    """The slow twin trains anew for every number of epochs."""
    model = "muse-contrastive"
    along = shared.run([muse(GOOD, model=model)])
    assert along["value"].notna().all()
    slow = [shared.run([muse(GOOD, epochs, model=model)]) for epochs in (10, 20)]
    pd.testing.assert_frame_equal(along, pd.concat(slow, ignore_index=True))


def test_a_longer_run_of_a_point_adds_to_its_readings(shared):
    table = shared.run([muse(GOOD), muse(BAD), muse(GOOD, 30)])
    of_pairs = table[table["purpose"] == "pairs"]
    assert of_pairs[["point", "epochs"]].to_numpy().tolist() == [
        [0, 10],
        [0, 20],
        [0, 30],
        [1, 10],
        [1, 20],
    ]


def test_a_rival_is_tried_like_a_variant(shared):
    rival = [Trial("ppmi_svd", {"dim": 2}), Trial("ppmi_svd", {"dim": 8})]
    table = shared.run([muse(GOOD), *rival])
    assert table["model"].unique().tolist() == ["muse", "ppmi_svd"]
    assert table.loc[table["model"] == "ppmi_svd", "epochs"].isna().all()


def test_rounds_of_a_rival_read_along_a_run_are_those_of_separate_runs(shared):
    along = shared.run([Trial("als", {"factors": 2}, (1, 3))])
    slow = [shared.run([Trial("als", {"factors": 2}, (rounds,))]) for rounds in (1, 3)]
    pd.testing.assert_frame_equal(along, pd.concat(slow, ignore_index=True))


def test_a_rival_that_only_continues_playlists_is_tuned_for_that_alone(shared):
    trials = [Trial("playlist_knn", {"k": k}, purposes=("ranking",)) for k in (1, 5)]
    found = choices(shared.run(trials))
    assert found["purpose"].unique().tolist() == ["ranking"]


def test_a_trial_that_diverges_is_a_row_with_its_reason(shared):
    diverging = replace(shared, base=BASE.replace(optimizer="gd"))
    table = diverging.run([muse({"learning_rate": 1e6}), muse({"learning_rate": 1e-4})])
    lost = table[table["point"] == 0]
    assert lost["value"].isna().all()
    assert lost["reason"].str.startswith("the loss is no longer a finite number").all()
    assert best_trials(table)["point"].tolist() == [1, 1]
    again = diverging.run([muse({"learning_rate": 1e6})])
    pd.testing.assert_frame_equal(again, lost)


def test_a_model_of_which_nothing_could_be_judged_is_not_chosen(shared):
    impossible = muse({"dissimilar_title": -0.9}, model="muse-contrastive")
    table = shared.run([muse(GOOD), impossible])
    assert best_trials(table)["model"].unique().tolist() == ["muse"]
    reasons = table.loc[table["model"] == "muse-contrastive", "reason"]
    assert reasons.str.contains("no two titles have a cosine of dissimilar_title=-0.9").all()


def test_only_validation_is_looked_at(scenes, shared, tmp_path):
    """Test playlists with other titles and other songs change nothing that a search reads."""
    trial = muse(GOOD, model="muse-artist-contrastive")
    table = shared.run([trial])
    assert table["value"].notna().all()
    test = np.flatnonzero(scenes.parts == "test")
    strange = len(scenes.songs) + np.arange(test.size)
    new_songs = pd.DataFrame({"song_id": strange, "track": "poison", "artist": "poison"})
    poisoned = replace(
        scenes,
        playlists=scenes.playlists.assign(
            title=scenes.playlists["title"].where(scenes.parts != "test", "poison")
        ),
        songs=pd.concat([scenes.songs, new_songs], ignore_index=True),
        memberships=pd.concat(
            [scenes.memberships, pd.DataFrame({"playlist_id": test, "song_id": strange})],
            ignore_index=True,
        ),
    )
    other = search_of(poisoned, tmp_path)
    pd.testing.assert_frame_equal(other.run([trial]), table)


# Side information


def test_weights_are_searched_beside_a_rival(shared):
    """As many candidates as asked for, of the pairs of weights."""
    space = Space({"regularization": (1, 10)})
    table = explored(shared, {"ease": space}, n_candidates=9, n_widenings=0)
    assert table["model"].unique().tolist() == [
        *("ease", "ease+artist", "ease+titles", "ease+artist+titles")
    ]
    assert table["value"].notna().all()
    found = choices(table[table["model"] == "ease+artist+titles"])
    of_pairs = found[found["purpose"] == "pairs"].set_index("parameter")
    assert of_pairs.index.tolist() == ["regularization", "artist_weight", "title_weight"]
    assert of_pairs["n_candidates"].unique().tolist() == [9]


# What is kept


def test_what_was_tried_is_not_trained_again(search, trainings):
    trials = [muse(GOOD), muse(BAD), muse(GOOD, model="muse-artist")]
    first = search.run(trials)
    assert trainings == ["muse", "muse", "muse-artist"]
    pd.testing.assert_frame_equal(search.run(trials), first)
    assert len(trainings) == 3


def test_an_interrupted_search_goes_on_where_it_stopped(search, trainings, monkeypatch):
    trials = [muse(GOOD), muse(BAD)]
    whole = replace(search, folder=search.folder / "whole").run(trials)
    train = Recipe.train

    def interrupted(self, *arguments, **options):
        if self.training.learning_rate == BAD["learning_rate"]:
            raise KeyboardInterrupt
        return train(self, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Recipe, "train", interrupted)
        with pytest.raises(KeyboardInterrupt):
            search.run(trials)
    trainings.clear()
    pd.testing.assert_frame_equal(search.run(trials), whole)
    assert trainings == ["muse"]


@pytest.mark.parametrize("changed", ["base", "judge", "playlists", "code"])
def test_what_belongs_to_other_inputs_is_not_used(search, trainings, changed, monkeypatch):
    search.run([muse(GOOD)])
    fewer = search.dataset.memberships.iloc[:-1]
    others = {
        "base": {"base": BASE.replace(alpha=0.5)},
        "judge": {"judged_by": RULE | {"n_each": 30}},
        "playlists": {"dataset": replace(search.dataset, memberships=fewer)},
        "code": {},
    }
    if changed == "code":
        monkeypatch.setattr(searching, "code_digest", lambda _modules: "another")
    replace(search, **others[changed]).run([muse(GOOD)])
    assert trainings == ["muse", "muse"]


@pytest.mark.parametrize("model", [*VARIANTS, "ppmi_svd", "ease+titles"])
def test_another_title_model_is_another_trial_of_what_reads_titles(search, model, monkeypatch):
    """Whatever its folder is called: what is in it counts."""
    point = {"ppmi_svd": {"dim": 4}, "ease+titles": {"title_weight": 1}}.get(model, {})
    read_at = (1,) if model in VARIANTS else ()
    for digest in ("of one model", "of one model", "of another"):
        encoder = SimpleNamespace(digest=digest)
        monkeypatch.setattr(searching, "TitleModel", lambda _name, encoder=encoder: encoder)
        replace(search).run([Trial(model, point, read_at)])
    reads_titles = model not in ("muse", "muse-artist", "ppmi_svd")
    assert len(list(search.folder.iterdir())) == 1 + reads_titles


def test_titles_beside_a_rival_are_read_with_the_model_of_the_search(search):
    elsewhere = replace(search, base=BASE.replace(title_model="./nowhere"))
    with pytest.raises(InputError, match=r"title_model='\./nowhere' is not the folder"):
        elsewhere.run([Trial("ease+titles", {"title_weight": 1})])


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda _kept: "{", r"muse-\w+\.json is damaged .*: delete muse-\w+\.json to try that"),
        (lambda _kept: "[]", r"is damaged \(it has no valid outcome\): delete"),
        (lambda kept: json.dumps({"key": kept["key"]}), r"\(it has no valid outcome\): delete"),
        (
            lambda kept: json.dumps(kept | {"outcome": {"scores": [{"rounds": "few"}]}}),
            r"damaged \(it has no valid outcome\): delete",
        ),
        (lambda kept: json.dumps(kept | {"key": {}}), "belongs to another trial: delete"),
    ],
)
def test_a_damaged_outcome_is_refused_with_a_sentence(search, damage, sentence):
    search.run([muse(GOOD, 1)])
    (path,) = search.folder.iterdir()
    path.write_text(damage(json.loads(path.read_text())))
    with pytest.raises(InputError, match=sentence):
        search.run([muse(GOOD, 1)])
