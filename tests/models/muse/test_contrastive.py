import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.models.muse import contrastive
from muse_lib.models.muse.contrastive import contrastive_loss
from muse_lib.titles.pairs import SongPairs
from muse_lib.workers import Workers


def plain_loop(W, pairs, margin):
    """The poster's formula, pair by pair."""
    total = 0.0
    for i, j, y in zip(pairs.i, pairs.j, pairs.y, strict=True):
        lengths = np.sqrt(W[i] @ W[i]) * np.sqrt(W[j] @ W[j])
        cosine = W[i] @ W[j] / lengths if lengths > 0 else 0.0
        total += y * (1 - cosine) + (1 - y) * max(0.0, cosine - margin)
    return total / len(pairs.i)


def computed(W, pairs, margin, weight=1.0, n_threads=2):
    gradient = np.zeros_like(W)
    with Workers(n_threads) as workers:
        return contrastive_loss(W, pairs, margin, workers, gradient, weight), gradient


def random_problem(seed, n_songs=9, n_pairs=30, dim=4):
    rng = np.random.default_rng(seed)
    i, j = rng.integers(n_songs, size=(2, n_pairs))
    W = rng.normal(size=(n_songs, dim))
    return W, SongPairs(i, j, rng.integers(2, size=n_pairs).astype(np.float32))


@given(st.integers(0, 999), st.sampled_from([-1.0, -0.2, 0.0, 0.5, 0.9]))
def test_the_value_is_that_of_the_plain_loop(seed, margin):
    W, pairs = random_problem(seed)
    W[0] = 0  # a song that has no direction
    assert computed(W, pairs, margin)[0] == pytest.approx(plain_loop(W, pairs, margin))


@given(st.integers(0, 99), st.sampled_from([-1.0, 0.0, 0.5]))
def test_the_gradient_is_the_slope_of_the_loss(seed, margin):
    W, pairs = random_problem(seed)
    _, gradient = computed(W, pairs, margin)
    step = 1e-6 * np.random.default_rng(seed + 1).normal(size=W.shape)
    ahead, behind = plain_loop(W + step, pairs, margin), plain_loop(W - step, pairs, margin)
    assert (ahead - behind) / 2 == pytest.approx(np.sum(gradient * step), rel=1e-5, abs=1e-13)


def test_a_zero_vector_has_no_gradient_and_gives_none():
    W = np.array([[0.0, 0.0], [3.0, 4.0]])
    pairs = SongPairs(np.array([0]), np.array([1]), np.array([1.0], dtype=np.float32))
    loss, gradient = computed(W, pairs, 0.5)
    assert loss == 1
    assert_array_equal(gradient, np.zeros((2, 2)))


def test_a_negative_pair_below_the_margin_costs_nothing():
    W = np.array([[1.0, 0.0], [0.0, 1.0]])
    pairs = SongPairs(np.array([0]), np.array([1]), np.array([0.0], dtype=np.float32))
    loss, gradient = computed(W, pairs, 0.1)
    assert loss == 0
    assert_array_equal(gradient, np.zeros((2, 2)))


def test_the_gradient_is_added_with_its_weight():
    W, pairs = random_problem(3)
    _, once = computed(W, pairs, 0.2)
    start = np.ones_like(W)
    with Workers(1) as workers:
        contrastive_loss(W, pairs, 0.2, workers, start, weight=7.0)
    assert_allclose(start, 1 + 7 * once)


def test_the_number_of_threads_and_the_size_of_blocks_change_little_or_nothing(monkeypatch):
    W, pairs = random_problem(5, n_songs=90, n_pairs=200)
    whole = computed(W, pairs, 0.1)
    monkeypatch.setattr(contrastive, "ROWS_AT_ONCE", 16)
    blocks = [computed(W, pairs, 0.1, n_threads=n) for n in (1, 2, 5)]
    assert_allclose(blocks[0][1], whole[1], rtol=1e-12, atol=1e-15)
    assert_array_equal(blocks[0][1], blocks[1][1])
    assert_array_equal(blocks[0][1], blocks[2][1])
