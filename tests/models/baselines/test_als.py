import numpy as np
import pytest
from numpy.testing import assert_allclose

from muse_lib.data.dataset import Vocabulary, incidence
from muse_lib.models.baselines.als import als, als_along
from muse_lib.seeds import stream
from tests.helpers.worlds import song_table

GIVEN = np.array([4, 8, 21])


def solved(X, H, regularization, alpha, nu, mean_scale):
    """Every row of X by the normal equations of its weighted least squares."""
    W = []
    for x in X:
        c = np.where(x > 0, alpha, 1.0)
        r = c.sum() ** nu / mean_scale
        A = H.T @ np.diag(c) @ H + regularization * r * np.eye(H.shape[1])
        W.append(np.linalg.solve(A, H.T @ (c * x)))
    return np.array(W)


def slow(vocabulary, factors, regularization, alpha, nu, iterations):
    """Factors of songs, and what a new playlist of `GIVEN` would have."""
    n_songs = len(vocabulary.songs)
    X = incidence(vocabulary.playlists, n_songs).toarray().T
    H = stream(3, "als").normal(scale=0.1 / np.sqrt(factors), size=(n_songs, factors))
    rows, columns = (np.mean(np.where(Y > 0, alpha, 1).sum(axis=1) ** nu) for Y in (X, X.T))
    for _ in range(iterations):
        W = solved(X, H, regularization, alpha, nu, rows)
        H = solved(X.T, W, regularization, alpha, nu, columns)
    given = np.isin(np.arange(n_songs), GIVEN).astype(float)
    return H, solved(given[None], H, regularization, alpha, nu, rows)[0]


@pytest.mark.parametrize("nu", [0, 0.5, 1])
@pytest.mark.parametrize("factors", [2, 40], ids=["fewer than songs given", "more"])
def test_factors_are_those_of_the_normal_equations(scenes, factors, nu):
    H, w = slow(scenes, factors, 5.0, 10.0, nu, iterations=3)
    chosen = {"factors": factors, "regularization": 5.0, "alpha": 10.0, "frequency_scale": nu}
    model = als(scenes, 3, **chosen, iterations=3)
    i, j = np.triu_indices(60, k=1)
    unit = H / np.linalg.norm(H, axis=1, keepdims=True)
    assert_allclose(model.similarity(i, j), (unit @ unit.T)[i, j], atol=1e-8)
    assert_allclose(model.continuation_scores(GIVEN), H @ w, atol=1e-8)


def test_frequency_changes_nothing_where_all_are_equally_frequent():
    playlists = [np.sort((p + np.arange(3)) % 6) for p in range(6)]
    vocabulary = Vocabulary(song_table(6), playlists, [""] * 6)
    plain, scaled = (
        als(vocabulary, 0, factors=3, frequency_scale=nu).continuation_scores(np.array([0, 1, 2]))
        for nu in (0, 1)
    )
    assert_allclose(plain, scaled, rtol=1e-10)


def test_reading_along_gives_what_runs_of_those_lengths_give(scenes):
    read = dict(als_along(scenes, 0, [2, 5], factors=4, frequency_scale=0.5))
    assert list(read) == [2, 5]
    for iterations, model in read.items():
        alone = als(scenes, 0, factors=4, frequency_scale=0.5, iterations=iterations)
        ours, theirs = (m.continuation_scores(GIVEN).tobytes() for m in (model, alone))
        assert ours == theirs
