"""Nothing of a held-out playlist reaches a model: asked of what training leaves, not of its code.

Each test that finds no leak is followed or accompanied by a twin that leaks on purpose, so that
a test which cannot fail would be noticed.
"""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from muse_lib.config import DataConfig
from muse_lib.data.corpora import load
from muse_lib.data.dataset import Dataset
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.evaluation.pairs import PairRule, poster_pairs
from muse_lib.models.baselines import random_vectors
from muse_lib.models.muse.cooccurrence import training_cooccurrence
from muse_lib.models.muse.variants import VARIANTS, Recipe
from muse_lib.titles.pairs import training_title_pairs
from tests.helpers.worlds import corpus_of, two_scenes

pytestmark = pytest.mark.slow

SMALL = {"dim": 4, "epochs": 3, "n_contrastive_pairs": 50, "dissimilar_title": 0.6}
N_SONGS = 40
MARKER, MARKER_TITLE = N_SONGS, "quokka zanzibar"
"""A song and a title that held-out playlists alone have."""

MARKED_PAIR = (0, 1)
"""Two songs that held-out playlists alone have together."""

TITLES = (["morning gym", "sleepy piano"], ["gym workout", "calm sleep"], ["party", "rainy day"])
PARTS = np.array([*["train"] * 8, "validation", "test"] * 6)
HELD_OUT = ["validation", "test"]


def dataset_of(changed="", songs=(), title=""):
    """Two scenes in playlists of fixed parts; those of one part can be put differently."""
    playlists = two_scenes(N_SONGS, PARTS.size, length=8)
    titles = [TITLES[number % 3][number % 2] for number in range(PARTS.size)]
    for number, part in enumerate(PARTS):
        if part != "train":
            playlists[number] = sorted({*playlists[number], *MARKED_PAIR, MARKER})
            titles[number] = MARKER_TITLE
        elif set(MARKED_PAIR) <= set(playlists[number]):
            playlists[number].remove(MARKED_PAIR[1])
        if part == changed:
            playlists[number], titles[number] = list(songs), title
    corpus = corpus_of(playlists)
    corpus = replace(corpus, playlists=corpus.playlists.assign(title=titles))
    return Dataset.of(corpus, PARTS)


def leaky(dataset):
    """The same playlists, all of them used for training."""
    return replace(dataset, playlists=dataset.playlists.assign(part="train"))


def trained(dataset, variant, folder):
    """Train a variant, save it as `05_train` does, and return its folder."""
    recipe = Recipe.of(variant, **SMALL)
    training = recipe.train(dataset.vocabulary)
    training.embedding.save(folder, recipe.pedigree())
    training.history.to_csv(folder / "history.csv", index=False)
    return folder


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def dataset():
    return dataset_of()


@pytest.fixture(scope="module")
def models(dataset, tmp_path_factory):
    """The artefacts of every variant."""
    folder = tmp_path_factory.mktemp("honest")
    return {variant: trained(dataset, variant, folder / variant) for variant in VARIANTS}


# What held-out playlists alone hold


def test_no_song_of_held_out_playlists_alone_is_in_the_vocabulary(dataset):
    assert MARKER not in set(dataset.vocabulary.songs["song_id"])
    assert MARKER in set(leaky(dataset).vocabulary.songs["song_id"])


def counted(dataset, pair):
    """How often two songs of the sample are together in what training counts."""
    vocabulary = dataset.vocabulary
    number = {song: place for place, song in enumerate(vocabulary.songs["song_id"])}
    C = training_cooccurrence(vocabulary, Recipe().counting).tosparse()
    return C[number[pair[0]], number[pair[1]]]


def test_no_pair_of_held_out_playlists_alone_is_counted(dataset):
    assert counted(dataset, MARKED_PAIR) == 0
    assert counted(leaky(dataset), MARKED_PAIR) == (PARTS != "train").sum()


def test_counts_are_those_of_training_playlists(dataset):
    memberships = dataset.memberships.groupby("playlist_id")["song_id"].agg(set)
    playlists = [memberships[number] for number in np.flatnonzero(PARTS == "train")]
    known = dataset.vocabulary.songs["song_id"].tolist()
    for pair in [(known[0], known[2]), (known[1], known[3]), (known[5], known[8])]:
        assert counted(dataset, pair) == sum(set(pair) <= playlist for playlist in playlists)


def test_no_title_of_held_out_playlists_is_read(dataset):
    assert MARKER_TITLE not in dataset.vocabulary.titles
    assert MARKER_TITLE in leaky(dataset).vocabulary.titles


def test_the_pairs_that_titles_speak_for_follow_from_training_playlists_alone(dataset):
    small = Recipe.of("muse", **SMALL)

    def digest_of(world):
        return training_title_pairs(world.vocabulary, small.contrastive, small.titles, 0).digest

    honest = digest_of(dataset)
    assert digest_of(dataset_of("test", [2, 4, 7], "calm gym")) == honest
    assert digest_of(leaky(dataset)) != honest


def told(folder):
    """Everything that the artefacts of a model say, as text."""
    return "".join(path.read_bytes().decode("latin-1") for path in sorted(folder.iterdir()))


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_artefact_names_what_held_out_playlists_alone_hold(models, variant):
    assert "track 0" in told(models[variant])
    for secret in (f"track {MARKER}", MARKER_TITLE):
        assert secret not in told(models[variant])


def test_the_artefacts_of_a_leaky_training_would_name_it(dataset, tmp_path):
    assert f"track {MARKER}" in told(trained(leaky(dataset), "muse", tmp_path))


# What another held-out playlist changes: nothing


@pytest.mark.parametrize("part", HELD_OUT)
@pytest.mark.parametrize("variant", VARIANTS)
def test_other_songs_and_titles_of_held_out_playlists_leave_every_byte(
    models, tmp_path, variant, part
):
    other = dataset_of(changed=part, songs=[2, 3, 5, 8, 13, 21], title="sleepy gym")
    assert digests(trained(other, variant, tmp_path)) == digests(models[variant])


@pytest.mark.parametrize("variant", VARIANTS)
def test_playlists_that_training_reads_would_change_the_vectors(dataset, models, tmp_path, variant):
    changed = digests(trained(leaky(dataset), variant, tmp_path))
    assert [
        name for name, digest in digests(models[variant]).items() if changed[name] == digest
    ] == []


def test_titles_that_training_reads_would_change_the_contrastive_vectors(models, dataset, tmp_path):
    titles = dataset.playlists["title"].where(PARTS != "train", MARKER_TITLE + " 1")
    titles = titles.where(np.arange(PARTS.size) % 2 == 0, "sleepy piano")
    retitled = replace(dataset, playlists=dataset.playlists.assign(title=titles))
    assert digests(trained(retitled, "muse", tmp_path / "one")) == digests(models["muse"])
    other = digests(trained(retitled, "muse-contrastive", tmp_path / "other"))
    assert other != digests(models["muse-contrastive"])


SHARED = [f"{song}" for song in range(30)]


@pytest.fixture
def read(tmp_path):
    """Read a file of playlists, whose first one is held out and can be put differently."""

    def read(first):
        rng = np.random.default_rng(0)
        playlists = [first, *([*rng.choice(SHARED, 6, replace=False)] for _ in range(30))]
        rows = [
            f"{number},{TITLES[number % 3][number % 2]},{song},{song}\n"
            for number, songs in enumerate(playlists)
            for song in songs
        ]
        path = tmp_path / "mine.csv"
        path.write_text("playlist,title,track,artist\n" + "".join(rows))
        corpus = load(DataConfig(corpus="csv", data_file=str(path)))
        return Dataset.of(corpus, np.array(["test", *["train"] * 28, "validation", "test"]))

    return read


@pytest.mark.parametrize(
    "first", [SHARED[::-1], ["new", "29", "newer", "28"]], ids=["known", "new"]
)
@pytest.mark.parametrize("variant", ["muse", "muse-artist-contrastive"])
def test_the_order_in_which_a_file_names_its_songs_leaves_every_vector(read, variant, first):
    """Songs that a held-out playlist names before training does."""
    one, other = (
        Recipe.of(variant, **SMALL).train(read(songs).vocabulary).embedding
        for songs in (SHARED[:5], first)
    )
    names = ["track", "artist"]
    pd.testing.assert_frame_equal(one.songs[names], other.songs[names])
    assert one.vectors.tobytes() == other.vectors.tobytes()
    assert one.biases.tobytes() == other.biases.tobytes()


def test_the_pedigree_is_that_of_the_parameters(models):
    text = (models["muse"] / "model.safetensors").read_bytes()
    header = json.loads(text[8 : 8 + int.from_bytes(text[:8], "little")])
    pedigree = json.loads(header["__metadata__"]["pedigree"])
    assert pedigree.keys() - Recipe.of("muse", **SMALL).pedigree().keys() == {"songs"}
    assert {**pedigree, **Recipe.of("muse", **SMALL).pedigree()} == pedigree


# What cannot be known is not known


def auc(pairs, similar, score):
    """The area under the ROC curve as Mann and Whitney's U, and the p of chance."""
    test = scipy.stats.mannwhitneyu(score[similar], score[~similar])
    return test.statistic / (similar.sum() * (len(pairs) - similar.sum())), test.pvalue


@pytest.fixture(scope="module")
def judged():
    """Held-out pairs of two scenes, and their cosines by a model that was trained well."""
    parts = np.array([*["train"] * 8, "validation", "test"] * 30)
    world = Dataset.of(corpus_of(two_scenes(200, parts.size)), parts)
    vocabulary = world.vocabulary
    held_out = HeldOut(vocabulary.songs, world.memberships, parts)
    pairs = poster_pairs(held_out, "test", PairRule(1_000, share_similar=0.5))
    recipe = Recipe.of("muse", dim=8, epochs=80, smoothing=0.1)
    return vocabulary, pairs, recipe.train(vocabulary).embedding.similarity(pairs.i, pairs.j)


def test_true_labels_are_told_apart(judged):
    _, pairs, score = judged
    area, p = auc(pairs, pairs.similar, score)
    assert area > 0.7
    assert p < 1e-9


def test_shuffled_labels_score_chance(judged):
    """One shuffle within the interval of chance, and many with no leaning to either side."""
    _, pairs, score = judged
    rng = np.random.default_rng(0)
    areas, p = np.transpose([auc(pairs, rng.permutation(pairs.similar), score) for _ in range(200)])
    assert p[0] > 0.01
    assert (p < 0.05).mean() < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 200)
    assert abs(areas.mean() - 0.5) < 4 * areas.std() / np.sqrt(200)


def test_random_vectors_score_chance(judged):
    vocabulary, pairs, _ = judged
    areas = np.array(
        [
            auc(pairs, pairs.similar, model.similarity(pairs.i, pairs.j))[0]
            for model in (random_vectors(vocabulary, seed) for seed in range(40))
        ]
    )
    assert abs(areas.mean() - 0.5) < 4 * areas.std() / np.sqrt(40)
    assert np.abs(areas - 0.5).max() < 0.1


def structureless(seed):
    """Playlists of songs drawn at random: whoever knows the test playlists must have seen them."""
    rng = np.random.default_rng(seed)
    playlists = [sorted(rng.choice(300, 10, replace=False).tolist()) for _ in range(100)]
    return Dataset.of(corpus_of(playlists), np.array([*["train"] * 8, "validation", "test"] * 10))


def area_where_nothing_can_be_learned(seed, to_train_on):
    world = structureless(seed)
    vocabulary = world.vocabulary
    held_out = HeldOut(vocabulary.songs, world.memberships, world.parts)
    pairs = poster_pairs(held_out, "test", PairRule(400, share_similar=0.5))
    C = training_cooccurrence(vocabulary, Recipe().counting).tosparse()
    apart = np.asarray(C[pairs.i, pairs.j]).ravel() == 0  # no dissimilar pair met in training
    model = Recipe.of("muse", dim=16, epochs=60, smoothing=0.1)
    read = to_train_on(world).vocabulary
    place = {song: number for number, song in enumerate(read.songs["song_id"])}
    number = vocabulary.songs["song_id"].map(place).to_numpy()
    score = model.train(read).embedding.similarity(number[pairs.i], number[pairs.j])
    kept = pairs.where(apart)
    return auc(kept, kept.similar, score[apart])[0]


def test_where_there_is_nothing_to_learn_held_out_pairs_score_chance():
    areas = np.array([area_where_nothing_can_be_learned(s, lambda world: world) for s in range(12)])
    assert abs(areas.mean() - 0.5) < 4 * areas.std(ddof=1) / np.sqrt(12)
    assert areas.max() < 0.65


def test_where_there_is_nothing_to_learn_a_leak_would_show():
    assert min(area_where_nothing_can_be_learned(seed, leaky) for seed in range(3)) > 0.8
