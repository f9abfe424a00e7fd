import itertools

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.data.dataset import Dataset
from muse_lib.errors import InputError
from muse_lib.evaluation import by_list
from muse_lib.evaluation.by_list import (
    LEAST,
    ListPairs,
    auc_by_list,
    judge_by_list,
    label_report,
    list_pairs,
    slices_of,
)
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.evaluation.labels import PLAYLISTS, Label, labels_of, share_a_name
from muse_lib.evaluation.pairs import SLICES, PairRule, poster_pairs
from muse_lib.models.base import Rule
from muse_lib.models.baselines import met
from tests.helpers.judged import dataset_of
from tests.helpers.worlds import corpus_of

BY_PLAYLISTS = Label(PLAYLISTS, "playlists")
N_SONGS = 10


@pytest.fixture(scope="module")
def dataset():
    return dataset_of()


@pytest.fixture(scope="module")
def held_out(dataset):
    return HeldOut.of(dataset)


@pytest.fixture(scope="module")
def labels(held_out):
    return labels_of(held_out.songs)


# Which pairs are asked

worlds = st.fixed_dictionaries(
    {
        "playlists": st.lists(
            st.sets(st.integers(0, N_SONGS - 1), min_size=2, max_size=6).map(sorted),
            min_size=4,
            max_size=8,
        ),
        "artists": st.lists(st.sampled_from("abcd"), min_size=N_SONGS, max_size=N_SONGS),
        "genres": st.lists(
            st.sampled_from(["x", "y", "x|y", ""]), min_size=N_SONGS, max_size=N_SONGS
        ),
        "labelled": st.booleans(),
        "never_met": st.booleans(),
    }
)


def double_loop(playlists, parts, world):
    """All pairs of every test list, straight from their definition: (list, i, j, similar)."""
    artists, genres, never_met = world["artists"], world["genres"], world["never_met"]
    training = [set(one) for one, part in zip(playlists, parts, strict=True) if part == "train"]
    known = set().union(*training)
    of_test = {
        number: set(one) & known
        for number, (one, part) in enumerate(zip(playlists, parts, strict=True))
        if part == "test"
    }
    everyone = set().union(*of_test.values())
    found = set()
    for number, own in of_test.items():
        for i, j in itertools.product(own, everyone):
            pair = {i, j}
            if i == j or artists[i] == artists[j]:
                continue
            if never_met and any(pair <= one for one in training):
                continue
            if world["labelled"]:
                names = [set(genres[song].split("|")) - {""} for song in (i, j)]
                kinds = {bool(names[0] & names[1])} if all(names) else set()
            else:
                apart = not any(pair <= set(one) for one in playlists)
                kinds = {True} if j in own else {False} if apart else set()
            found |= {(number, min(i, j), max(i, j), kind) for kind in kinds}
    counts = {
        number: [sum(pair[0] == number and pair[3] == kind for pair in found) for kind in (0, 1)]
        for number in of_test
    }
    return {pair for pair in found if min(counts[pair[0]]) >= 2}


@settings(max_examples=60)
@given(worlds)
def test_pairs_are_those_of_the_double_loop(world):
    """Asked for more than there are, all of them are drawn; of lists with two of either kind."""
    playlists = world["playlists"]
    parts = np.array(["train", "test", "test", *["train"] * (len(playlists) - 3)])
    n_songs = max(map(max, playlists)) + 1
    columns = {"artist": world["artists"][:n_songs], "genres": world["genres"][:n_songs]}
    corpus = corpus_of(playlists, **columns)
    held_out = HeldOut.of(Dataset.of(corpus, parts))
    label = Label("genres", "", share_a_name(held_out.songs["genres"]))
    expected = double_loop(playlists, parts, world)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(by_list, "LEAST", 2)
        try:
            drawn = list_pairs(
                held_out,
                label if world["labelled"] else BY_PLAYLISTS,
                "test",
                100,
                seed=0,
                never_met=world["never_met"],
            )
        except InputError:
            assert not expected
            return
    number = held_out.songs["song_id"].to_numpy()
    cells = list(
        zip(
            drawn.playlist.tolist(),
            number[drawn.i].tolist(),
            number[drawn.j].tolist(),
            drawn.similar.tolist(),
            strict=True,
        )
    )
    assert len(set(cells)) == len(cells)
    assert {(n, min(i, j), max(i, j), kind) for n, i, j, kind in cells} == expected


def test_no_pair_met_in_training(held_out, labels):
    for label in labels.values():
        pairs = list_pairs(held_out, label, "test", 30, seed=0)
        assert not held_out.met(pairs.i, pairs.j).any()


def test_pairs_that_met_are_there_if_asked_for(held_out):
    pairs = list_pairs(held_out, BY_PLAYLISTS, "test", 30, seed=0, never_met=False)
    assert held_out.met(pairs.i, pairs.j).any()


def test_a_list_has_at_most_as_many_pairs_of_either_kind_as_asked_for(held_out):
    pairs = list_pairs(held_out, BY_PLAYLISTS, "test", 7, seed=0)
    counts = pd.crosstab(pairs.playlist, pairs.similar)
    assert counts.to_numpy().max() == 7
    assert counts.to_numpy().min() >= LEAST


def test_pairs_stand_list_by_list(held_out):
    pairs = list_pairs(held_out, BY_PLAYLISTS, "test", 7, seed=0)
    assert (np.diff(pairs.playlist) >= 0).all()
    assert set(pairs.playlists) <= set(np.flatnonzero(held_out.parts == "test"))


def cells(pairs):
    return [pairs.i.tolist(), pairs.j.tolist(), pairs.similar.tolist(), pairs.playlist.tolist()]


def test_one_seed_gives_one_set_of_pairs_and_another_seed_another(held_out):
    one, same, other = (list_pairs(held_out, BY_PLAYLISTS, "test", 7, seed) for seed in (1, 1, 2))
    assert cells(one) == cells(same)
    assert cells(one) != cells(other)


def stated_pairs(counts):
    """Pairs of lists with so many similar and dissimilar ones."""
    playlist = np.repeat(np.arange(len(counts)), [sum(one) for one in counts])
    similar = np.concatenate([np.arange(sum(one)) < one[0] for one in counts])
    numbers = np.arange(playlist.size)
    return ListPairs(numbers, numbers + 1_000, similar, playlist)


@pytest.mark.parametrize(
    ("counts", "asked"),
    [((LEAST, LEAST), True), ((LEAST - 1, 99), False), ((99, LEAST - 1), False), ((99, 0), False)],
)
def test_a_list_with_fewer_than_five_pairs_of_a_kind_is_not_asked(counts, asked):
    pairs = stated_pairs([(20, 20), counts])
    assert (1 in pairs.where(np.ones(len(pairs), dtype=bool)).playlists) == asked


def test_where_one_kind_alone_is_left_nobody_is_asked():
    pairs = stated_pairs([(20, 20)])
    assert len(pairs.where(pairs.similar)) == 0


def test_lists_too_short_to_ask_are_refused_with_a_remedy():
    playlists = [list(range(20)), [0, 1], [2, 3]]
    dataset = Dataset.of(corpus_of(playlists), np.array(["train", "test", "test"]))
    with pytest.raises(InputError, match="none of the 2 test playlists has 5 similar and 5"):
        list_pairs(HeldOut.of(dataset), BY_PLAYLISTS, "test", 10, seed=0)


def test_a_label_that_says_nothing_asks_nobody_and_is_no_error(held_out):
    silent = Label("silent", "", lambda i, _j: (np.zeros(i.size, bool), np.zeros(i.size, bool)))
    assert len(list_pairs(held_out, silent, "test", 10, seed=0)) == 0


# How they are judged


def test_the_area_of_every_list_is_that_of_scikit_learn():
    """With ties; the lists apart from one another."""
    rng = np.random.default_rng(0)
    pairs = stated_pairs([(10, 15), (30, 5), (6, 6)])
    score = rng.integers(0, 4, len(pairs)) * 1.0
    expected = [
        sklearn.metrics.roc_auc_score(pairs.similar[one], score[one])
        for one in (pairs.playlist == number for number in range(3))
    ]
    assert_allclose(auc_by_list(score, pairs), expected)


def test_areas_carry_the_number_of_their_list(held_out):
    pairs = list_pairs(held_out, BY_PLAYLISTS, "test", 7, seed=0)
    areas = auc_by_list(np.zeros(len(pairs)), pairs)
    assert_array_equal(areas.index, pairs.playlists)
    assert (areas == 0.5).all()


def test_no_pairs_have_no_areas():
    nothing = stated_pairs([(20, 20)]).where(np.zeros(40, dtype=bool))
    assert auc_by_list(np.empty(0), nothing).empty


def test_one_huge_list_counts_no_more_than_a_short_one():
    """It is ordered wrongly throughout, and would carry the area of all pairs with it."""
    pairs = stated_pairs([(10, 10), (10, 10), (10, 10), (1_000, 1_000)])
    score = np.where(pairs.playlist < 3, pairs.similar, ~pairs.similar).astype(float)
    assert sklearn.metrics.roc_auc_score(pairs.similar, score) < 0.05
    assert auc_by_list(score, pairs).mean() == 0.75


def test_who_knows_only_who_met_is_at_chance_on_pairs_that_never_met(dataset, held_out):
    pairs = list_pairs(held_out, BY_PLAYLISTS, "test", 20, seed=0)
    assert (judge_by_list(met(dataset.vocabulary, 0), pairs) == 0.5).all()


def test_who_knows_only_who_met_is_above_chance_the_posters_way(dataset, held_out):
    """So a pair of the poster's that never co-occurred is mostly dissimilar."""
    pairs = poster_pairs(held_out, "test", PairRule(400))
    score = met(dataset.vocabulary, 0).similarity(pairs.i, pairs.j)
    assert sklearn.metrics.roc_auc_score(pairs.similar, score) > 0.6


def test_a_score_that_is_no_number_is_no_area():
    broken = Rule(lambda i, _j: np.full(i.size, np.nan), continuation_scores=None)
    assert judge_by_list(broken, stated_pairs([(9, 9)])).isna().all()


def test_slices_take_the_pairs_apart_by_their_rarer_song():
    popularity = np.array([9, 9, 3, 1, 3, 3, 3])
    pairs = ListPairs(
        np.repeat([0, 0, 2], 2 * LEAST),
        np.repeat([1, 2, 3], 2 * LEAST),
        np.arange(6 * LEAST) % 2 == 0,
        np.zeros(6 * LEAST, dtype=np.int64),
    )
    slices = slices_of(pairs, popularity)
    assert list(slices) == list(SLICES)
    assert {name: set(part.j) for name, part in slices.items()} == {
        "head": {1},
        "middle": {2},
        "tail": {3},
    }


# What labels are made of


def test_a_label_made_of_all_playlists_shows_that_dissimilar_pairs_never_met():
    """A song's names are the lists it is in, training included, as with subgenres of lists."""
    rng = np.random.default_rng(0)
    playlists = [sorted(rng.choice(60, 8, replace=False).tolist()) for _ in range(60)]
    names = [
        "|".join(str(number) for number, one in enumerate(playlists) if song in one)
        for song in range(60)
    ]
    corpus = corpus_of(playlists, playlist_genres=names)
    held_out = HeldOut.of(Dataset.of(corpus, np.resize(["train"] * 4 + ["test"], 60)))
    labels = labels_of(held_out.songs)
    report = label_report(held_out, labels, 50, 0).set_index("label_source")
    made_of_lists = report.loc["playlists' genres"]
    assert made_of_lists["met_if_dissimilar"] == 0
    assert made_of_lists["met_if_similar"] > 0.5


def test_a_label_that_comes_from_elsewhere_shows_pairs_that_met_on_both_sides(held_out, labels):
    report = label_report(held_out, labels, 50, 0).set_index("label_source")
    assert (report.loc["artists' genres", ["met_if_similar", "met_if_dissimilar"]] > 0).all()
    assert report.loc[PLAYLISTS, "met_if_dissimilar"] == 0


def test_the_report_counts_the_pairs_that_are_asked(held_out, labels):
    report = label_report(held_out, labels, 20, 0).set_index("label_source")
    for name, label in labels.items():
        asked = list_pairs(held_out, label, "test", 20, 0)
        assert report.loc[name, ["n_lists", "n_pairs"]].tolist() == [
            asked.playlists.size,
            len(asked),
        ]
