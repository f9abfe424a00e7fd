import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.models.baselines.glove import Loss, glove, glove_along
from muse_lib.models.muse import cliques
from muse_lib.models.muse.cooccurrence import count_cooccurrence
from muse_lib.workers import Workers

N_SONGS = 90


def problem(dtype=np.float64):
    """Counts over several stripes and stacks, and random parameters."""
    rng = np.random.default_rng(5)
    playlists = [rng.choice(N_SONGS, size, replace=False) for size in (70, 3, 25, 2, 40, 33)]
    shapes = ((N_SONGS, 4), (N_SONGS, 4), N_SONGS, N_SONGS)
    theta = tuple(rng.normal(size=shape).astype(dtype) for shape in shapes)
    return count_cooccurrence(playlists, N_SONGS), theta


def computed(loss, theta, n_threads=2):
    with Workers(n_threads) as workers:
        return loss.value_and_gradient(theta, workers)


def double_loop(C, x_max, alpha, W, U, b, c):
    """J and its gradient cell by cell, as GloVe's authors print them."""
    J, (dW, dU, db, dc) = 0.0, [np.zeros_like(part) for part in (W, U, b, c)]
    for i, j in zip(*np.nonzero(C), strict=True):
        f = (C[i, j] / x_max) ** alpha if C[i, j] < x_max else 1
        residual = W[i] @ U[j] + b[i] + c[j] - np.log(C[i, j])
        J += f * residual**2 / 2
        dW[i] += f * residual * U[j]
        dU[j] += f * residual * W[i]
        db[i] += f * residual
        dc[j] += f * residual
    return J, (dW, dU, db, dc)


@pytest.mark.parametrize(("x_max", "alpha"), [(2, 0.75), (10, 0.5), (1, 0)])
def test_value_and_gradient_are_those_of_the_double_loop(monkeypatch, x_max, alpha):
    monkeypatch.setattr(cliques, "ROWS_AT_ONCE", 16)
    counted, theta = problem()
    value, gradient = computed(Loss(counted, x_max, alpha), theta)
    expected, slopes = double_loop(counted.tosparse().toarray(), x_max, alpha, *theta)
    assert value == pytest.approx(expected, rel=1e-10)
    for ours, theirs in zip(gradient, slopes, strict=True):
        assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def test_the_gradient_is_the_slope_of_the_loss():
    counted, theta = problem()
    loss = Loss(counted, 2, 0.75)
    _, gradient = computed(loss, theta)
    rng = np.random.default_rng(0)
    step = [1e-6 * rng.normal(size=part.shape) for part in theta]
    ahead, _ = computed(loss, [part + s for part, s in zip(theta, step, strict=True)])
    behind, _ = computed(loss, [part - s for part, s in zip(theta, step, strict=True)])
    predicted = sum(np.sum(slope * s) for slope, s in zip(gradient, step, strict=True))
    assert (ahead - behind) / 2 == pytest.approx(predicted, rel=1e-6)


def test_the_number_of_threads_does_not_change_a_bit(monkeypatch):
    monkeypatch.setattr(cliques, "ROWS_AT_ONCE", 16)
    counted, theta = problem(np.float32)
    loss = Loss(counted, 2, 0.75)
    (one, slopes), (other, same) = (computed(loss, theta, n_threads) for n_threads in (1, 5))
    assert one == other
    for ours, theirs in zip(slopes, same, strict=True):
        assert_array_equal(ours, theirs)


def test_two_songs_that_never_met_do_not_pull_at_each_other():
    """GloVe has the cells that were seen; MuSE has all."""
    counted = count_cooccurrence([[0, 1], [2, 3]], 4)
    theta = (np.eye(4), np.eye(4), np.zeros(4), np.zeros(4))
    _, (dW, *_) = computed(Loss(counted, 10, 0.75), theta)
    assert_array_equal(dW[0] != 0, [False, False, False, False])  # w_0 . u_1 = 0 = log 1
    theta = (np.ones((4, 4)), np.eye(4), np.zeros(4), np.zeros(4))
    _, (dW, *_) = computed(Loss(counted, 10, 0.75), theta)
    assert_array_equal(dW[0] != 0, [False, True, False, False])


def test_reading_along_gives_what_runs_of_those_lengths_give(scenes):
    read = dict(glove_along(scenes, 0, [3, 8], dim=5))
    assert list(read) == [3, 8]
    for epochs, model in read.items():
        assert_array_equal(model.vectors, glove(scenes, 0, dim=5, epochs=epochs).vectors)
