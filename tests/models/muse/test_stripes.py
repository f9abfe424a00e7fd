import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

pytest.importorskip("numba")  # the extra `fast`

from muse_lib.models.muse import compiled, stripes
from muse_lib.models.muse.cooccurrence import count_cooccurrence
from muse_lib.models.muse.objective import Objective, dense_loss
from muse_lib.workers import Workers

N_SONGS = 700


@pytest.fixture(scope="module")
def problem():
    """Playlists around the lengths at which the loops go another way, and vectors."""
    rng = np.random.default_rng(7)
    side, short = compiled.SIDE, compiled.SHORT
    lengths = [1, 2, short, short + 1, side - 1, side, side + 1, 2 * side, 2 * side + 3]
    playlists = [rng.choice(N_SONGS, length, replace=False) for length in lengths]
    W, b = rng.normal(size=(N_SONGS, 5)), rng.normal(size=N_SONGS)
    return [*playlists, playlists[-1]], W, b


def computed(objective, W, b, n_threads=2):
    with Workers(n_threads) as workers:
        return objective.loss_and_gradient(W, b, workers)


@pytest.mark.parametrize("weights", [None, [1.5, 0.5] * 5, np.linspace(0.5, 2, 10)])
def test_cliques_of_all_lengths_agree_with_the_loops_in_numpy(problem, weights):
    playlists, W, b = problem
    counted = count_cooccurrence(playlists, N_SONGS, weights=weights)
    fast, slow = (computed(Objective(counted, 0.5, fast=fast), W, b) for fast in (True, False))
    for one, other in zip(fast, slow, strict=True):
        assert_allclose(one, other, rtol=1e-10, atol=1e-9)


@pytest.mark.parametrize("n_codes", [300, 70_000])
def test_tables_of_more_than_a_byte_agree_with_the_loops_in_numpy(n_codes):
    """Weights that all differ take codes of two or four bytes."""
    rng = np.random.default_rng(0)
    pairs = rng.permutation(np.transpose(np.triu_indices(N_SONGS, 1)))[:n_codes]
    counted = count_cooccurrence(pairs, N_SONGS, weights=rng.random(n_codes) + 0.5)
    assert counted.codes.itemsize == (2 if n_codes < 2**16 else 4)
    W, b = rng.normal(size=(N_SONGS, 3)), rng.normal(size=N_SONGS)
    fast, slow = (computed(Objective(counted, 0.5, fast=fast), W, b) for fast in (True, False))
    for one, other in zip(fast, slow, strict=True):
        assert_allclose(one, other, rtol=1e-10, atol=1e-9)


def test_a_count_above_two_bytes_has_its_own_weight_and_target():
    rng = np.random.default_rng(2)
    counted = count_cooccurrence([*([[0, 1]] * 70_000), *([[1, 2]] * 300), [0, 1, 2, 3]], 4)
    C = counted.tosparse().toarray()
    assert C[0, 1] == 70_001
    W, b = rng.normal(size=(4, 3)), rng.normal(size=4)
    loss, dW, _ = computed(Objective(counted, fast=True), W, b)
    assert loss == pytest.approx(dense_loss(C, 1, 0.75, W, b), rel=1e-12)
    ahead = W.copy()
    ahead[1, 0] += 1e-6
    slope = (dense_loss(C, 1, 0.75, ahead, b) - loss) / 1e-6
    assert dW[1, 0] == pytest.approx(slope, rel=1e-4)


@pytest.mark.parametrize("numbers_at_once", [1, 5_000, 500_000])
def test_the_number_of_threads_does_not_change_a_bit(problem, monkeypatch, numbers_at_once):
    monkeypatch.setattr(stripes, "NUMBERS_AT_ONCE", numbers_at_once)
    playlists, W, b = problem
    W, b = W.astype(np.float32), b.astype(np.float32)
    objective = Objective(count_cooccurrence(playlists, N_SONGS), fast=True)
    one, *others = (computed(objective, W, b, n_threads) for n_threads in (1, 2, 5))
    for other in others:
        assert other[0] == one[0]
        assert_array_equal(other[1], one[1])
        assert_array_equal(other[2], one[2])


def test_vectors_of_another_dimension_and_precision_can_follow(problem):
    playlists, W, b = problem
    objective = Objective(count_cooccurrence(playlists, N_SONGS), fast=True)
    first = computed(objective, W, b)
    computed(objective, W[:, :2].astype(np.float32), b.astype(np.float32))
    again = computed(objective, W, b)
    assert_array_equal(first[1], again[1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_products_are_those_of_numpy(dtype):
    rng = np.random.default_rng(1)
    X, Y = (rng.normal(size=(n, 6)).astype(dtype) for n in (4, 7))
    R = rng.normal(size=(4, 7)).astype(dtype)
    blas, words = compiled.blas_of(X.dtype), compiled._words(X)
    close = {"rtol": 1e-4 if dtype is np.float32 else 1e-12}
    S, G = np.empty((4, 7), dtype), np.ones((4, 6), dtype)
    compiled.product(blas, words, X, Y, S)
    assert_allclose(S, X @ Y.T, **close)
    compiled.times(blas, words, R, Y, G, 1)
    assert_allclose(G, 1 + R @ Y, **close)
    compiled.transposed_times(blas, words, R, X, Y)
    assert_allclose(Y, R.T @ X, **close)
    upper = np.full((4, 4), np.nan, dtype)
    compiled.gram(blas, words, X, upper)
    assert_allclose(np.triu(upper), np.triu(X @ X.T), **close)
    compiled.symmetric_times(blas, words, upper, X, G)
    assert_allclose(G, (X @ X.T) @ X, **close)


def test_what_is_not_finite_stays_so():
    """Else a run that diverges would go on."""
    objective = Objective(count_cooccurrence([[0, 1, 2]], 3), fast=True)
    for value in (np.nan, np.inf):
        W = np.ones((3, 4), np.float32)
        W[1, 2] = value
        loss, dW, _ = computed(objective, W, np.zeros(3, np.float32))
        assert not np.isfinite(loss)
        assert not np.isfinite(dW).all()


def test_numba_is_loaded_only_where_it_is_used():
    asks = "import sys, muse_lib.models.muse.variants; print('numba' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True)
    assert answer.stdout.strip() == "False"
