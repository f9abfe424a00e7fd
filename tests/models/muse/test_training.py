import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import psutil
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.config import TrainingConfig
from muse_lib.errors import InputError
from muse_lib.extras import installed
from muse_lib.models.muse import checkpoint as checkpoints
from muse_lib.models.muse.cooccurrence import count_cooccurrence
from muse_lib.models.muse.objective import Objective
from muse_lib.models.muse.optimizers import OPTIMIZERS
from muse_lib.models.muse.training import TrainingDivergedError, memory_needed, train
from muse_lib.seeds import stream
from muse_lib.storage.files import read_tensors
from muse_lib.workers import Workers
from tests.helpers.worlds import song_table, two_scenes

N_SONGS = 60
SMALL = TrainingConfig(dim=8, epochs=12)


@pytest.fixture(scope="module")
def objective():
    return Objective(count_cooccurrence(two_scenes(N_SONGS), N_SONGS), smoothing=0.01)


def run(objective, config=SMALL, **options):
    return train(objective, song_table(N_SONGS), config, **options)


def test_neighbours_come_from_the_same_scene(objective):
    """Even and odd songs are two scenes; one pick in ten strays."""
    embedding = run(objective, TrainingConfig(dim=8, epochs=60)).embedding
    for song in range(N_SONGS):
        assert (embedding.neighbours(song, k=5)["song"] % 2 == song % 2).all()


def test_with_the_printed_sign_songs_of_a_scene_are_pushed_apart(objective):
    printed = Objective(objective.cooccurrence, 0.01, log_sign=1)
    embedding = run(printed, TrainingConfig(dim=8, epochs=60)).embedding
    i, j = np.triu_indices(N_SONGS, k=1)
    similarity = embedding.similarity(i, j)
    assert similarity[i % 2 == j % 2].mean() < similarity[i % 2 != j % 2].mean()


@pytest.mark.parametrize("optimizer", ["adagrad", "adam"])
def test_the_loss_falls_to_a_small_part(objective, optimizer):
    loss = run(objective, SMALL.replace(epochs=60, optimizer=optimizer)).history["loss"]
    assert loss.iloc[-1] < 0.1 * loss.iloc[0]


def test_the_history_has_a_row_before_the_first_step_and_one_after_each(objective):
    history = run(objective).history
    assert history["epoch"].tolist() == list(range(13))
    assert set(history) == {"epoch", "loss", "largest_gradient"}


def test_two_trainings_give_the_same_bytes(objective):
    """Nothing of the first training is left in the second."""
    first, second = run(objective), run(objective)
    assert_array_equal(first.embedding.vectors, second.embedding.vectors)
    assert_array_equal(first.embedding.biases, second.embedding.biases)


def test_one_and_two_threads_give_the_same_bytes(objective):
    one, two = run(objective, n_threads=1), run(objective, n_threads=2)
    assert_array_equal(one.embedding.vectors, two.embedding.vectors)


def test_another_seed_gives_other_vectors(objective):
    other = run(objective, SMALL.replace(seed=1))
    assert (other.embedding.vectors != run(objective).embedding.vectors).any()


def test_plain_gradient_descent_diverges_with_a_message_and_keeps_the_best(objective):
    config = TrainingConfig(dim=8, epochs=100, optimizer="gd", learning_rate=0.5)
    with (
        pytest.raises(
            TrainingDivergedError, match=r"epoch \d+ .*learning_rate=0.5.*gradient"
        ) as caught,
    ):
        run(objective, config)
    best = caught.value.best
    assert np.isfinite(best.embedding.vectors).all()
    at_best, *_ = _loss(objective, best.embedding)
    assert at_best == pytest.approx(best.history["loss"].min(), rel=1e-5)


def _loss(objective, embedding):
    with Workers(1) as workers:
        return objective.loss_and_gradient(embedding.vectors, embedding.biases, workers)


def test_the_evaluation_is_called_at_the_chosen_epochs(objective):
    history = run(
        objective,
        evaluate=lambda embedding: {"norm": float(np.linalg.norm(embedding.vectors))},
        evaluate_at=[5, 12],
    ).history
    assert history.loc[history["norm"].notna(), "epoch"].tolist() == [5, 12]


def test_an_evaluated_embedding_is_that_of_a_shorter_run(objective):
    seen = []
    run(objective, evaluate=lambda e: seen.append(e.vectors) or {}, evaluate_at=[7])
    shorter = run(objective, SMALL.replace(epochs=7))
    assert_array_equal(seen[0], shorter.embedding.vectors)


RUN_AND_DIE = """
import os, signal, sys
from pathlib import Path
from tests.models.muse.test_training import *
world = Objective(count_cooccurrence(two_scenes(N_SONGS), N_SONGS), smoothing=0.01)
die = lambda embedding: os.kill(os.getpid(), signal.SIGKILL)
file, epoch = Path(sys.argv[1]), int(sys.argv[2])
run(world, evaluate=die, evaluate_at=[epoch], checkpoint=file, checkpoint_every=1)
"""


@pytest.mark.slow
@pytest.mark.parametrize("epoch", [1, 6, 12])
def test_a_run_killed_and_resumed_gives_the_bytes_of_one_never_killed(objective, tmp_path, epoch):
    checkpoint = tmp_path / "run.safetensors"
    killed = subprocess.run([sys.executable, "-c", RUN_AND_DIE, checkpoint, str(epoch)])
    assert killed.returncode == -signal.SIGKILL
    assert checkpoint.exists()
    resumed, unbroken = run(objective, checkpoint=checkpoint, checkpoint_every=1), run(objective)
    assert_array_equal(resumed.embedding.vectors, unbroken.embedding.vectors)
    assert resumed.history.equals(unbroken.history)
    assert not checkpoint.exists()


@pytest.fixture
def checkpoint(objective, tmp_path):
    """A checkpoint of the run `SMALL`, left by an interruption."""
    path = tmp_path / "run.safetensors"

    def interrupt(_embedding):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(objective, evaluate=interrupt, evaluate_at=[10], checkpoint=path, checkpoint_every=5)
    return path


def epochs_run(objective, config, checkpoint):
    """The epochs that a run makes with the checkpoint it finds."""
    seen = []
    note = {"evaluate": lambda _: seen.append(1) or {}, "evaluate_at": range(config.epochs + 1)}
    run(objective, config, checkpoint=checkpoint, **note)
    return len(seen)


def test_a_run_goes_on_from_its_own_checkpoint(objective, checkpoint):
    assert epochs_run(objective, SMALL, checkpoint) == SMALL.epochs + 1 - 10


def test_a_checkpoint_of_other_parameters_is_passed_over(objective, checkpoint):
    other = SMALL.replace(learning_rate=0.1)
    assert epochs_run(objective, other, checkpoint) == other.epochs + 1


def test_a_checkpoint_of_other_code_is_passed_over(objective, checkpoint, monkeypatch):
    monkeypatch.setattr(checkpoints, "code_digest", lambda _: "changed")
    assert epochs_run(objective, SMALL, checkpoint) == SMALL.epochs + 1


def test_a_checkpoint_of_other_loops_is_passed_over(objective, checkpoint, monkeypatch):
    """NumPy and numba round differently: a run is of one or the other."""
    monkeypatch.setattr(Objective, "kernel", "another")
    assert epochs_run(objective, SMALL, checkpoint) == SMALL.epochs + 1


def test_without_numba_numpy_trains_and_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "muse_lib.models.muse.compiled", raising=False)
    world = Objective(count_cooccurrence(two_scenes(N_SONGS), N_SONGS), smoothing=0.01)
    trained = run(world)
    assert trained.kernel == "numpy"
    loss = trained.history["loss"]
    assert loss.iloc[-1] < loss.iloc[0]


@pytest.mark.skipif(not installed("fast"), reason="numba is not installed")
def test_numba_and_numpy_train_the_same_vectors_to_rounding(objective):
    fast, slow = (run(replace(objective, fast=fast)) for fast in (True, False))
    assert (fast.kernel, slow.kernel) == ("numba", "numpy")
    assert_allclose(fast.embedding.vectors, slow.embedding.vectors, atol=1e-4)


def test_a_damaged_checkpoint_is_passed_over(objective, checkpoint):
    checkpoint.write_bytes(checkpoint.read_bytes()[:-100])
    assert epochs_run(objective, SMALL, checkpoint) == SMALL.epochs + 1


def test_a_run_that_cannot_fit_is_refused_with_what_to_lower(objective, monkeypatch):
    free = psutil.virtual_memory()._replace(available=1000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    with pytest.raises(InputError, match="lower dim, n_playlists or max_playlist_length"):
        run(objective)


@pytest.mark.parametrize(("optimizer", "n_arrays"), [("gd", 3), ("adagrad", 4), ("adam", 5)])
def test_the_memory_needed_is_that_of_the_arrays_and_the_counts(objective, optimizer, n_arrays):
    """W, its gradient and the best so far, and what the step rule remembers."""
    config = SMALL.replace(optimizer=optimizer)
    needed = memory_needed(objective.cooccurrence, config)
    assert needed == n_arrays * N_SONGS * SMALL.dim * 4 + objective.cooccurrence.nbytes


def test_a_dimension_above_the_number_of_songs_trains(objective):
    embedding = run(objective, TrainingConfig(dim=100, epochs=3)).embedding
    assert embedding.vectors.shape == (N_SONGS, 100)
    assert np.isfinite(embedding.vectors).all()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("epochs", -5),
        ("learning_rate", 0),
        ("learning_rate", float("nan")),
        ("dim", 0),
    ],
)
def test_a_value_out_of_range_is_refused_by_name_and_value(name, value):
    with pytest.raises(InputError, match=f"{name}={value}"):
        TrainingConfig(**{name: value})


def test_adagrad_is_glove_s_rule():
    theta, squares = np.array([1.0, 2.0]), np.array([0.0, 5.0])
    gradient = np.array([3.0, -2.0])
    OPTIMIZERS["adagrad"].step(theta, gradient, [squares], 0.05, 1)
    assert_allclose(theta, [1 - 0.05, 2 + 0.05 * 2 / 3])
    assert_allclose(squares, [9, 9])


def test_adam_s_first_step_has_the_length_of_the_learning_rate():
    theta = np.zeros(2)
    slots = [np.zeros(2), np.zeros(2)]
    OPTIMIZERS["adam"].step(theta, np.array([3.0, -0.2]), slots, 0.05, 1)
    assert_allclose(theta, [-0.05, 0.05], rtol=1e-6)


def plain_artist_steps(objective, artists, config):
    """The slow twin: own vectors u and one vector a an artist, each with AdaGrad's sums."""
    n, dim = N_SONGS, config.dim
    rng = stream(config.seed, "init")
    u = (rng.random((n, dim), dtype=np.float32) - 0.5) / dim
    b = (rng.random(n, dtype=np.float32) - 0.5) / dim
    a = np.zeros((artists.max() + 1, dim))
    sums = [np.ones_like(u), np.ones_like(a), np.ones_like(b)]
    for _ in range(config.epochs):
        w = (u + a[artists]).astype(np.float32)
        with Workers(1) as workers:
            _, of_w, of_b = objective.loss_and_gradient(w, b.astype(np.float32), workers)
        of_a = np.zeros_like(a)
        for song, artist in enumerate(artists):
            of_a[artist] += of_w[song]
        for theta, gradient, total, rate in zip(
            [u, a, b], [of_w, of_a, of_b], sums, [config.own_step, 1, 1], strict=True
        ):
            total += gradient**2
            theta -= config.learning_rate * rate * gradient / np.sqrt(total)
    return u + a[artists]


def test_songs_of_an_artist_share_a_part_of_their_vectors(objective):
    artists = np.arange(N_SONGS) // 3
    vectors = run(objective, artists=artists).embedding.vectors
    assert_allclose(vectors, plain_artist_steps(objective, artists, SMALL), rtol=1e-3, atol=1e-5)


def test_a_song_that_no_playlist_pairs_is_placed_by_its_artist():
    """The last song is by the artist of the even ones, and in no playlist with another song."""
    lonely = Objective(count_cooccurrence([*two_scenes(N_SONGS), [N_SONGS]], N_SONGS + 1), 0.01)
    artists = np.append(np.arange(N_SONGS) % 2, 0)
    config = TrainingConfig(dim=8, epochs=60)
    embedding = train(lonely, song_table(N_SONGS + 1), config, artists=artists).embedding
    near = embedding.neighbours(N_SONGS, k=10)["song"]
    assert (near % 2 == 0).all()


def test_a_killed_run_with_shared_parts_goes_on_as_if_nothing_happened(objective, checkpoint):
    artists = np.arange(N_SONGS) // 3
    unbroken = run(objective, artists=artists).embedding

    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(
            objective,
            artists=artists,
            checkpoint=checkpoint,
            checkpoint_every=5,
            evaluate=stop,
            evaluate_at=[7],
        )
    resumed = run(objective, artists=artists, checkpoint=checkpoint).embedding
    assert_array_equal(resumed.vectors, unbroken.vectors)


def test_saved_vectors_say_what_computed_them(objective, tmp_path):
    trained = run(objective)
    trained.save(tmp_path, {"dim": 8})
    pedigree = read_tensors(tmp_path / "model.safetensors", "train again.")[1]
    assert (pedigree["dim"], pedigree["kernel"]) == (8, objective.kernel)
