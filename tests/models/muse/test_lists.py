"""What lists say of a song."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.data.dataset import Vocabulary
from muse_lib.models.base import unit
from muse_lib.models.muse.lists import PRIOR, ListIncidence, list_vectors

N_SONGS, N_LISTS = 40, 60


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    rng = np.random.default_rng(0)
    playlists = [
        np.sort(rng.choice(N_SONGS, rng.integers(2, 9), replace=False)).astype(np.int32)
        for _ in range(N_LISTS)
    ]
    artists = [f"artist {song % 7}" for song in range(N_SONGS)]
    songs = pd.DataFrame({"track": [f"track {k}" for k in range(N_SONGS)], "artist": artists})
    return Vocabulary(songs, playlists, ["" for _ in playlists])


def by_the_loop(vocabulary: Vocabulary, artist_share: float) -> np.ndarray:
    X = np.zeros((len(vocabulary.songs), len(vocabulary.playlists)))
    artists = vocabulary.songs["artist"].to_numpy()
    for number, held in enumerate(vocabulary.playlists):
        for song in range(len(X)):
            X[song, number] += song in held
            X[song, number] += artist_share * (artists[song] in artists[held])
    return X


def by_the_formula(X: np.ndarray) -> np.ndarray:
    """The whitened rows, by the eigenvectors of the matrix of lists."""
    squares, Q = np.linalg.eigh(X.T @ X)
    penalty = np.trace(X.T @ X) / X.shape[1]
    z = X @ Q @ np.diag((np.maximum(squares, 0) + penalty) ** -0.5) @ Q.T
    square = (z**2).sum(axis=1)
    return z / np.sqrt(square + PRIOR * square.mean())[:, None]


@pytest.mark.parametrize("share", [0, 0.3])
def test_the_matrix_that_is_never_formed_is_that_of_the_loop(vocabulary, share):
    X = by_the_loop(vocabulary, share)
    incidence = ListIncidence(vocabulary.playlists, vocabulary.artists, share)
    assert_allclose(incidence.of_songs(np.eye(N_LISTS)), X, atol=1e-6)
    assert_allclose(incidence.of_lists(np.eye(N_SONGS)), X.T, atol=1e-6)
    assert incidence.mean_square == pytest.approx((X**2).sum() / N_LISTS)


@pytest.mark.parametrize("share", [0, 0.3])
def test_products_of_the_vectors_are_those_of_the_dense_whitening(vocabulary, share):
    expected = by_the_formula(by_the_loop(vocabulary, share))
    p = list_vectors(vocabulary, artist_share=share)
    assert p.shape == (N_SONGS, N_LISTS)
    assert_allclose(p @ p.T, expected @ expected.T, atol=1e-4)


def test_unscaled_products_are_the_ridge_regression_of_the_lists_on_themselves(vocabulary):
    """The whitened rows are those of an autoencoder: z_i . z_j is its weight of i for j."""
    X = by_the_loop(vocabulary, 0)
    penalty = (X**2).sum() / N_LISTS
    weights = np.linalg.solve(X @ X.T + penalty * np.eye(N_SONGS), X @ X.T)
    p = list_vectors(vocabulary, artist_share=0).astype(float)
    square = (p**2).sum(axis=1)
    # |p|^2 = q / (q + c) with q = |z|^2 and one c for all: undo it by what the weights say of c
    constant = PRIOR * np.diag(weights).mean()
    z = p * np.sqrt(constant / (1 - square))[:, None]
    assert_allclose(z @ z.T, weights, atol=1e-4)


def test_few_numbers_a_song_keep_the_largest_singular_values(vocabulary):
    X = by_the_loop(vocabulary, 0.2)
    U, S, _ = np.linalg.svd(X, full_matrices=False)
    z = U[:, :12] * S[:12] / np.sqrt(S[:12] ** 2 + (X**2).sum() / N_LISTS)
    square = (z**2).sum(axis=1)
    expected = z / np.sqrt(square + PRIOR * square.mean())[:, None]
    p = list_vectors(vocabulary, dim=12)
    assert p.shape == (N_SONGS, 12)
    assert_allclose(p @ p.T, expected @ expected.T, atol=0.02)


def test_the_subspace_is_the_same_for_the_same_seed_alone(vocabulary):
    one, again, other = (list_vectors(vocabulary, dim=8, seed=seed) for seed in (0, 0, 1))
    assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_who_shares_lists_is_near_and_who_shares_nothing_is_not():
    playlists = [np.array(held, np.int32) for held in ([0, 1], [0, 1], [2, 3], [3, 2])]
    songs = pd.DataFrame({"track": list("abcd"), "artist": list("abcd")})
    p = list_vectors(Vocabulary(songs, playlists, [""] * 4))
    cosine = unit(p) @ unit(p).T
    assert_allclose(cosine, np.kron(np.eye(2), np.ones((2, 2))), atol=1e-5)


def test_a_song_of_many_lists_says_more_than_one_of_few():
    playlists = [np.array(held, np.int32) for held in ([0, 1], [0, 2], [0, 3], [0, 4])]
    songs = pd.DataFrame({"track": list("abcde"), "artist": list("abcde")})
    length = np.linalg.norm(list_vectors(Vocabulary(songs, playlists, [""] * 4)), axis=1)
    assert length[0] > length[1:].max()
    assert length.max() < 1


def test_a_share_brings_the_songs_of_an_artist_together():
    """Songs 0 and 1 never share a list; one artist made them."""
    playlists = [np.array(held, np.int32) for held in ([0, 2], [1, 3])]
    songs = pd.DataFrame({"track": list("abcd"), "artist": ["ana", "ana", "bo", "cy"]})
    apart, near = (
        list_vectors(Vocabulary(songs, playlists, ["", ""]), artist_share=share)
        for share in (0, 0.5)
    )
    assert apart[0] @ apart[1] == pytest.approx(0, abs=1e-6)
    assert near[0] @ near[1] > 0.1
