"""Evaluate the estimates of songs unknown to training: both protocols, and the tables.

*New songs* (`new_songs`): songs that occur only in held-out playlists, evaluated in pairs with
known songs and with one another, and in rankings. *Songs taken out* (`taken_out`): a share of the
known songs is removed from training, and their estimates, also with one training list given, are
compared with training on them.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from muse_lib.config import EvaluationConfig
from muse_lib.data.dataset import Dataset
from muse_lib.errors import InputError
from muse_lib.evaluation.benchmark import Figures
from muse_lib.evaluation.by_list import ListPairs, judge_by_list
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.evaluation.labels import PLAYLISTS
from muse_lib.evaluation.measurement import AUC, ROW, Measurement
from muse_lib.evaluation.new_songs import (
    CONTROLS,
    PROMISED,
    WITH_SEEN,
    WITH_UNSEEN,
    WITHOUT,
    NewSongs,
    best_lengths,
    calibrated_lengths,
    confidence_by_list,
    pairs_of_new,
    ranked,
)
from muse_lib.evaluation.statistics import adjusted
from muse_lib.evaluation.taken_out import TRAINED, TakenOut, pairs_of_out
from muse_lib.models.base import Model, OnDemand, Vectors
from muse_lib.models.embedding import VECTORS, Embedding
from muse_lib.models.muse.variants import Recipe
from muse_lib.models.unseen.methods import DEFAULT, METHODS
from muse_lib.processes import GIGABYTE
from muse_lib.storage.files import read_pedigree
from muse_lib.storage.results import Results

PAIRS_OF_NEW, RANKING_OF_NEW = "pairs with unseen songs", "ranking with unseen songs"
PAIRS_OF_OUT = "pairs with songs taken out"
CONFIDENT = "confidence of estimates"


def measure_split(
    number: int, *, out: Results, variant: str, text: np.ndarray, config: EvaluationConfig
) -> tuple[Measurement, pd.DataFrame, pd.DataFrame]:
    """Run both protocols on one split of a study, read from its folder.

    Parameters
    ----------
    number : int
        The number of the split.
    out : Results
        The study.
    variant : str
        The variant in whose space songs are placed.
    text, config
        See `measure`, also for what is returned.

    Raises
    ------
    InputError
        If the variant has not been trained, or see `measure`.
    """
    place = out.splits(config.n_splits)[number]
    folder = place.find(f"artifacts/models/{variant}", "05_train")
    dataset, embedding = Dataset.load(place), Embedding.load(folder)
    return measure(dataset, embedding, text, trained_by(folder), config, config.seed + number)


def memory_needed(n_songs: int, dim: int, n_features: int) -> int:
    """Return the peak memory of the arrays of `measure` in bytes, rather too high than too low.

    Of known songs, some six copies of the vectors (as trained, scaled, as features or with new
    songs appended, sums by artist) and two of the texts.
    """
    return 4 * n_songs * (6 * dim + 2 * n_features)


def _refuse_what_cannot_fit(embedding: Embedding, text: np.ndarray) -> None:
    """Raise `InputError` if `measure` needs more memory than is free, naming what to lower."""
    n_songs, dim = embedding.vectors.shape
    needed = memory_needed(n_songs, dim, text.shape[1])
    free = psutil.virtual_memory().available + embedding.vectors.nbytes + text.nbytes  # loaded
    if needed > free:
        raise InputError(
            f"placing new songs beside {n_songs:,} known ones with vectors of {dim} numbers needs "
            f"about {needed / GIGABYTE:.1f} GB, but only {free / GIGABYTE:.1f} GB are free: use a "
            f"variant with shorter vectors, such as placed_in=muse, or lower n_playlists."
        )


def measure(
    dataset: Dataset,
    embedding: Embedding,
    text: np.ndarray,
    recipe: Recipe,
    config: EvaluationConfig,
    seed: int,
) -> tuple[Measurement, pd.DataFrame, pd.DataFrame]:
    """Run both protocols on one split.

    Parameters
    ----------
    dataset : Dataset
        The split.
    embedding : Embedding
        Trained on its training part.
    text : ndarray
        (n_songs of the sample, n_features).
    recipe : Recipe
        The recipe of the embedding.
    config : EvaluationConfig
        The number of pairs per list, and of resamples.
    seed : int
        The split's seed.

    Returns
    -------
    measurement : Measurement
        With ``by_list`` only.
    lengths : DataFrame
        `calibrated_lengths`.
    coverage : DataFrame
        `NewSongs.coverage` of the test part.

    Raises
    ------
    InputError
        If it needs more memory than is free; see `memory_needed`.
    """
    _refuse_what_cannot_fit(embedding, text)
    rows, lengths, coverage = _of_new(dataset, embedding, text, config, seed)
    rows += _of_taken_out(dataset, embedding, text, recipe, config, seed)
    by_list = pd.concat(rows, ignore_index=True)[[*ROW, "playlist_id", "value"]]
    return of_lists(by_list, config.n_resamples), lengths, coverage


def _of_new(
    dataset: Dataset,
    embedding: Embedding,
    text: np.ndarray,
    config: EvaluationConfig,
    seed: int,
) -> tuple[list[pd.DataFrame], pd.DataFrame, pd.DataFrame]:
    """Measure new songs; nothing but the results stays in memory."""
    n_each = config.n_pairs_per_list
    of_part = partial(
        NewSongs.of, dataset, embedding=embedding, text=text, n_lists=config.n_lists, seed=seed
    )
    test = of_part(part="test")
    fitted = {name: method(test.known, seed=seed) for name, method in METHODS.items()}
    validation = of_part(part="validation", known=test.known)
    lengths = calibrated_lengths(validation, validation.estimates(fitted), seed)
    estimates = test.estimates(fitted)
    models = test.models(estimates, seed, best_lengths(lengths))
    kinds = pairs_of_new(test, n_each, seed)
    evidence = test.known.evidence(estimates[DEFAULT])
    promised = confidence_by_list(test, models[DEFAULT], evidence, kinds[WITH_SEEN])
    rows = [
        *_judged(models, kinds, PAIRS_OF_NEW),
        ranked(models, test, seed).assign(question=RANKING_OF_NEW),
        promised.assign(question=CONFIDENT, model=DEFAULT),
    ]
    return rows, lengths, test.coverage


def _of_taken_out(
    dataset: Dataset,
    embedding: Embedding,
    text: np.ndarray,
    recipe: Recipe,
    config: EvaluationConfig,
    seed: int,
) -> list[pd.DataFrame]:
    """Measure known songs that are removed from training."""
    gone = TakenOut.of(dataset.vocabulary, recipe, text, seed)
    held_out = HeldOut.of(dataset, config.n_lists, seed)
    pairs = pairs_of_out(held_out, gone.out, config.n_pairs_per_list, seed)

    def of_out(name: str) -> Model:
        return embedding if name == TRAINED else Vectors(gone.vectors[name])

    compared = OnDemand({name: partial(of_out, name) for name in (*gone.vectors, TRAINED)})
    return _judged(compared, {PLAYLISTS: pairs}, PAIRS_OF_OUT)


def _judged(
    models: Mapping[str, Model], kinds: Mapping[str, ListPairs], question: str
) -> list[pd.DataFrame]:
    """Return the area under the ROC curve for every kind, model and list."""
    judged = {
        (kind, name): judge_by_list(model, pairs)
        for name, model in models.items()  # one at a time is in memory
        for kind, pairs in kinds.items()
    }
    return [
        judged[kind, name]
        .rename_axis("playlist_id")
        .reset_index(name="value")
        .assign(question=question, kind=kind, metric=AUC, model=name)
        for kind in kinds
        for name in models
    ]


def of_lists(by_list: pd.DataFrame, n_resamples: int) -> Measurement:
    """Return a measurement with only values by list, for `benchmark.Figures`."""
    none = pd.DataFrame({name: [] for name in (*ROW, "value", "n")})
    return Measurement(by_list, none, np.empty((0, n_resamples)), np.empty(0, int), none, none)


def trained_by(folder: Path) -> Recipe:
    """Return the recipe of the vectors in a folder, from their pedigree."""
    pedigree = read_pedigree(folder / VECTORS, "train the model again.")
    known = Recipe().pedigree()
    return Recipe().replace(**{name: pedigree[name] for name in known if name in pedigree})


def table_of(figures: Figures, question: str) -> pd.DataFrame:
    """Return the figures of one question.

    Returns
    -------
    DataFrame
        ``kind, metric, model, is, value, low, high, n_lists, n_splits``; ``is`` says whether a
        row is a method, a control or a reference.
    """
    table = figures.table()
    rows = table[table["question"] == question].rename(columns={"n": "n_lists"})
    what = dict.fromkeys(CONTROLS, "control") | dict.fromkeys((WITHOUT, TRAINED), "reference")
    rows = rows.assign(**{"is": rows["model"].map(what).fillna("method")})
    columns = ["kind", "metric", "model", "is", "value", "low", "high", "n_lists", "n_splits"]
    return rows[columns].reset_index(drop=True)


def confidence_table(figures: Figures) -> pd.DataFrame:
    """Return the calibration of confidence: promised and observed values by range.

    Returns
    -------
    DataFrame
        ``confidence, promised, value, low, high, n_lists``: the mean confidence, and the area
        under the ROC curve with its interval.
    """
    table = table_of(figures, CONFIDENT).set_index("kind")
    promised, came = (table[table["metric"] == metric] for metric in (PROMISED, AUC))
    rows = came[["value", "low", "high", "n_lists"]]
    rows.insert(0, PROMISED, promised["value"])
    return rows.rename_axis("confidence").reset_index()


def differences(figures: Figures) -> pd.DataFrame:
    """Compare the default method with all others; exploratory, corrected for their number.

    Returns
    -------
    DataFrame
        ``kind, model, other, difference, low, high, p, p_adjusted`` on pairs, adjusted within a
        kind (Benjamini and Hochberg).
    """
    others = [name for name in (*METHODS, *CONTROLS) if name != DEFAULT]
    tables = []
    for kind in (WITH_SEEN, WITH_UNSEEN):
        if not figures.has(PAIRS_OF_NEW, kind, AUC, DEFAULT):
            continue  # no list has enough such pairs
        asked = [(PAIRS_OF_NEW, kind, AUC, DEFAULT, other) for other in others]
        found = figures.difference(asked)
        columns = {"difference": found.value, "low": found.low, "high": found.high, "p": found.p}
        table = pd.DataFrame({"kind": kind, "model": DEFAULT, "other": others, **columns})
        tables.append(table.assign(p_adjusted=adjusted(found.p)))
    names = ["kind", "model", "other", "difference", "low", "high", "p", "p_adjusted"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=names)


def mean_over_splits(tables: Sequence[pd.DataFrame], by: Sequence[str], what: str) -> pd.DataFrame:
    """Return the mean of a column over the tables of all splits, rows in the order of the first."""
    together = pd.concat(tables, ignore_index=True)
    return together.groupby(list(by), sort=False)[what].mean().reset_index()
