import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.errors import InputError
from muse_lib.extras import installed
from muse_lib.models.muse import cliques
from muse_lib.models.muse import objective as objectives
from muse_lib.models.muse.cliques import tiles_of
from muse_lib.models.muse.cooccurrence import count_cooccurrence
from muse_lib.models.muse.objective import Objective, dense_loss
from muse_lib.workers import Workers

N_SONGS = 7
KERNELS = [False, True] if installed("fast") else [False]
"""NumPy's loops, and numba's where it is installed; each is held to the slow twin."""


@pytest.fixture(params=KERNELS, ids=lambda fast: "numba" if fast else "numpy", autouse=True)
def fast(request, monkeypatch):
    """Every fact holds for both."""
    monkeypatch.setattr(objectives, "installed", lambda _: request.param)
    return request.param


def double_loop(C, smoothing, alpha, log_sign, W, b):
    """J and its gradient pair by pair, as the poster prints them."""
    n = len(C)
    M = C + smoothing
    M_max = max(M[i, j] for i in range(n) for j in range(n) if i != j)
    J, dW, db = 0.0, np.zeros_like(W), np.zeros_like(b)
    for i in range(n):
        for j in range(n):
            if i == j or M[i, j] == 0:
                continue
            weight = (M[i, j] / M_max) ** alpha
            residual = W[i] @ W[j] + b[i] + b[j] + log_sign * np.log(M[i, j])
            J += weight * residual**2
            dW[i] += 2 * weight * residual * W[j]
            dW[j] += 2 * weight * residual * W[i]
            db[i] += 2 * weight * residual
            db[j] += 2 * weight * residual
    return J, dW, db


def computed(objective, W, b):
    with Workers(2) as workers:
        return objective.loss_and_gradient(W, b, workers)


def random_vectors(seed, n_songs=N_SONGS, dim=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_songs, dim)), rng.normal(size=n_songs)


problems = st.fixed_dictionaries(
    {
        "playlists": st.lists(st.lists(st.integers(0, N_SONGS - 1), max_size=6), max_size=6).map(
            lambda playlists: [[0, 1], *playlists]  # so that there is a pair
        ),
        "weights": st.sampled_from(["one", "random"]),
        "artists": st.none() | st.lists(st.integers(0, 3), min_size=N_SONGS, max_size=N_SONGS),
        "smoothing": st.sampled_from([0.0, 0.001, 0.5, 1.0, 3.0]),
        "alpha": st.sampled_from([0.0, 0.5, 0.75, 1.0]),
        "log_sign": st.sampled_from([-1, 1]),
        "seed": st.integers(0, 99),
    }
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(problems)
def test_value_and_gradient_are_those_of_the_double_loop(problem):
    playlists = problem["playlists"]
    rng = np.random.default_rng(problem["seed"])
    weights = rng.random(len(playlists)) + 0.1 if problem["weights"] == "random" else None
    counted = count_cooccurrence(playlists, N_SONGS, weights=weights, artists=problem["artists"])
    parameters = [problem[name] for name in ("smoothing", "alpha", "log_sign")]
    W, b = random_vectors(problem["seed"])
    expected = double_loop(counted.tosparse().toarray(), *parameters, W, b)
    for fast, slow in zip(computed(Objective(counted, *parameters), W, b), expected, strict=True):
        assert_allclose(fast, slow, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("smoothing", [0, 0.01, 1])
def test_the_definition_over_the_whole_table_is_the_double_loop(smoothing):
    C = count_cooccurrence([[0, 1, 2], [2, 3], [0, 1]], N_SONGS).tosparse().toarray()
    W, b = random_vectors(3)
    expected, *_ = double_loop(C, smoothing, 0.75, -1, W, b)
    assert dense_loss(C, smoothing, 0.75, W, b) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("smoothing", [0, 0.01, 1])
@pytest.mark.parametrize("log_sign", [-1, 1])
def test_the_gradient_is_the_slope_of_the_loss(smoothing, log_sign):
    counted = count_cooccurrence([[0, 1, 2], [2, 3, 4, 5], [0, 1], [5, 6]], N_SONGS)
    objective = Objective(counted, smoothing, log_sign=log_sign)
    W, b = random_vectors(1)
    _, dW, db = computed(objective, W, b)
    for seed in range(3):
        step_W, step_b = (1e-6 * step for step in random_vectors(10 + seed))
        ahead, *_ = computed(objective, W + step_W, b + step_b)
        behind, *_ = computed(objective, W - step_W, b - step_b)
        predicted = np.sum(dW * step_W) + db @ step_b
        assert (ahead - behind) / 2 == pytest.approx(predicted, rel=1e-6)


def big_problem():
    """Playlists over several tiles and several blocks of rows."""
    rng = np.random.default_rng(5)
    playlists = [rng.choice(90, size, replace=False) for size in (70, 3, 25, 2, 40, 33)]
    return playlists, *random_vectors(5, n_songs=90, dim=4)


@pytest.mark.parametrize(("name", "value"), [("ROWS_AT_ONCE", 16), ("SHORT", 0), ("SHORT", 99)])
@pytest.mark.parametrize("fast", [False], indirect=True)
def test_stripes_stacks_and_blocks_do_not_change_the_result(monkeypatch, name, value):
    playlists, W, b = big_problem()
    counted = count_cooccurrence(playlists, 90, artists=np.arange(90) // 4)
    whole = computed(Objective(counted, smoothing=0.5), W, b)
    monkeypatch.setattr(cliques, name, value)
    monkeypatch.setattr(objectives, name, value, raising=False)
    for tiled, expected in zip(computed(Objective(counted, 0.5), W, b), whole, strict=True):
        assert_allclose(tiled, expected, rtol=1e-10)


def many_times(n):
    """Two songs together ``n`` times, others up to 300 times: most of it in the side list."""
    rare = [[0, k] for k in range(2, 302) for _ in range(k)]
    return [*([[0, 1]] * n), *rare, range(302)]


def test_counts_above_a_byte_have_their_own_weight_and_target():
    counted = count_cooccurrence(many_times(254), 302)
    assert counted.side_cells.size > 40
    W, b = random_vectors(9, n_songs=302)
    C = counted.tosparse().toarray()
    assert C[0, 1] == 255
    loss, dW, db = computed(Objective(counted, 0.5), W, b)
    assert loss == pytest.approx(dense_loss(C, 0.5, 0.75, W, b), rel=1e-11)
    plain_W, plain_b = dense_gradient(C, 0.5, 0.75, W, b)
    assert_allclose(dW, plain_W, rtol=1e-9, atol=1e-9 * np.abs(plain_W).max())
    assert_allclose(db, plain_b, rtol=1e-9, atol=1e-9 * np.abs(plain_b).max())


def dense_gradient(C, smoothing, alpha, W, b):
    """The gradient of `dense_loss`, over the whole table; the double loop takes minutes here."""
    M = C + smoothing
    np.fill_diagonal(M, 1)
    residual = (M / (C + smoothing).max()) ** alpha * (W @ W.T + b[:, None] + b - np.log(M))
    np.fill_diagonal(residual, 0)
    return 4 * residual @ W, 4 * residual.sum(axis=1)


def test_a_song_stands_in_a_stack_once():
    """Else a sum that is added to its row twice at once would count once."""
    counted = count_cooccurrence([[0, 1, 2], [0, 3, 4], [5, 6, 1]], N_SONGS)
    stacks = [tile.songs.tolist() for tile in tiles_of(counted)]
    assert stacks == [[[0, 1, 2]], [[0, 3, 4], [1, 5, 6]]]


def test_the_number_of_threads_does_not_change_a_bit(monkeypatch):
    for module in (cliques, objectives):
        monkeypatch.setattr(module, "ROWS_AT_ONCE", 16)
    playlists, W, b = big_problem()
    W, b = W.astype(np.float32), b.astype(np.float32)
    objective = Objective(count_cooccurrence(playlists, 90))
    results = []
    for n_threads in (1, 2, 5):
        with Workers(n_threads) as workers:
            results.append(objective.loss_and_gradient(W, b, workers))
    for result in results[1:]:
        assert result[0] == results[0][0]
        assert_array_equal(result[1], results[0][1])
        assert_array_equal(result[2], results[0][2])


def test_the_order_of_playlists_does_not_matter():
    playlists, W, b = big_problem()
    forward = computed(Objective(count_cooccurrence(playlists, 90)), W, b)
    backward = computed(Objective(count_cooccurrence(playlists[::-1], 90)), W, b)
    for one, other in zip(forward, backward, strict=True):
        assert_allclose(one, other, rtol=1e-11)


def test_renumbered_songs_have_the_same_loss_and_gradients():
    playlists, W, b = big_problem()
    new = np.random.default_rng(6).permutation(90)  # song s becomes new[s]
    old = np.argsort(new)
    loss, dW, db = computed(Objective(count_cooccurrence(playlists, 90)), W, b)
    renumbered = count_cooccurrence([new[playlist] for playlist in playlists], 90)
    loss_2, dW_2, db_2 = computed(Objective(renumbered), W[old], b[old])
    assert loss_2 == pytest.approx(loss, rel=1e-12)
    assert_allclose(dW_2[new], dW, rtol=1e-10)
    assert_allclose(db_2[new], db, rtol=1e-10)


def test_integer_and_float_counts_give_the_same_bytes():
    playlists, W, b = big_problem()
    counted = Objective(count_cooccurrence(playlists, 90))
    weighed = Objective(count_cooccurrence(playlists, 90, weights=np.ones(6, dtype=int)))
    assert_array_equal(computed(counted, W, b)[1], computed(weighed, W, b)[1])


def test_single_precision_agrees_with_double_to_its_own_rounding():
    playlists, W, b = big_problem()
    objective = Objective(count_cooccurrence(playlists, 90))
    exact = computed(objective, W, b)
    rounded = computed(objective, W.astype(np.float32), b.astype(np.float32))
    assert rounded[1].dtype == np.float32
    assert rounded[0] == pytest.approx(exact[0], rel=1e-5)
    assert_allclose(rounded[1], exact[1], atol=1e-5 * np.abs(exact[1]).max())


def test_weight_and_target_are_those_of_the_poster():
    objective = Objective(count_cooccurrence([[0, 1]] * 15, 2), smoothing=1, alpha=0.75)
    assert objective.weight(8) == pytest.approx((8 / 16) ** 0.75)
    assert objective.target(8) == pytest.approx(np.log(8))


@pytest.mark.parametrize(("playlists", "n_songs"), [([[0]], 1), ([[0], [1]], 2), ([], 5)])
@pytest.mark.parametrize("smoothing", [0, 1])
def test_a_corpus_without_a_pair_is_refused(playlists, n_songs, smoothing):
    with pytest.raises(InputError, match="nothing to learn from"):
        Objective(count_cooccurrence(playlists, n_songs), smoothing)


def test_every_song_in_every_playlist_leaves_one_weight_and_no_nan():
    objective = Objective(count_cooccurrence([range(N_SONGS)] * 3, N_SONGS))
    loss, dW, _ = computed(objective, *random_vectors(2))
    assert np.isfinite(loss)
    assert np.isfinite(dW).all()


@pytest.mark.parametrize("size", [1e15, 1e25])
def test_vectors_that_have_run_away_overflow_without_a_warning(size):
    """A warning would be published, with the path of the library on the machine."""
    playlists, W, b = big_problem()
    objective = Objective(count_cooccurrence(playlists, 90))
    W = np.full_like(W, size, dtype=np.float32)
    loss, _, _ = computed(objective, W, b.astype(np.float32))
    assert not np.isfinite(loss)
