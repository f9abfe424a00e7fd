"""The small model that comes with the library, and the script that makes it."""

import importlib.util
import json

import numpy as np
import pandas as pd
import pytest
from huggingface_hub import ModelCard
from numpy.testing import assert_allclose
from safetensors import safe_open

from muse_lib import MuSE
from muse_lib.errors import InputError
from muse_lib.models import estimator
from muse_lib.models.embedding import Embedding
from muse_lib.models.muse.variants import Recipe
from muse_lib.paths import ROOT, SMALL_MODEL
from muse_lib.storage.results import DRAFT, Results
from tests.helpers.judged import dataset_of

specification = importlib.util.spec_from_file_location("small", ROOT / "scripts/small_model.py")
small_model = importlib.util.module_from_spec(specification)
specification.loader.exec_module(small_model)

FILES = {"README.md", "config.json", "model.safetensors", "readings.safetensors", "songs.json"}
DIM = 24


# The one that is committed


@pytest.fixture(scope="module")
def shipped():
    return MuSE.load(SMALL_MODEL)


def test_it_is_small_and_in_half_precision(shipped):
    files = list(SMALL_MODEL.iterdir())
    assert {path.name for path in files} == FILES
    assert sum(path.stat().st_size for path in files) < 1e6 * small_model.MEGABYTES
    with safe_open(SMALL_MODEL / "model.safetensors", framework="numpy") as file:
        assert file.get_tensor("vectors").dtype == np.float16
    assert shipped.vectors.dtype == np.float32


def test_it_names_songs_and_holds_no_playlist():
    songs = json.loads((SMALL_MODEL / "songs.json").read_text("utf-8"))
    assert songs.keys() == {"song", "track", "artist", "n_playlists"}
    with safe_open(SMALL_MODEL / "model.safetensors", framework="numpy") as file:
        assert set(file.keys()) == {"vectors", "biases"}


def test_its_card_is_its_own(shipped):
    card = ModelCard.load(SMALL_MODEL / "README.md")
    n_songs, dim = shipped.vectors.shape
    once = (shipped.songs["n_playlists"] == 1).mean()
    assert f"{n_songs:,} songs, each a vector of {dim} numbers (float16)" in card.text
    assert f"{once:.0%} of the songs are on one playlist only" in card.text
    assert (card.data.license, card.data.model_name) == ("mit", shipped.variant)


def test_its_neighbours_are_of_one_artist_far_more_often_than_chance(shipped):
    """The model knows artists; a file whose vectors belong to other songs would not show it."""
    popular = shipped.search("", 50)
    same = [
        (shipped.similar(row.song)["artist"] == row.artist).mean() for row in popular.itertuples()
    ]
    assert np.mean(same) > 0.1


def test_a_song_is_added_without_learning_how_names_are_read(shipped, monkeypatch):
    monkeypatch.setattr(estimator, "learn_names", lambda *_: pytest.fail("learned again"))
    more = shipped.add(pd.DataFrame({"track": ["No Such Song"], "artist": ["Dua Lipa"]}))
    assert more.added["estimated_from"].tolist() == ["artist, name"]
    assert "Dua Lipa" in more.similar(("No Such Song", "Dua Lipa"), k=3)["artist"].tolist()


# The script


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A study whose model knows the two scenes of its songs, and nothing else."""
    monkeypatch.delenv(DRAFT, raising=False)
    out, dataset = Results(str(tmp_path / "study")), dataset_of()
    dataset.save(out)
    out.save_json("corpus", {"corpus": "synthetic"})
    songs = dataset.vocabulary.catalogue
    scene = np.eye(DIM)[dataset.vocabulary.songs["song_id"].to_numpy() % 2]
    vectors = scene + np.random.default_rng(0).normal(scale=0.1, size=(len(songs), DIM))
    model = Embedding(vectors.astype(np.float32), np.zeros(len(songs), np.float32), songs)
    pedigree = Recipe.of("muse").pedigree() | {"kernel": "numba"}  # as a study stores it
    model.save(out.new("artifacts/models/muse"), pedigree)
    return out


def test_the_model_of_a_study_is_made_small_and_measured(study, tmp_path):
    out = tmp_path / "small"
    megabytes = small_model.make(study, "muse", 4, out)
    assert {path.name for path in out.iterdir()} == FILES
    assert megabytes == sum(path.stat().st_size for path in out.iterdir()) / 1e6
    small = MuSE.load(out)
    whole = Embedding.load(study.root / "artifacts/models/muse").reduced(4)
    assert_allclose(small.vectors, whole.vectors, atol=2e-3)
    card = ModelCard.load(out / "README.md")
    assert [one.metric_type for one in card.data.eval_results] == ["roc_auc", "ndcg"]
    assert "| `muse, whole` |" in card.text
    assert f"of {DIM} numbers each, were projected onto the 4 directions" in card.text


def test_a_model_that_would_not_be_small_is_refused_and_nothing_is_written(
    study, tmp_path, monkeypatch
):
    monkeypatch.setattr(small_model, "MEGABYTES", 0.001)
    with pytest.raises(InputError, match=r"take 0.0 MB, more than 0.001: choose a smaller --dim"):
        small_model.make(study, "muse", 4, tmp_path / "small")
    assert not (tmp_path / "small").exists()


def test_a_study_without_the_variant_says_which_notebook_makes_it(study, tmp_path):
    with pytest.raises(InputError, match="run notebooks/05_train"):
        small_model.make(study, "muse-text", 4, tmp_path / "small")
