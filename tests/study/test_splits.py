"""Splits of one study in several processes: the same tables and files as in one."""

import hashlib
from functools import partial

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from muse_lib import processes
from muse_lib.config import EvaluationConfig
from muse_lib.data.dataset import Dataset
from muse_lib.data.sampling import split
from muse_lib.evaluation import unseen
from muse_lib.evaluation.benchmark import Figures
from muse_lib.evaluation.one_split import measure_split
from muse_lib.evaluation.replica import PURPOSES
from muse_lib.models.base import Vectors
from muse_lib.models.muse.variants import VARIANTS, Recipe
from muse_lib.processes import map_in_order
from muse_lib.storage.results import Results
from muse_lib.tuning import chosen
from muse_lib.tuning.one_split import search_split, train_split
from muse_lib.tuning.spaces import Space
from muse_lib.tuning.trials import choices
from tests.helpers.worlds import corpus_of, two_scenes

CONFIG = EvaluationConfig(n_pairs_per_list=20, n_pairs=200, n_resamples=100, n_splits=2, seed=3)
BASE = Recipe.of("muse", dim=4, epochs=4, seed=3)
SPACES = {
    "muse": Space({"learning_rate": (0.05, 0.1)}, "epochs", (2, 4)),
    "item2vec": Space({"dim": (4, 8)}, "epochs", (1, 2)),
    "als": Space({"factors": (4,)}, "iterations", (1, 2)),
}
N_LISTS = 80
FIRST = {"muse": "05_train", "muse-tuned": "04_grid_search"}


def world():
    """Return two scenes by artists, with a song that only the last list holds."""
    lists = [*two_scenes(n_songs=300, n_playlists=N_LISTS - 1), [299]]
    artists = [f"artist {song % 2} {song // 2 % 20}" for song in range(300)]
    corpus = corpus_of(lists, artist=artists)
    corpus.playlists["chart"] = False
    return corpus


def whole_study(folder, n_processes, monkeypatch):
    """Search, train, evaluate and place unseen songs; return the tables of the study."""
    monkeypatch.setattr(processes, "n_processes", lambda *_: n_processes)
    out = Results(str(folder))
    for number, place in enumerate(out.splits(2)):
        dataset = Dataset.of(world(), split(np.arange(N_LISTS), 0, number))
        dataset.save(place)
        vectors = BASE.replace(seed=3 + number)
        folder = place.new("artifacts/models/muse")
        vectors.train(dataset.vocabulary).save(folder, vectors.pedigree())

    budget = {"n_candidates": 4, "n_widenings": 1}
    search = partial(search_split, out=out, judging=CONFIG, base=BASE, spaces=SPACES, **budget)
    found = pd.concat(
        map_in_order(search, [0, 1], label="searches", gigabytes=1), ignore_index=True
    )
    chosen.save(out, choices(found))
    tuned = [model for model in chosen.models(out) if model in VARIANTS]
    train = partial(train_split, out=out, judging=CONFIG, base=BASE, models=tuned)
    assert list(map_in_order(train, [0, 1], label="splits", gigabytes=1)) == [None, None]

    points = [{key: {"als": {"factors": 4}} for key in PURPOSES} for _ in range(2)]
    curves_of = ["muse", "als", "no such model"]
    measure = partial(
        measure_split, out=out, config=CONFIG, trained=FIRST, points=points, curves_of=curves_of
    )
    measured, left_out, curves = zip(
        *map_in_order(measure, [0, 1], label="splits", gigabytes=1), strict=True
    )
    assert left_out == ({}, {})

    text = Vectors(np.random.default_rng(1).normal(size=(300, 6))).unit
    place = partial(unseen.measure_split, out=out, variant="muse", text=text, config=CONFIG)
    placed, lengths, coverage = zip(
        *map_in_order(place, [0, 1], label="splits", gigabytes=1), strict=True
    )
    return {
        "grid_search": found,
        "evaluated": Figures(measured, 100, 3).table(),
        "curves": pd.concat(curves),
        "unseen": Figures(placed, 100, 3).table(),
        "lengths": pd.concat(lengths),
        "coverage": pd.concat(coverage),
    }


def bytes_of(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


@pytest.mark.slow
def test_two_processes_leave_what_one_leaves_byte_for_byte(tmp_path, monkeypatch):
    monkeypatch.delenv("MUSE_DRAFT", raising=False)
    tables = [
        whole_study(tmp_path / str(n_processes), n_processes, monkeypatch) for n_processes in (1, 2)
    ]
    for name, table in tables[0].items():
        assert len(table)
        assert_frame_equal(tables[1][name], table, check_exact=True)
    alone, together = (bytes_of(tmp_path / str(n_processes)) for n_processes in (1, 2))
    assert together == alone
    of_second = "artifacts/splits/1/artifacts"
    assert f"{of_second}/measured.safetensors" in alone
    assert any(name.startswith(f"{of_second}/models/muse-tuned-ranking/") for name in alone)


@pytest.mark.slow
def test_a_search_on_one_split_is_the_same_in_two_processes(tmp_path, monkeypatch):
    monkeypatch.delenv("MUSE_DRAFT", raising=False)
    monkeypatch.setattr(processes, "LEAST_SONGS", 0)
    of_one = EvaluationConfig(n_pairs_per_list=20, n_splits=1, seed=3)
    lists = two_scenes(n_songs=60, n_playlists=40)
    tables, files = [], []
    for n_processes in (1, 2):
        monkeypatch.setattr(processes, "n_processes", lambda *_, n=n_processes: n)
        out = Results(str(tmp_path / str(n_processes)))
        Dataset.of(corpus_of(lists), split(np.arange(40), 0, 0)).save(out)
        tables.append(
            search_split(
                0, out=out, judging=of_one, base=BASE, spaces=SPACES, n_candidates=4, n_widenings=1
            )
        )
        files.append(bytes_of(out.root))
    assert_frame_equal(*tables, check_exact=True)
    assert files[0] == files[1]


@pytest.mark.slow
def test_an_evaluation_of_one_split_is_the_same_in_two_processes(tmp_path, monkeypatch):
    monkeypatch.delenv("MUSE_DRAFT", raising=False)
    monkeypatch.setattr(processes, "LEAST_SONGS", 0)
    of_one = CONFIG.replace(n_splits=1)
    points = [{purpose: {"als": {"factors": 4}} for purpose in PURPOSES}]
    tables, files = [], []
    for n_processes in (1, 2):
        monkeypatch.setattr(processes, "n_processes", lambda *_, n=n_processes: n)
        out = Results(str(tmp_path / str(n_processes)))
        dataset = Dataset.of(world(), split(np.arange(N_LISTS), 0, 0))
        dataset.save(out)
        BASE.train(dataset.vocabulary).save(out.new("artifacts/models/muse"), BASE.pedigree())
        measured, left_out, curves = measure_split(
            0,
            out=out,
            config=of_one,
            trained={"muse": "05_train"},
            points=points,
            curves_of=["muse", "als"],
        )
        assert left_out == {}
        tables.append([Figures([measured], 100, 3).table(), curves])
        files.append(bytes_of(out.root))
    for alone, together in zip(*tables, strict=True):
        assert len(alone)
        assert_frame_equal(together, alone, check_exact=True)
    assert files[0] == files[1]


def test_a_small_world_is_not_worth_a_process(monkeypatch):
    monkeypatch.setattr(processes, "n_processes", lambda *_: 2)
    assert processes.worth_sharing(2, processes.LEAST_SONGS)
    assert not processes.worth_sharing(2, processes.LEAST_SONGS - 1)
