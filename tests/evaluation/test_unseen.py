"""Songs that training does not know: who is asked, what a method may see, and the figures."""

import weakref
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import psutil
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.config import EvaluationConfig
from muse_lib.data.dataset import Dataset, Vocabulary
from muse_lib.errors import InputError
from muse_lib.evaluation import new_songs, ranking, taken_out, unseen
from muse_lib.evaluation.benchmark import Figures
from muse_lib.evaluation.continuations import HALF, continuations
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.evaluation.measurement import AUC, NDCG
from muse_lib.evaluation.new_songs import NewSongs, Placed
from muse_lib.models.base import OnDemand, Rule, Vectors
from muse_lib.models.muse.variants import Recipe
from muse_lib.models.unseen.methods import DEFAULT, METHODS
from tests.helpers.worlds import corpus_of

RECIPE = Recipe.of("muse", dim=4, epochs=30, smoothing=0.01)
CONFIG = EvaluationConfig(n_pairs_per_list=50, n_resamples=200)
N_SONGS, N_LISTS = 1200, 60


def world(titles=None, n_songs=N_SONGS):
    """Lists of even or of odd songs; an artist has songs of one scene, some have one song."""
    rng = np.random.default_rng(0)
    lists = [
        sorted((2 * rng.choice(n_songs // 2, 20, replace=False) + k % 2).tolist())
        for k in range(N_LISTS)
    ]
    lists.append([n_songs - 1])  # so that there are so many songs
    artists = [
        f"artist {song % 2} {song // 2 % 40}" if song % 5 else f"nobody {song}"
        for song in range(n_songs)
    ]
    corpus = corpus_of(lists, artist=artists)
    if titles is not None:
        corpus = replace(corpus, playlists=corpus.playlists.assign(title=titles))
    parts = np.array(["train", "train", "train", "train", "validation", "test"])
    return Dataset.of(corpus, parts[np.arange(N_LISTS + 1) // 2 % 6])


@pytest.fixture(scope="module")
def dataset():
    return world()


@pytest.fixture(scope="module")
def text():
    return Vectors(np.random.default_rng(1).normal(size=(N_SONGS, 6))).unit


@pytest.fixture(scope="module")
def embedding(dataset):
    return RECIPE.train(dataset.vocabulary).embedding


@pytest.fixture(scope="module")
def new(dataset, embedding, text):
    return NewSongs.of(dataset, "test", embedding, text)


@pytest.fixture(scope="module")
def fitted(new):
    return {name: method(new.known, seed=0) for name, method in METHODS.items()}


# Who is asked


def test_the_new_songs_are_those_of_test_lists_that_no_training_list_holds(dataset, new):
    members = dataset.memberships
    part = dataset.parts[members["playlist_id"]]
    trained = {*members.loc[part == "train", "song_id"]}
    expected = {*members.loc[part == "test", "song_id"]} - trained
    assert {*new.held_out.songs["song_id"][new.is_new]} == expected != set()
    assert {*new.held_out.songs["song_id"][~new.is_new]} == trained


def test_known_songs_come_first_in_the_numbering_of_the_vectors(dataset, new, embedding):
    songs = new.held_out.songs["song_id"][: new.n_known].tolist()
    assert songs == dataset.vocabulary.songs["song_id"].tolist()
    assert_allclose(new.known.vectors, embedding.unit)


def test_every_kind_of_pair_holds_what_its_name_says(new):
    kinds = new_songs.pairs_of_new(new, 100, 0)
    for kind, pairs in kinds.items():
        n_new = new.is_new[pairs.i].astype(int) + new.is_new[pairs.j]
        assert {*n_new} <= {2 if kind.startswith(new_songs.WITH_UNSEEN) else 1}
        artist = new.has_artist[pairs.i] & new.has_artist[pairs.j]
        if kind.endswith(new_songs.KNOWN_ARTIST):
            assert artist.all()
        assert (new.held_out.met(pairs.i, pairs.j) == 0).all()
        assert not new.held_out.same_artist(pairs.i, pairs.j).any()
    assert len(kinds[new_songs.WITH_SEEN])
    assert len(kinds[new_songs.WITH_UNSEEN])


def test_the_shares_of_the_coverage_are_of_the_songs_of_test_lists(dataset, new):
    share = new.coverage.set_index("songs")["share"]
    members = dataset.memberships
    asked = members.loc[dataset.parts[members["playlist_id"]] == "test", "song_id"].unique()
    trained = np.isin(asked, dataset.vocabulary.songs["song_id"]).mean()
    assert share["trained"] == pytest.approx(trained)
    assert share.sum() == pytest.approx(1)


def test_of_many_lists_some_are_drawn_and_only_their_new_songs_are_asked(dataset, embedding, text):
    some = NewSongs.of(dataset, "test", embedding, text, n_lists=2, seed=0)
    members, asked = dataset.memberships, np.flatnonzero(some.held_out.parts == "test")
    assert asked.size == 2 < (dataset.parts == "test").sum()
    theirs = {*members.loc[members["playlist_id"].isin(asked), "song_id"]}
    new_ids = {*some.held_out.songs["song_id"][some.is_new]}
    assert new_ids == theirs - {*dataset.vocabulary.songs["song_id"]} != set()


def test_of_all_models_one_is_in_memory_at_a_time(new, fitted):
    alive = []

    class Watched(Placed):
        def continuation_scores(self, given):
            alive.append(sum(reference() is not None for reference in made))
            return super().continuation_scores(given)

    made = []

    def maker(estimates):
        placed = new.placed(estimates)
        watched = Watched(placed.embedding, placed.is_new)
        made.append(weakref.ref(watched))
        return watched

    estimates = new.estimates(fitted)
    new_songs.ranked(
        OnDemand({name: partial(maker, one) for name, one in estimates.items()}), new, 0
    )
    assert len(made) == len(estimates)
    assert max(alive) <= 2  # the next is made before the last is let go


# What a method may see


def estimates_of(dataset, embedding, text, part="test"):
    new = NewSongs.of(dataset, part, embedding, text)
    fitted = {name: method(new.known, seed=0) for name, method in METHODS.items()}
    songs = new.held_out.songs["song_id"][new.is_new]
    return songs, new.estimates(fitted)


def test_titles_of_held_out_lists_change_no_figure(dataset, embedding, text):
    renamed = world([f"other {k}" for k in range(N_LISTS + 1)])
    one, other = (
        unseen.measure(data, embedding, text, RECIPE, CONFIG, 0)[0].by_list
        for data in (dataset, renamed)
    )
    pd.testing.assert_frame_equal(one, other)


def test_who_shares_a_held_out_list_with_whom_changes_no_estimate(dataset, embedding, text):
    """The songs of all test lists are dealt anew: what is to be found is another thing."""
    members = dataset.memberships.copy()
    tested = dataset.parts[members["playlist_id"]] == "test"
    shuffled = np.random.default_rng(2).permutation(members.loc[tested, "song_id"].to_numpy())
    members.loc[tested, "song_id"] = shuffled
    dealt = replace(dataset, memberships=members.drop_duplicates(ignore_index=True))
    songs, one = estimates_of(dataset, embedding, text)
    same, other = estimates_of(dealt, embedding, text)
    assert songs.tolist() == same.tolist()
    for name in METHODS:
        assert_array_equal(one[name], other[name])


def test_what_is_hidden_of_a_list_changes_no_score(dataset, new, fitted, embedding, text):
    """The hidden half is taken off the list; the same songs are given."""
    case = continuations(new.held_out, "test", 0, [HALF])[0]
    ids = new.held_out.songs["song_id"].to_numpy()
    members = dataset.memberships
    hidden = (members["playlist_id"] == case.playlist_id) & members["song_id"].isin(
        ids[case.hidden]
    )
    fewer = replace(dataset, memberships=members[~hidden].reset_index(drop=True))
    other = NewSongs.of(fewer, "test", embedding, text)
    place = pd.Series(np.arange(len(other.is_new)), index=other.held_out.songs["song_id"])
    both = np.isin(ids, place.index)
    one = new.models(new.estimates(fitted), 0, {})[DEFAULT].continuation_scores(case.given)
    two = other.models(other.estimates(fitted), 0, {})[DEFAULT].continuation_scores(
        place[ids[case.given]].to_numpy()
    )
    assert hidden.any()
    assert_allclose(two[place[ids[both]].to_numpy()], one[both], rtol=1e-6, atol=1e-7)


# Figures


def test_a_method_that_knows_the_artist_is_above_chance_and_random_vectors_are_not(new, fitted):
    models = new.models(new.estimates(fitted), 0, {})
    pairs = new_songs.pairs_of_new(new, 200, 0)[f"{new_songs.WITH_SEEN}: artist known"]
    auc = {name: unseen.judge_by_list(models[name], pairs).mean() for name in models}
    assert auc["artist mean"] > 0.8
    assert auc[DEFAULT] > 0.8
    assert auc[new_songs.WITHOUT] == auc[new_songs.SAME_ARTIST] == 0.5
    assert auc[new_songs.RANDOM] == pytest.approx(0.5, abs=0.1)


def test_ndcg_of_the_joint_catalogue_is_that_of_the_ranking(new, fitted):
    models = {DEFAULT: new.models(new.estimates(fitted), 0, {})[DEFAULT]}
    table = new_songs.ranked(models, new, 0)
    ours = table[(table["kind"] == new_songs.JOINT) & (table["metric"] == NDCG)]
    cases = continuations(new.held_out, "test", 0, [HALF])
    popularity = np.append(new.known.popularity, np.ones(len(new.newcomers), int))
    per_list, _ = ranking.rank(models, cases, new.held_out.artist, popularity, 0)
    expected = per_list.loc[per_list["metric"] == NDCG, "value"].to_numpy()
    assert_allclose(ours["value"], expected)


def test_whoever_puts_the_hidden_songs_first_finds_all(new):
    cases = {case.given.tobytes(): case for case in continuations(new.held_out, "test", 0, [HALF])}

    def knows(given):
        return np.isin(np.arange(new.is_new.size), cases[given.tobytes()].hidden).astype(float)

    table = new_songs.ranked({"knows": Rule(lambda i, _: i, knows)}, new, 0)
    assert_allclose(table["value"], 1)


def test_a_longer_vector_finds_more_unseen_and_fewer_seen_songs(new, fitted):
    estimates = {DEFAULT: new.estimates(fitted)[DEFAULT]}
    table = new_songs.ranked({DEFAULT: new.placed(estimates[DEFAULT])}, new, 0, (0.1, 10.0))
    value = table[table["kind"] == new_songs.JOINT].groupby(["metric", "length"])["value"].mean()
    unseen_ndcg = value[NDCG]
    assert unseen_ndcg[0.1] != unseen_ndcg[10.0]
    models = new.models(estimates, 0, {DEFAULT: 0.5})
    given = np.array([0, 1])
    plain = new.models(estimates, 0, {})[DEFAULT].continuation_scores(given)
    half = models[DEFAULT].continuation_scores(given)
    assert_allclose(half, np.where(new.is_new, plain / 2, plain))


def test_the_length_is_the_shortest_that_is_as_good_as_the_best_by_both_recalls():
    rows = [
        (DEFAULT, length, metric, value)
        for length, seen, hidden in ((1.0, 0.6, 0.1), (1.2, 0.5, 0.395), (1.4, 0.4, 0.5))
        for metric, value in (
            *((new_songs.RECALL_SEEN, seen), (new_songs.RECALL_UNSEEN, hidden)),
            (NDCG, length),
        )
    ]
    table = pd.DataFrame(rows, columns=["model", "length", "metric", "value"])
    assert new_songs.best_lengths(table) == {DEFAULT: 1.2}


# Where lists are continued by product


LISTS = Recipe.of("muse-lists", dim=4, epochs=30, smoothing=0.01)


@pytest.fixture(scope="module")
def of_lists(dataset, text):
    return NewSongs.of(dataset, "test", LISTS.train(dataset.vocabulary).embedding, text)


def test_known_songs_have_the_scores_of_the_model_itself(of_lists):
    estimates = METHODS[DEFAULT](of_lists.known)(of_lists.newcomers)
    given = np.array([0, 5, 9])
    scores = of_lists.placed(estimates, 1.4).continuation_scores(given)
    expected = of_lists.trained.continuation_scores(given)
    assert_allclose(scores[: of_lists.n_known], expected, rtol=1e-5, atol=1e-6)


def test_a_new_song_scores_as_long_and_as_common_as_songs_are(of_lists):
    """Song by song: its product counts what the length says, its bias and its bonus do not."""
    estimates = METHODS[DEFAULT](of_lists.known)(of_lists.newcomers)
    trained, given = of_lists.trained, np.array([0, 5, 9])
    scores = of_lists.placed(estimates, 1.4).continuation_scores(given)
    centroid = trained.vectors[given].mean(axis=0)
    length = np.median(np.linalg.norm(trained.vectors, axis=1))
    for k in range(20):
        v = length * estimates[k] / np.linalg.norm(estimates[k])
        same = np.mean(of_lists.known.artist[given] == of_lists.newcomers.artist[k])
        bonus = trained.artist_bonus * same
        expected = 1.4 * v @ centroid + np.median(trained.biases) + bonus
        assert scores[of_lists.n_known + k] == pytest.approx(expected, abs=1e-5)


def test_estimates_are_of_vectors_as_they_stand_and_tell_songs_apart(of_lists):
    trained = of_lists.trained
    lengths = np.linalg.norm(trained.vectors, axis=1)
    assert_allclose(of_lists.known.vectors * np.median(lengths), trained.vectors, rtol=1e-5)
    placed = of_lists.placed(METHODS["artist mean"](of_lists.known)(of_lists.newcomers))
    pairs = new_songs.pairs_of_new(of_lists, 200, 0)[f"{new_songs.WITH_SEEN}: artist known"]
    assert unseen.judge_by_list(placed, pairs).mean() > 0.7  # 0.5 is chance


def test_vectors_too_long_for_the_memory_are_refused_with_what_to_lower(
    monkeypatch, dataset, embedding, text
):
    none = psutil.virtual_memory()._replace(available=0)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: none)
    sentence = r"vectors of \d+ numbers needs about 0.0 GB, but only 0.0 GB .* placed_in=muse, or"
    with pytest.raises(InputError, match=sentence):
        unseen.measure(dataset, embedding, text, RECIPE, EvaluationConfig(), 0)


def test_what_the_model_cannot_place_comes_last(of_lists):
    scores = of_lists.models({}, 0, {})[new_songs.WITHOUT].continuation_scores(np.array([0]))
    assert scores[of_lists.is_new].max() < scores[~of_lists.is_new].min()


def test_the_part_that_was_trained_is_as_the_objective_has_it(dataset, text):
    vocabulary = dataset.vocabulary
    gone = taken_out.TakenOut.of(vocabulary, LISTS, text, 0)
    kept = taken_out.without_songs(vocabulary, gone.out)
    trained = LISTS.train(kept).embedding
    one, other = (
        gone.vectors[name][gone.out] for name in (taken_out.IN_OBJECTIVE, taken_out.LIST_ALONE)
    )
    own, lists = trained.columns("own"), trained.columns("lists")
    assert_allclose(Vectors(one[:, lists]).unit, Vectors(other[:, lists]).unit, atol=1e-6)
    assert not np.allclose(Vectors(one[:, own]).unit, Vectors(other[:, own]).unit, atol=0.01)


# Songs taken out


def test_songs_are_taken_out_of_every_list_and_the_others_keep_their_order(dataset):
    vocabulary = dataset.vocabulary
    out = taken_out.taken_out(len(vocabulary.songs), 0)
    kept = taken_out.without_songs(vocabulary, out)
    names = vocabulary.songs["song_id"].to_numpy()
    expected = [[names[song] for song in songs if not out[song]] for songs in vocabulary.playlists]
    made = [kept.songs["song_id"].to_numpy()[songs].tolist() for songs in kept.playlists]
    assert made == [songs for songs in expected if songs]
    assert 0.2 < out.mean() < 0.4


def test_a_list_that_is_left_empty_goes_with_its_title():
    songs = pd.DataFrame({"track": [*"abc"], "artist": ["x"] * 3})
    lists = [np.array([0, 1], np.int32), np.array([2], np.int32)]
    kept = taken_out.without_songs(
        Vocabulary(songs, lists, ["one", "two"]), np.array([False, False, True])
    )
    assert (kept.titles, len(kept.songs)) == (["one"], 2)


@pytest.fixture(scope="module")
def gone(dataset, text):
    return taken_out.TakenOut.of(dataset.vocabulary, RECIPE, text, 0)


def test_songs_that_stayed_are_where_training_without_the_others_put_them(dataset, gone):
    kept = taken_out.without_songs(dataset.vocabulary, gone.out)
    expected = RECIPE.train(kept).embedding.unit
    for vectors in gone.vectors.values():
        assert_allclose(vectors[~gone.out], expected)


def test_a_song_is_put_on_a_training_list_that_holds_it(dataset, gone):
    vocabulary = dataset.vocabulary
    lists = taken_out._one_list_each(vocabulary, gone.out, 0)
    kept = np.flatnonzero(~gone.out)
    for song, shown in zip(np.flatnonzero(gone.out), lists, strict=True):
        holding = [
            set(songs.tolist()) - set(np.flatnonzero(gone.out).tolist())
            for songs in vocabulary.playlists
            if song in songs
        ]
        assert set(kept[shown].tolist()) in holding


def test_a_list_places_songs_better_than_names_that_say_nothing(text):
    dense = world(n_songs=400)
    gone = taken_out.TakenOut.of(dense.vocabulary, RECIPE, text, 0)
    pairs = taken_out.pairs_of_out(HeldOut.of(dense), gone.out, 100, 0)
    assert (gone.out[pairs.i] != gone.out[pairs.j]).all()
    auc = {
        name: unseen.judge_by_list(Vectors(one), pairs).mean() for name, one in gone.vectors.items()
    }
    for name in (taken_out.IN_ONE_LIST, taken_out.LIST_ALONE, taken_out.IN_OBJECTIVE):
        assert auc[name] > 0.7
    assert auc["text regression"] < 0.65


# Both together


@pytest.fixture(scope="module")
def figures(dataset, embedding, text):
    measurement, _, _ = unseen.measure(dataset, embedding, text, RECIPE, CONFIG, 0)
    return Figures([measurement], 200, 0)


def test_every_method_and_control_has_its_row(figures):
    table = unseen.table_of(figures, unseen.PAIRS_OF_NEW)
    expected = {*METHODS, *new_songs.CONTROLS, new_songs.WITHOUT}
    assert {*table["model"]} == expected
    whole = table[table["kind"] == new_songs.WITH_SEEN]
    assert whole.groupby("is")["model"].nunique().to_dict() == {
        **{"method": len(METHODS), "control": len(new_songs.CONTROLS), "reference": 1}
    }
    assert whole["low"].le(whole["value"]).all()


def test_a_difference_is_that_of_two_rows(figures):
    table = unseen.table_of(figures, unseen.PAIRS_OF_NEW)
    value = table[table["kind"] == new_songs.WITH_SEEN].set_index("model")["value"]
    for row in unseen.differences(figures).itertuples():
        if row.kind == new_songs.WITH_SEEN:
            assert row.difference == pytest.approx(value[DEFAULT] - value[row.other])


def test_what_was_promised_stands_beside_what_came_of_it(figures):
    table = unseen.confidence_table(figures)
    assert [*table.columns] == ["confidence", "promised", "value", "low", "high", "n_lists"]
    for row in table.itertuples():
        low, high = new_songs.CONFIDENCES[row.confidence]
        assert low <= row.promised < high


def test_the_mean_over_splits_is_of_each_row():
    one = pd.DataFrame({"model": ["b", "a"], "value": [1.0, 2.0]})
    other = one.assign(value=[3.0, 6.0])
    made = unseen.mean_over_splits([one, other], ["model"], "value")
    assert made.to_dict("list") == {"model": ["b", "a"], "value": [2.0, 4.0]}


def test_the_recipe_of_vectors_is_read_from_them(embedding, tmp_path):
    embedding.save(tmp_path, RECIPE.pedigree())
    assert unseen.trained_by(tmp_path) == RECIPE


def test_areas_are_of_the_metric_that_the_study_knows(figures):
    assert {*unseen.table_of(figures, unseen.PAIRS_OF_OUT)["metric"]} == {AUC}


def test_where_training_knows_every_song_the_other_questions_are_still_answered(dataset, text):
    members, parts = dataset.memberships, dataset.parts
    trained = members.loc[parts[members["playlist_id"]] == "train", "song_id"]
    known = replace(dataset, memberships=members[members["song_id"].isin(trained)])
    embedding = RECIPE.train(known.vocabulary).embedding
    measurement, lengths, coverage = unseen.measure(known, embedding, text, RECIPE, CONFIG, 0)
    figures = Figures([measurement], 200, 0)
    assert len(unseen.table_of(figures, unseen.PAIRS_OF_NEW)) == 0
    assert len(unseen.differences(figures)) == len(unseen.confidence_table(figures)) == 0
    assert len(unseen.table_of(figures, unseen.PAIRS_OF_OUT))
    assert new_songs.best_lengths(lengths).keys() == METHODS.keys()
    assert coverage["share"].tolist() == [1, 0, 0]
