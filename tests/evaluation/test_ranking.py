import math

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from muse_lib.data.dataset import Dataset
from muse_lib.data.sampling import split
from muse_lib.evaluation.continuations import GIVEN, Continuation, continuations
from muse_lib.evaluation.pairs import HeldOut, popularity_slices
from muse_lib.evaluation.ranking import (
    Catalogue,
    coverage,
    first_songs,
    metrics,
    rank,
    scores_of,
)
from muse_lib.models.base import Rule, Vectors
from muse_lib.models.baselines import BASELINES
from tests.helpers.worlds import corpus_of, two_scenes

N_SONGS = 1_000
FILLER = np.arange(100, N_SONGS)
"""Songs that no worked example hides."""

EVERYBODY_ALONE = Catalogue(np.arange(N_SONGS), np.ones(N_SONGS, dtype=int))
"""Every song by its own artist, in one playlist."""

METRICS = [
    "r_precision",
    "r_precision_artist",
    "ndcg",
    "recall_at_100",
    "recall_at_500",
    "recall_at_500_head",
    "recall_at_500_middle",
    "recall_at_500_tail",
    "clicks",
    "popularity",
    "popularity_bias",
    "artists",
]


class Reader(Rule):
    """A model that ranks the song first of which the title is the number."""

    def title_scores(self, title):
        return -np.abs(np.arange(N_SONGS) - float(title))


def case_of(given, hidden, playlist_id=0, title="", given_as="half"):
    return Continuation(playlist_id, given_as, title, np.array(given, int), np.array(hidden))


def found_at(*ranks, catalogue=EVERYBODY_ALONE):
    """The metrics of a list whose hidden songs, 0, 1 and so on, are found at these ranks."""
    songs = FILLER.copy()
    for song, place in enumerate(ranks):
        songs = np.insert(songs, place - 1, song)
    return metrics(songs, case_of([], range(len(ranks))), catalogue)


def scoring(scores):
    """A model that scores every continuation alike."""
    return Rule(None, lambda _given: np.asarray(scores, dtype=float))


def ranked(models, cases, n_songs=N_SONGS, popularity=None, seed=0):
    """What `rank` says of each list, every song by its own artist and in one playlist."""
    popularity = np.ones(n_songs, int) if popularity is None else popularity
    return rank(models, cases, np.arange(n_songs), popularity, seed)


# --- metrics of one list -------------------------------------------------------------------------


def test_r_precision_is_the_share_of_hits_among_as_many_as_were_hidden():
    """Four hidden songs, found at 1, 4, 5 and 9: two of them among the first four."""
    assert found_at(1, 4, 5, 9)["r_precision"] == 2 / 4


def test_an_artist_is_a_quarter_of_a_hit():
    """The hidden song is second; the first is by the same artist, and one song was hidden."""
    artist = np.arange(N_SONGS)
    artist[FILLER[0]] = artist[0]
    values = found_at(2, catalogue=Catalogue(artist, EVERYBODY_ALONE.popularity))
    assert (values["r_precision"], values["r_precision_artist"]) == (0, 0.25)


def test_an_artist_counts_once():
    """Two of an artist's songs are hidden and two others found: still a quarter, of two."""
    artist = np.arange(N_SONGS)
    artist[[1, FILLER[0], FILLER[1]]] = artist[0]
    values = found_at(3, 4, catalogue=Catalogue(artist, EVERYBODY_ALONE.popularity))
    assert values["r_precision_artist"] == 0.25 / 2


def test_a_hit_counts_for_its_artist_as_well():
    """Both hidden songs first, by two artists: 2 hits and two quarters, of 2."""
    assert found_at(1, 2)["r_precision_artist"] == (2 + 2 * 0.25) / 2


def test_artists_are_looked_for_among_as_many_songs_as_were_hidden():
    artist = np.arange(N_SONGS)
    artist[FILLER[1]] = artist[0]
    values = found_at(5, catalogue=Catalogue(artist, EVERYBODY_ALONE.popularity))
    assert values["r_precision_artist"] == 0


def test_ndcg_compares_with_all_hidden_songs_at_the_top():
    """Two hidden songs, found at 1 and 3; at best they are at 1 and 2."""
    expected = (1 + 1 / 2) / (1 + 1 / math.log2(3))
    assert found_at(1, 3)["ndcg"] == pytest.approx(expected)


def test_ndcg_looks_at_the_first_500_alone():
    assert found_at(1, 501)["ndcg"] == pytest.approx(1 / (1 + 1 / math.log2(3)))
    all_first = metrics(np.arange(N_SONGS), case_of([], range(600)), EVERYBODY_ALONE)
    assert all_first["ndcg"] == pytest.approx(1)


def test_more_songs_than_500_can_be_found_by_r_precision():
    all_first = metrics(np.arange(N_SONGS), case_of([], range(600)), EVERYBODY_ALONE)
    assert all_first["r_precision"] == 1
    assert all_first["recall_at_500"] == 500 / 600


def test_recall_is_the_share_of_the_hidden_among_the_first_k():
    values = found_at(2, 100, 101, 500, 501)
    assert (values["recall_at_100"], values["recall_at_500"]) == (2 / 5, 4 / 5)


@pytest.mark.parametrize(
    ("first", "clicks"), [(1, 0), (10, 0), (11, 1), (20, 1), (500, 49), (501, 51)]
)
def test_clicks_count_how_often_ten_more_songs_are_asked_for(first, clicks):
    assert found_at(first, 600)["clicks"] == clicks


def test_recall_is_taken_of_popular_and_of_rare_songs_apart():
    """Hidden: two of the head, one found; one of the middle, found; no song of the tail."""
    popularity = np.ones(N_SONGS, int)
    popularity[:2], popularity[2:7] = 9, 2
    values = found_at(1, 700, 3, catalogue=Catalogue(np.arange(N_SONGS), popularity))
    assert values["recall_at_500_head"] == 1 / 2
    assert values["recall_at_500_middle"] == 1
    assert np.isnan(values["recall_at_500_tail"])


def test_popularity_is_the_mean_logarithm_of_the_ten_that_are_shown():
    """Of the ten one is in 1,000 playlists, one in ten, and eight in one; the eleventh is out."""
    popularity = np.ones(N_SONGS, int)
    popularity[0], popularity[FILLER[0]], popularity[FILLER[9]] = 1_000, 10, 10**6
    values = found_at(1, catalogue=Catalogue(np.arange(N_SONGS), popularity))
    assert values["popularity"] == pytest.approx((3 + 1) / 10)


def test_popularity_bias_is_how_much_more_popular_the_ten_are_than_the_hidden():
    popularity = np.ones(N_SONGS, int)
    popularity[0], popularity[FILLER] = 10, 1_000
    values = found_at(600, catalogue=Catalogue(np.arange(N_SONGS), popularity))
    assert values["popularity_bias"] == pytest.approx(3 - 1)


def test_artists_are_counted_among_the_ten_that_are_shown():
    """Three of the ten are by one artist; who comes eleventh does not matter."""
    artist = np.arange(N_SONGS)
    artist[FILLER[:3]] = artist[FILLER[10]] = artist[FILLER[11]]
    values = found_at(600, catalogue=Catalogue(artist, EVERYBODY_ALONE.popularity))
    assert values["artists"] == 8 / 10


def test_artists_of_a_catalogue_of_fewer_than_ten_are_a_share_of_it():
    values = metrics(
        np.array([2, 0, 1]), case_of([], [0]), Catalogue(np.array([0, 0, 1]), np.ones(3))
    )
    assert values["artists"] == 2 / 3


@given(st.integers(0, 10_000), st.integers(2, 700), st.integers(1, 600))
def test_metrics_agree_with_the_list_read_from_the_top(seed, n_songs, n_hidden):
    """The slow twin walks down the list of songs; scikit-learn knows NDCG."""
    rng = np.random.default_rng(seed)
    songs = rng.permutation(n_songs)
    hidden = set(rng.choice(n_songs, min(n_hidden, n_songs - 1), replace=False).tolist())
    artist, popularity = rng.integers(0, n_songs // 2, n_songs), rng.integers(1, 5, n_songs)
    n = len(hidden)
    ours = metrics(songs, case_of([], sorted(hidden)), Catalogue(artist, popularity))

    first = songs[:n].tolist()
    hits = sum(song in hidden for song in first)
    artists = {artist[song] for song in first} & {artist[song] for song in hidden}
    ten = songs[:10].tolist()
    hit = [song in hidden for song in songs]
    screens = [any(hit[start : start + 10]) for start in range(0, 500, 10)]
    expected = {
        "r_precision": hits / n,
        "r_precision_artist": (hits + 0.25 * len(artists)) / n,
        "ndcg": sklearn.metrics.ndcg_score([hit], [-np.arange(n_songs)], k=500),
        "recall_at_100": len(hidden & set(songs[:100].tolist())) / n,
        "recall_at_500": len(hidden & set(songs[:500].tolist())) / n,
        "clicks": screens.index(True) if True in screens else 51,
        "popularity": np.mean([math.log10(popularity[song]) for song in ten]),
        "artists": len({artist[song] for song in ten}) / len(ten),
    }
    of_owner = np.mean([math.log10(popularity[song]) for song in hidden])
    expected["popularity_bias"] = expected["popularity"] - of_owner
    alone = np.arange(n_songs)
    part = popularity_slices(alone, alone, popularity)
    for name in ("head", "middle", "tail"):
        of_slice = {song for song in hidden if part[song] == name}
        found = of_slice & set(songs[:500].tolist())
        expected[f"recall_at_500_{name}"] = len(found) / len(of_slice) if of_slice else np.nan
    assert ours == pytest.approx(expected, nan_ok=True)


def test_coverage_is_the_share_of_the_catalogue_that_anybody_is_shown():
    shown = [np.array([0, 1, 2]), np.array([2, 3, 0])]
    assert coverage(shown, n_songs=8) == 4 / 8


# --- the list itself -----------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 50), st.integers(1, 6))
def test_the_first_songs_are_those_of_a_sorted_list_of_candidates(seed, n_songs, length, values):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, values, n_songs).astype(float)
    candidates = rng.permutation(n_songs)[: rng.integers(1, n_songs + 1)]
    in_turn = candidates.tolist()
    expected = sorted(in_turn, key=lambda song: (-scores[song], in_turn.index(song)))
    assert first_songs(scores, candidates, length).tolist() == expected[:length]


# --- models and playlists ------------------------------------------------------------------------


def test_what_was_given_is_not_proposed_again():
    """A model that thinks best of the given songs finds the hidden ones at once."""
    near = Rule(None, lambda given: -np.abs(np.arange(9.0) - given[0]))
    values, _ = ranked({"near": near}, [case_of([4], [3, 5])], n_songs=9)
    assert values.set_index("metric")["value"]["r_precision"] == 1


def test_a_model_without_an_opinion_ranks_at_random_and_not_by_number():
    """The hidden song is the first of a thousand, which song order would find at once."""
    cases = [case_of([999], [0], playlist_id=number) for number in range(200)]
    values, _ = ranked({"m": scoring(np.zeros(N_SONGS))}, cases)
    mean = values.groupby("metric")["value"].mean()
    assert mean["recall_at_100"] == pytest.approx(0.1, abs=0.06)
    assert mean["recall_at_500"] == pytest.approx(0.5, abs=0.1)


def test_models_with_equal_scores_rank_alike():
    models = {name: scoring(np.zeros(N_SONGS)) for name in "ab"}
    cases = [case_of([9], range(5), playlist_id=number) for number in range(20)]
    values = ranked(models, cases)[0].set_index("model")["value"]
    assert_array_equal(values["a"], values["b"])


def test_the_seed_draws_the_order_of_equal_scores():
    cases = [case_of([9], range(5), playlist_id=number) for number in range(20)]
    one, again, other = (
        ranked({"m": scoring(np.zeros(N_SONGS))}, cases, seed=seed)[0] for seed in (0, 0, 1)
    )
    assert_frame_equal(one, again)
    assert not one.equals(other)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_score_that_is_no_number_is_an_error(value):
    model = scoring([0, 1, value])
    with pytest.raises(ValueError, match="scores of broken"):
        ranked({"broken": model}, [case_of([0], [1])], n_songs=3)


def test_the_scores_of_a_model_are_left_as_they_are():
    scores = np.arange(float(N_SONGS))
    ranked({"m": Rule(None, lambda _given: scores)}, [case_of([0], [1])])
    assert_array_equal(scores, np.arange(N_SONGS))


def test_who_reads_titles_is_asked_what_a_title_says():
    case = case_of([], [37], title="37", given_as="0")
    values, _ = ranked({"reader": Reader(None, None)}, [case])
    assert values.set_index("metric")["value"]["r_precision"] == 1


@pytest.mark.parametrize("title", ["", "  "])
def test_without_a_title_who_reads_titles_falls_back_on_popularity(title):
    popularity = np.arange(N_SONGS) + 1
    scores = scores_of(Reader(None, None), case_of([], [0], title=title), popularity)
    assert_array_equal(np.argsort(scores), np.arange(N_SONGS))


def test_who_reads_no_titles_falls_back_on_popularity():
    popularity = np.ones(N_SONGS, int)
    popularity[37] = 2
    case = case_of([], [37], title="5", given_as="0")
    values, _ = ranked({"m": Vectors(np.eye(N_SONGS))}, [case], popularity=popularity)
    assert values.set_index("metric")["value"]["r_precision"] == 1


def test_with_songs_given_the_title_is_not_read():
    reader = Reader(None, lambda given: np.full(N_SONGS, float(given[0])))
    scores = scores_of(reader, case_of([8], [0], title="37"), np.ones(N_SONGS, int))
    assert_array_equal(scores, 8)


def test_coverage_is_of_the_ten_that_all_playlists_of_a_case_are_shown():
    """One model shows each of three playlists its own ten songs, the other all of them the same."""
    models = {
        "own": Rule(None, lambda given: -np.abs(np.arange(N_SONGS) - (given[0] - 100))),
        "same": scoring(-np.arange(N_SONGS)),
    }
    cases = [case_of([song], [50], playlist_id=song, given_as="1") for song in (400, 600, 800)]
    _, covered = ranked(models, cases)
    assert covered["value"].tolist() == [30 / N_SONGS, 10 / N_SONGS]
    assert (covered["n_playlists"] == 3).all()


def test_no_more_is_covered_than_all_playlists_can_be_shown():
    cases = [case_of([0], [1], playlist_id=number) for number in range(3)]
    _, covered = ranked({"m": scoring(np.arange(N_SONGS))}, cases)
    assert covered[["value", "highest"]].iloc[0].tolist() == [10 / N_SONGS, 30 / N_SONGS]
    _, covered = ranked({"m": scoring(np.arange(5))}, cases, n_songs=5)
    assert covered[["value", "highest"]].iloc[0].tolist() == [4 / 5, 1]


# --- two scenes, from end to end -----------------------------------------------------------------


@pytest.fixture(scope="module")
def dataset():
    corpus = corpus_of(two_scenes(n_songs=400, n_playlists=300, length=40))
    return Dataset.of(corpus, split(np.arange(300), seed=0))


@pytest.fixture(scope="module")
def cases(dataset):
    held_out = HeldOut(dataset.vocabulary.songs, dataset.memberships, dataset.parts)
    return continuations(held_out, "test", seed=0)


@pytest.fixture(scope="module")
def tables(dataset, cases):
    names = ["always_similar", "random", "cooccurrence", "ppmi_svd"]
    models = {name: BASELINES[name].fit(dataset.vocabulary, 0) for name in names}
    return rank(models, cases, dataset.vocabulary.artists, dataset.vocabulary.popularity, 0)


def test_every_model_has_every_metric_of_every_case(tables, cases):
    per_list, covered = tables
    assert list(per_list["metric"].unique()) == METRICS
    assert list(per_list["given"].unique()) == list(GIVEN)
    assert per_list.groupby(["model", "metric"]).size().eq(len(cases)).all()
    assert len(covered) == 4 * len(GIVEN)


@pytest.mark.parametrize("number", [0, 1])
def test_the_models_stand_in_their_order(tables, number):
    names = ["always_similar", "random", "cooccurrence", "ppmi_svd"]
    assert list(tables[number]["model"].unique()) == names


def test_who_listens_to_playlists_continues_them_better_than_chance(tables):
    per_list, _ = tables
    recall = per_list[per_list["metric"] == "recall_at_100"]
    recall = recall.pivot_table("value", "given", "model")
    for given_as in GIVEN[1:]:
        listening = recall.loc[given_as, ["cooccurrence", "ppmi_svd"]].min()
        assert listening > recall.loc[given_as, ["always_similar", "random"]].max() + 0.05


def test_the_more_is_given_the_better_the_scene_is_known(tables):
    """Of the playlists that are in both cases: one song may be a stray, ten are not."""
    per_list, _ = tables
    ours = per_list[(per_list["metric"] == "recall_at_100") & (per_list["model"] == "cooccurrence")]
    mean = ours.pivot_table("value", "playlist_id", "given").dropna().mean()
    assert mean["10"] > mean["1"]


def test_the_same_seed_gives_the_same_tables(dataset, cases, tables):
    names = tables[0]["model"].unique()
    models = {name: BASELINES[name].fit(dataset.vocabulary, 0) for name in names}
    vocabulary = dataset.vocabulary
    again = rank(models, cases, vocabulary.artists, vocabulary.popularity, 0)
    for one, other in zip(again, tables, strict=True):
        assert_frame_equal(one, other)
