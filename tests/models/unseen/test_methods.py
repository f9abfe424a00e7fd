"""How new songs are placed: closed forms against loops, and what may not matter."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.models import base
from muse_lib.models.base import Vectors
from muse_lib.models.unseen import network
from muse_lib.models.unseen.confidence import CONFIDENCE, IN_A_LIST, confidence
from muse_lib.models.unseen.fold_in import centroids, fold_in, fold_into_objective
from muse_lib.models.unseen.known import NO_KNOWN_ARTIST, Known, Newcomers
from muse_lib.models.unseen.methods import DEFAULT, METHODS, PENALTY, TEMPERATURE, ridge

ARTISTS = ["Ana", "Bo", "ana", "Cy", "", "Bo", "ANA ", ""]


def rows(n, dim, seed):
    return np.random.default_rng(seed).normal(size=(n, dim))


@pytest.fixture
def known():
    songs = pd.DataFrame({"artist": ARTISTS, "n_playlists": [1, 1, 3, 2, 1, 4, 2, 1]})
    return Known.of(Vectors(rows(8, 5, 0)).unit, songs, Vectors(rows(8, 6, 1)).unit)


@pytest.fixture
def new(known):
    songs = pd.DataFrame({"artist": ["BO", "Nobody", "Ana", ""]})
    return known.newcomers(songs, Vectors(rows(4, 6, 2)).unit)


def songs_of(known, artist):
    return [k for k, one in enumerate(known.artist) if one == artist]


def at_most_one(vector):
    return vector / max(1, np.linalg.norm(vector))


def regression(known, text):
    """r(x) by the normal equations with the offset as one more column that is not penalised."""
    artists = range(known.artist.max() + 1)
    best = [max(songs_of(known, a), key=lambda k: (known.popularity[k], -k)) for a in artists]
    X = np.hstack([known.text[best], np.ones((len(best), 1))])
    Y = [known.vectors[songs_of(known, a)].mean(axis=0) for a in artists]
    penalty = PENALTY * np.diag([1.0] * known.text.shape[1] + [0.0])
    return np.append(text, 1) @ np.linalg.solve(X.T @ X + penalty, X.T @ np.array(Y))


def test_spellings_of_an_artist_are_one_and_songs_without_one_are_apart(known, new):
    assert known.artist.tolist() == [0, 1, 0, 2, 3, 1, 0, 4]
    assert new.artist.tolist() == [1, NO_KNOWN_ARTIST, 0, NO_KNOWN_ARTIST]


def test_the_mean_of_an_artist_is_the_mean_of_the_songs(known, new):
    estimated = METHODS["artist mean"](known)(new)
    for row, artist in zip(estimated, new.artist, strict=True):
        songs = songs_of(known, artist)
        expected = known.vectors[songs].mean(axis=0) if songs else np.zeros(5)
        assert_allclose(row, expected)


def test_the_regression_solves_its_normal_equations(known, new):
    estimated = METHODS["text regression"](known)(new)
    expected = [at_most_one(regression(known, text)) for text in new.text]
    assert_allclose(estimated, expected, atol=1e-12)


def test_the_ridge_is_the_minimum_of_what_it_says():
    text, vectors = rows(9, 4, 3), rows(9, 3, 4)
    fitted = ridge(text, vectors, 0.7)

    def loss(matrix, offset):
        return ((text @ matrix + offset - vectors) ** 2).sum() + 0.7 * (matrix**2).sum()

    least = loss(fitted.matrix, fitted.offset)
    for seed in range(5):
        aside = 1e-3 * rows(5, 3, seed)
        assert loss(fitted.matrix + aside[:4], fitted.offset + aside[4]) > least


def test_the_prior_counts_the_name_as_one_song_more(known, new):
    estimated = METHODS[DEFAULT](known)(new)
    for row, artist, text in zip(estimated, new.artist, new.text, strict=True):
        parts = [*known.vectors[songs_of(known, artist)], at_most_one(regression(known, text))]
        assert_allclose(row, np.mean(parts, axis=0), atol=1e-12)


def test_the_ridge_of_many_rows_in_blocks_is_that_of_all_at_once(monkeypatch):
    text, vectors = rows(50, 6, 3), rows(50, 3, 4)
    whole = ridge(text, vectors)
    monkeypatch.setattr(base, "ROWS_AT_ONCE", 7)
    in_blocks = ridge(text, vectors)
    assert_allclose(in_blocks.matrix, whole.matrix, rtol=1e-12)
    assert_allclose(in_blocks.offset, whole.offset, rtol=1e-12)


def test_features_made_in_blocks_are_those_made_at_once(known, monkeypatch):
    """Of the network: text, mean of the other songs, log count, and whether there are any."""
    means, n = rows(8, 5, 5), np.array([0, 1, 2, 0, 3, 1, 0, 4])
    whole = network._features(known.text, means.__getitem__, n, 5)
    monkeypatch.setattr(base, "ROWS_AT_ONCE", 3)
    assert_array_equal(network._features(known.text, means.__getitem__, n, 5), whole)
    assert (whole[n == 0, -7:] == 0).all()
    assert_allclose(whole[4, -7:-2], 3 * means[4], rtol=1e-6)


@pytest.mark.parametrize("by_text", [True, False])
def test_attention_weighs_the_songs_of_the_artist(known, new, by_text):
    name = "attention" if by_text else "attention without content"
    estimated = METHODS[name](known)(new)
    for row, artist, text in zip(estimated, new.artist, new.text, strict=True):
        songs = songs_of(known, artist)
        score = known.text[songs] @ text / TEMPERATURE
        weight = np.exp(score) if by_text else known.popularity[songs].astype(float)
        attended = weight / weight.sum() @ known.vectors[songs] if songs else np.zeros(5)
        total = len(songs) * attended + at_most_one(regression(known, text))
        assert_allclose(row, total / (len(songs) + 1), atol=1e-12)


@pytest.mark.parametrize("name", METHODS)
def test_no_estimate_is_longer_than_a_vector(known, new, name):
    estimated = METHODS[name](known, seed=1)(new)
    assert estimated.shape == (4, 5)
    assert np.linalg.norm(estimated, axis=1).max() <= 1 + 1e-6


@pytest.mark.parametrize("name", METHODS)
def test_a_new_song_is_placed_alike_whoever_is_placed_with_it(known, new, name):
    estimate = METHODS[name](known, seed=1)
    alone = estimate(Newcomers(new.artist[2:3], new.text[2:3]))
    assert_allclose(alone[0], estimate(new)[2], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", METHODS)
def test_placing_nobody_gives_nothing(known, name):
    nobody = Newcomers(np.empty(0, int), np.empty((0, 6)))
    assert METHODS[name](known, seed=1)(nobody).shape == (0, 5)


def twin(known):
    """The same again, as another object, so that no cache answers."""
    return Known(known.vectors, known.artist, known.names, known.popularity, known.text)


def test_the_network_gives_the_same_bytes_for_the_same_seed(known, new):
    one, other = (METHODS["network"](twin(known), seed=3)(new) for _ in range(2))
    assert one.tobytes() == other.tobytes()


def test_the_network_follows_its_seed(known, new):
    one, other = (METHODS["network"](twin(known), seed=seed)(new) for seed in (3, 4))
    assert not np.array_equal(one, other)


def test_the_network_gives_the_same_bytes_on_any_number_of_threads(known, new):
    from threadpoolctl import threadpool_limits

    made = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            made.append(METHODS["network"](twin(known), seed=3)(new).tobytes())
    assert made[0] == made[1]


def test_the_network_learns_who_the_artist_is():
    """Two artists at opposite ends, names that say nothing: only the artist can tell."""
    ends = np.array([[1.0, 0.0], [-1.0, 0.0]])
    artists = np.arange(400) % 2
    songs = pd.DataFrame({"artist": np.array(["Ana", "Bo"])[artists]})
    known = Known.of(ends[artists], songs, Vectors(rows(400, 4, 5)).unit)
    new = known.newcomers(pd.DataFrame({"artist": ["Ana", "Bo"]}), np.zeros((2, 4)))
    estimated = METHODS["network"](known, seed=0)(new)
    assert estimated[0, 0] > 0.3
    assert estimated[1, 0] < -0.3


def test_the_mean_of_two_methods_weighs_directions_alike(known, new):
    parts = [METHODS[name](known, seed=2)(new) for name in ("network", DEFAULT)]
    expected = sum(Vectors(part).unit for part in parts) / 2
    assert_allclose(METHODS["network and prior"](known, seed=2)(new), expected)


# As soon as a list holds a song


def test_the_centroid_of_a_list_is_the_mean_of_its_songs():
    vectors = rows(6, 3, 0)
    made = centroids(vectors, [np.array([0, 2]), np.array([], int), np.array([5])])
    assert_allclose(made, [(vectors[0] + vectors[2]) / 2, np.zeros(3), vectors[5]])


def test_a_list_counts_twice_as_much_as_artist_and_name():
    v, c = np.array([[0.5, 0.0]]), np.array([[0.0, 0.2]])
    assert_allclose(fold_in(v, c), [[1 / 3, 2 / 3]])


def test_without_a_list_an_estimate_stays_as_it_is():
    v = np.array([[0.5, 0.1]])
    assert_array_equal(fold_in(v, np.zeros((1, 2))), v)


@pytest.mark.parametrize("smoothing", [1.0, 0.001])
def test_a_song_folded_into_the_objective_is_at_the_minimum_of_its_part(smoothing):
    W, b, listed = rows(12, 3, 0), rows(12, 1, 1)[:, 0], np.array([1, 4, 7])
    C = np.zeros(12)
    C[listed] = 1
    M = C + smoothing
    # sqrt(f) (w.w_j + x - (log M_j - b_j)), and sqrt(penalty) w, by least squares
    Z = np.hstack([W, np.ones((12, 1))])
    weight = np.sqrt(M**0.75)[:, None]
    penalty = np.sqrt(0.5) * np.eye(3, 4)
    left = np.vstack([weight * Z, penalty])
    right = np.append(weight[:, 0] * (np.log(M) - b), np.zeros(3))
    expected = np.linalg.lstsq(left, right, rcond=None)[0][:3]
    made = fold_into_objective(W, b, [listed], smoothing=smoothing, alpha=0.75, penalty=0.5)
    assert_allclose(made[0], expected, atol=1e-10)


# What an estimate promises


def test_confidence_grows_with_the_evidence_from_a_guess():
    promised = confidence(np.linspace(0, 1, 50), np.zeros(50, bool))
    assert promised[0] == 0.5
    assert promised[-1] == CONFIDENCE[-1] < 1
    assert (np.diff(promised) >= 0).all()


def test_a_list_raises_the_confidence_and_never_lowers_it():
    promised = confidence(np.array([0.0, 0.95]), np.ones(2, bool))
    assert_array_equal(promised, [IN_A_LIST, CONFIDENCE[-1]])


def test_an_estimate_in_the_middle_of_all_songs_has_no_evidence(known):
    middle = known.vectors.mean(axis=0)
    found = known.evidence(np.stack([middle, known.vectors[0]]))
    away = [np.linalg.norm(one - middle) ** 2 for one in known.vectors]
    assert found[0] == pytest.approx(0)
    assert found[1] == pytest.approx(np.sqrt(away[0] / np.mean(away)))


def test_where_all_songs_are_one_nothing_is_evidence():
    songs = pd.DataFrame({"artist": ["Ana", "Bo"]})
    known = Known.of(np.ones((2, 3)), songs, np.zeros((2, 1)))
    assert_array_equal(known.evidence(known.vectors), [0, 0])
