import dataclasses
import shutil

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.config import ContrastiveConfig, TrainingConfig
from muse_lib.errors import InputError
from muse_lib.extras import installed
from muse_lib.models.muse import sharded_run
from muse_lib.models.muse.contrastive import Contrastive
from muse_lib.models.muse.cooccurrence import count_cooccurrence
from muse_lib.models.muse.descent import begin, first_parameters
from muse_lib.models.muse.exchange import rows_for_shard, select_rows, submit_epoch
from muse_lib.models.muse.executor import SerialExecutor
from muse_lib.models.muse.objective import Objective
from muse_lib.models.muse.shards import Block, partition
from muse_lib.models.muse.training import TrainingDivergedError, train
from muse_lib.titles.pairs import TitlePairs
from muse_lib.workers import Workers
from tests.helpers.worlds import song_table, two_scenes

N_SONGS = 60
SMALL = TrainingConfig(dim=8, epochs=12)
ARTISTS = np.random.default_rng(0).integers(12, size=N_SONGS)
ARTISTS[:12] = np.arange(12)
LONG = [range(300), range(100, 400), range(5), [7, 3]]

KERNELS = [False, True] if installed("fast") else [False]


@pytest.fixture(scope="module")
def objective():
    return Objective(count_cooccurrence(two_scenes(N_SONGS), N_SONGS), smoothing=0.01)


def run(objective, config=SMALL, **options):
    return train(
        objective, song_table(objective.cooccurrence.n_songs), config, cluster="here", **options
    )


def sharded_gradient(objective, n_shards, artists=None):
    """The gradient, read off a step of length one downhill, and J."""
    config = TrainingConfig(dim=8, epochs=1, optimizer="gd", learning_rate=1, own_step=1)
    W, b = random_vectors(objective.cooccurrence.n_songs)
    parts = list(partition(objective, config, artists, n_shards))
    blocks = [Block(begin((W[part.songs], b[part.songs]), config, None)) for part in parts]
    with Workers(1) as workers:
        after = submit_epoch(SerialExecutor(workers), parts, blocks, None)
    dW, db = np.empty_like(W), np.empty_like(b)
    for part, block in zip(parts, after, strict=True):
        moved_W, moved_b = block.descent.parameters
        dW[part.songs], db[part.songs] = W[part.songs] - moved_W, b[part.songs] - moved_b
    return sum(block.loss for block in after), dW, db


def random_vectors(n_songs):
    rng = np.random.default_rng(1)
    return (
        rng.standard_normal((n_songs, 8), dtype=np.float32),
        rng.standard_normal(n_songs, dtype=np.float32),
    )


WORLDS = {
    "scenes": lambda: count_cooccurrence(two_scenes(N_SONGS), N_SONGS),
    "artists": lambda: count_cooccurrence(two_scenes(N_SONGS), N_SONGS, artists=ARTISTS),
    "long": lambda: count_cooccurrence(LONG, 401),
    "weighed": lambda: count_cooccurrence(
        two_scenes(N_SONGS), N_SONGS, weights=np.linspace(0.1, 2, 120)
    ),
    "often": lambda: count_cooccurrence([[0, 1, 2]] * 300 + [[1, 2, 3]] * 7, 4),
}


@pytest.mark.parametrize("fast", KERNELS)
@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("smoothing", [0, 1])
@pytest.mark.parametrize("n_shards", [1, 3, 70])
def test_the_gradient_is_that_of_the_whole(fast, world, smoothing, n_shards):
    """Also where there are more shards than songs, or counts that do not fit into a byte."""
    objective = Objective(WORLDS[world](), smoothing, fast=fast)
    W, b = random_vectors(objective.cooccurrence.n_songs)
    with Workers(1) as workers:
        loss, dW, db = objective.loss_and_gradient(W, b, workers)
    sharded_loss, sharded_dW, sharded_db = sharded_gradient(objective, n_shards)
    assert sharded_loss == pytest.approx(loss, rel=1e-5)
    assert_allclose(sharded_dW, dW, rtol=0, atol=1e-5 * np.abs(dW).max())
    assert_allclose(sharded_db, db, rtol=0, atol=1e-5 * np.abs(db).max())


@pytest.mark.parametrize("world", WORLDS)
def test_each_pair_belongs_to_one_shard_which_counts_it(world):
    counted = WORLDS[world]()
    parts = list(partition(Objective(counted), SMALL, None, 5))
    rebuilt = np.zeros((counted.n_songs, counted.n_songs))
    for j, part in enumerate(parts):
        songs = np.concatenate([block.songs[block.rows_needed[j]] for block in parts])
        rebuilt[np.ix_(songs, songs)] += part.cooccurrence.tosparse().toarray()
    assert_array_equal(rebuilt, counted.tosparse().toarray())


def test_songs_of_an_artist_are_rows_of_one_block(objective):
    parts = list(partition(objective, SMALL, ARTISTS, 5))
    assert sorted(np.concatenate([part.songs for part in parts])) == list(range(N_SONGS))
    homes = [set(ARTISTS[part.songs]) for part in parts]
    assert sum(map(len, homes)) == len(set.union(*homes)) == 12


def test_only_rows_that_a_shard_holds_are_sent():
    """Two scenes that never meet: each shard wants the rows of its own."""
    playlists = [[0, 1, 2], [1, 2], [3, 4, 5], [3, 5]]
    parts = list(partition(Objective(count_cooccurrence(playlists, 6)), SMALL, None, 2))
    W, b = random_vectors(6)
    blocks = [Block(begin((W[part.songs], b[part.songs]), SMALL, None)) for part in parts]
    sent = [
        [rows_for_shard(None, part, block, j).W.shape[0] for j in range(2)]
        for part, block in zip(parts, blocks, strict=True)
    ]
    assert sent == [[3, 0], [0, 3]]


class Frozen(SerialExecutor):
    """No result can be changed, as is so of what another process sends."""

    def submit(self, function, *arguments, at):
        result = super().submit(function, *arguments, at=at)
        for array in arrays_in(result):
            array.flags.writeable = False
        return result


def arrays_in(value):
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from arrays_in(part)
    elif dataclasses.is_dataclass(value):
        yield from arrays_in([getattr(value, field.name) for field in dataclasses.fields(value)])


@pytest.mark.parametrize("optimizer", ["gd", "adagrad", "adam"])
def test_no_function_changes_what_it_is_given(objective, optimizer):
    """Else one that is called again, as its result was lost, would return another."""
    config = SMALL.replace(optimizer=optimizer, learning_rate=1e-3)
    W, b = first_parameters(N_SONGS, config)
    parts = list(partition(objective, config, ARTISTS, 3))
    with Workers(1) as workers:
        executor, after = Frozen(workers), []
        for part in parts:
            rows_of = begin((W[part.songs], b[part.songs]), config, part.sharing)
            after.append(executor.submit(lambda _, d: Block(d), rows_of, at=0))
        free = list(after)
        for _ in range(2):
            after = submit_epoch(executor, parts, after, None)
            free = submit_epoch(SerialExecutor(workers), parts, free, None)
    for frozen, block in zip(after, free, strict=True):
        assert_array_equal(frozen.descent.parameters[0], block.descent.parameters[0])


@pytest.mark.parametrize("artists", [None, ARTISTS], ids=["alone", "sharing"])
@pytest.mark.parametrize("optimizer", ["adagrad", "adam"])
def test_a_run_in_shards_ends_where_the_whole_one_ends(objective, artists, optimizer):
    config = SMALL.replace(optimizer=optimizer)
    sharded = run(objective, config, artists=artists, n_shards=3)
    whole = train(objective, song_table(N_SONGS), config, artists=artists)
    assert_allclose(sharded.embedding.vectors, whole.embedding.vectors, atol=1e-4)
    assert_allclose(sharded.embedding.biases, whole.embedding.biases, atol=1e-4)
    assert sharded.history["epoch"].tolist() == whole.history["epoch"].tolist()
    assert_allclose(sharded.history, whole.history, rtol=1e-3)
    assert sharded.kernel == f"{objective.kernel}, 3 shards"


def contrastive():
    playlists = [np.array(sorted(set(songs))) for songs in two_scenes(N_SONGS)]
    titles = [f"scene {number % 2}" for number in range(len(playlists))]
    vectors = np.eye(2, dtype=np.float32)[np.arange(len(playlists)) % 2]
    config = ContrastiveConfig(n_contrastive_pairs=50)
    return Contrastive(TitlePairs(playlists, titles, vectors, N_SONGS, config, 0), 100.0, 0.0)


def test_titles_add_the_same_in_shards(objective):
    sharded = run(objective, contrastive=contrastive(), n_shards=3)
    whole = train(objective, song_table(N_SONGS), SMALL, contrastive=contrastive())
    assert list(sharded.history) == list(whole.history)
    assert_allclose(sharded.history, whole.history, rtol=1e-3)
    assert_allclose(sharded.embedding.vectors, whole.embedding.vectors, atol=1e-4)


def test_one_and_two_threads_give_the_same_bytes_in_shards(objective):
    one, two = (run(objective, n_shards=3, n_threads=n) for n in (1, 2))
    assert_array_equal(one.embedding.vectors, two.embedding.vectors)


def test_how_often_blocks_are_kept_changes_nothing(objective):
    often, never = (run(objective, n_shards=3, checkpoint_every=n) for n in (1, 50))
    assert_array_equal(often.embedding.vectors, never.embedding.vectors)
    assert often.history.equals(never.history)


def test_the_evaluation_sees_the_vectors_of_its_epoch(objective):
    seen = []
    evaluated = run(
        objective,
        evaluate=lambda embedding: seen.append(embedding.vectors) or {"n": len(seen)},
        evaluate_at=[7, 12],
        n_shards=3,
    )
    shorter = run(objective, SMALL.replace(epochs=7), n_shards=3)
    assert_array_equal(seen[0], shorter.embedding.vectors)
    assert_array_equal(seen[1], evaluated.embedding.vectors)
    history = evaluated.history
    assert history.loc[history["n"].notna(), "epoch"].tolist() == [7, 12]


@pytest.fixture
def stopped(objective, tmp_path):
    """The checkpoint of a run that was interrupted at epoch 7."""

    def interrupt(_embedding):
        raise KeyboardInterrupt

    path = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run(objective, evaluate=interrupt, evaluate_at=[7], checkpoint=path, n_shards=3)
    return path


def epochs_read(monkeypatch):
    read, real = [], sharded_run.read_block

    def noted(workers, folder, k, at):
        read.append(at)
        return real(workers, folder, k, at)

    monkeypatch.setattr(sharded_run, "read_block", noted)
    return read


def test_a_stopped_run_goes_on_to_the_same_bytes_and_leaves_nothing(
    objective, stopped, monkeypatch
):
    read = epochs_read(monkeypatch)
    resumed = run(objective, checkpoint=stopped, n_shards=3)
    assert min(read) == 7
    assert_array_equal(resumed.embedding.vectors, run(objective, n_shards=3).embedding.vectors)
    assert list(stopped.parent.iterdir()) == []


def test_files_of_another_number_of_shards_are_passed_over(objective, stopped, monkeypatch):
    read = epochs_read(monkeypatch)
    run(objective, checkpoint=stopped, n_shards=4)
    assert min(read) == 0


def test_files_that_are_damaged_are_passed_over(objective, stopped):
    for path in (stopped.parent / "run.shards").glob("block-1-*"):
        path.write_bytes(path.read_bytes()[:-10])
    resumed = run(objective, checkpoint=stopped, n_shards=3)
    assert_array_equal(resumed.embedding.vectors, run(objective, n_shards=3).embedding.vectors)


def test_files_that_a_place_does_not_see_are_named_with_what_to_do(objective, tmp_path):
    gone = lambda _: shutil.rmtree(tmp_path / "run.shards") or {}  # noqa: E731
    with pytest.raises(
        InputError, match=r"block-0-at-20.*missing: .* folder that every worker sees"
    ):
        run(
            *(objective, SMALL.replace(epochs=30)),
            **{"evaluate": gone, "evaluate_at": [10], "checkpoint": tmp_path / "run"},
        )


def test_a_run_that_diverges_says_so_and_keeps_finite_vectors(objective):
    config = TrainingConfig(dim=8, epochs=100, optimizer="gd", learning_rate=0.5)
    with pytest.raises(TrainingDivergedError, match=r"epoch \d+ .*learning_rate=0.5") as caught:
        run(objective, config, checkpoint_every=1)
    assert np.isfinite(caught.value.best.embedding.vectors).all()


def test_rows_come_with_their_numbers():
    W, b = random_vectors(5)
    sent = select_rows(None, Block(begin((W, b), SMALL, None)), np.array([3, 1]))
    assert_array_equal(sent.W, W[[3, 1]])
    assert sent.which.tolist() == [3, 1]
