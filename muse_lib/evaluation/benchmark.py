"""Measure every model of a replica on every question, and put replicas of several seeds together.

The questions: labels from held-out playlists, from genres, from the user's own file; similar pairs
in the poster's share or a half; with and without pairs of one artist; and, for the first of them,
pairs of popular and of rare songs apart. Beside them, playlists to continue.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from muse_lib.config import EvaluationConfig
from muse_lib.evaluation.classifier import Judged, judge
from muse_lib.evaluation.metrics import METRICS, classification_metrics
from muse_lib.evaluation.own_pairs import LabelledPairs, halves
from muse_lib.evaluation.pairs import (
    PLAYLISTS,
    SLICES,
    PairRule,
    Pairs,
    label_sources,
    labelled_pairs,
    popularity_slices,
)
from muse_lib.evaluation.ranking import half_playlists, ranking_per_playlist, ranking_table
from muse_lib.evaluation.replica import Replica
from muse_lib.evaluation.statistics import over_resamples, over_seeds, resample
from muse_lib.progress import reporter
from muse_lib.storage.files import read_tensors, write_tensors
from muse_lib.storage.results import Results

OWN_PAIRS = "own pairs"
"""The label source that is a user's own file."""

ALL = "all"
"""The slice of pairs that is no slice."""

SAVED, MADE_BY = "measured", "06_evaluate"

QUESTION = ["label_source", "share_similar", "same_artist_pairs", "slice"]


@dataclass(frozen=True)
class Question:
    """Pairs of one kind of label, to ask every model about.

    Attributes
    ----------
    label_source : str
        `PLAYLISTS`, `GENRES` or `OWN_PAIRS`.
    share_similar : float
        Of the pairs drawn; nan for a user's own, which have the share they have.
    same_artist_pairs : bool
        Whether pairs of one artist are let in.
    validation, test : Pairs
        What teaches a threshold, and what is judged.
    sliced : bool
        Whether pairs of popular and of rare songs are judged apart as well.
    """

    label_source: str
    share_similar: float
    same_artist_pairs: bool
    validation: Pairs
    test: Pairs
    sliced: bool = False

    def slices(self, popularity: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
        """Yield all test pairs and, if asked for, the slices by popularity, (n_pairs,) bool."""
        yield ALL, np.ones(len(self.test), dtype=bool)
        if self.sliced:
            part = popularity_slices(self.test, popularity)
            yield from ((name, part == name) for name in SLICES)


@dataclass(frozen=True)
class Measurement:
    """What one replica says of its models.

    Attributes
    ----------
    pairs : DataFrame
        ``label_source, share_similar, same_artist_pairs, slice, model, metric, value, n_pairs``.
    resampled : ndarray
        (rows of ``pairs``, n_resamples) float: bootstrap over pairs, all models of a question on
        the same draws. Without columns where seeds are to tell the spread.
    playlists : DataFrame
        `ranking_per_playlist`.
    """

    pairs: pd.DataFrame
    resampled: np.ndarray
    playlists: pd.DataFrame

    def save(self, place: Results) -> None:
        """Write all of it among the artefacts of a seed, for whoever compares."""
        place.save_frame(f"{SAVED}_pairs", self.pairs)
        place.save_frame(f"{SAVED}_playlists", self.playlists)
        file = place.new(f"artifacts/{SAVED}_resampled.safetensors")
        write_tensors(file, {"resampled": self.resampled}, {})

    @classmethod
    def load(cls, place: Results) -> Self:
        """Read what `save` wrote; raise `InputError` if it is missing, naming who makes it."""
        file = place.find(f"artifacts/{SAVED}_resampled.safetensors", MADE_BY)
        return cls(
            place.load_frame(f"{SAVED}_pairs", MADE_BY),
            read_tensors(file, f"run notebooks/{MADE_BY}.ipynb again.")[0]["resampled"],
            place.load_frame(f"{SAVED}_playlists", MADE_BY),
        )


def measure(
    replica: Replica, config: EvaluationConfig, own: LabelledPairs | None = None
) -> Measurement:
    """Ask every question of every model of a replica.

    With one seed, the intervals come from resamples of the pairs; with several, from the seeds.

    Parameters
    ----------
    replica : Replica
        The models, and the playlists to judge them by.
    config : EvaluationConfig
        How many pairs are drawn, in which shares, and how many resamples.
    own : LabelledPairs, optional
        A user's own pairs, as one more question.
    """
    n_resamples = config.n_resamples if config.n_seeds == 1 else 0
    rows, resampled = [], []
    questions = list(_questions(replica, config, own))
    with reporter(len(questions), f"seed {replica.seed}") as report:
        for number, question in enumerate(questions, start=1):
            models = replica.models.values()
            judged = [judge(model, question.validation, question.test) for model in models]
            for part, chosen in question.slices(replica.vocabulary.popularity):
                similar = question.test.similar[chosen]
                told = [(score[chosen], predicted[chosen]) for score, predicted in judged]
                rows += _rows(question, part, replica.models, similar, told)
                resampled.append(resample(similar, told, similar.size, n_resamples, replica.seed))
            report(number, question.label_source)
    cut = half_playlists(replica.held_out, "test", replica.seed)
    return Measurement(
        pd.DataFrame(rows),
        np.concatenate(resampled).reshape(len(rows), n_resamples),
        ranking_per_playlist(replica.models, cut, replica.seed),
    )


def values_of(measurements: Sequence[Measurement]) -> np.ndarray:
    """Return the values of all rows, (n_rows, n_seeds) float, the rows being the same."""
    rows = [one.pairs[[*QUESTION, "model", "metric"]] for one in measurements]
    assert all(other.equals(rows[0]) for other in rows), "the seeds were asked other questions"
    return np.stack([one.pairs["value"] for one in measurements], axis=1)


def classification_table(measurements: Sequence[Measurement]) -> pd.DataFrame:
    """Return every metric of every model and question, with intervals.

    Returns
    -------
    DataFrame
        ``model, label_source, share_similar, same_artist_pairs, metric, value, low, high,
        n_pairs, n_seeds``: the mean over seeds, and the 95 % interval over pairs (one seed) or
        over seeds. The first question is the headline: held-out playlists, the poster's share,
        no pairs of one artist. Undefined values are nan.
    """
    table = _with_intervals(measurements)
    table = table[table["slice"] == ALL].drop(columns="slice")
    first = ["model", "label_source", "share_similar", "same_artist_pairs"]
    return table[[*first, *table.columns.drop(first)]].reset_index(drop=True)


def headline(table: pd.DataFrame, share_similar: float, source: str = PLAYLISTS) -> pd.DataFrame:
    """Return the rows of the headline question: the poster's share, no pairs of one artist.

    Parameters
    ----------
    table : DataFrame
        `classification_table`.
    share_similar : float
        The study's share of similar pairs.
    source : str
        The kind of label; nothing comes back if the corpus does not have it.
    """
    asked = (table["share_similar"] == share_similar) & ~table["same_artist_pairs"]
    return table[asked & (table["label_source"] == source)]


def auc_by_label(table: pd.DataFrame, share_similar: float) -> pd.DataFrame:
    """Return the AUC under every kind of label, named in a column ``label``.

    Parameters
    ----------
    table : DataFrame
        `classification_table`.
    share_similar : float
        The study's share of similar pairs; a user's own pairs have the share they have.
    """
    asked = (table["share_similar"] == share_similar) | (table["label_source"] == OWN_PAIRS)
    by_label = table[(table["metric"] == "roc_auc") & asked]
    same_artist = by_label["same_artist_pairs"].map({True: ", same artist too", False: ""})
    return by_label.assign(label=by_label["label_source"] + same_artist)


def slice_table(measurements: Sequence[Measurement]) -> pd.DataFrame:
    """Return the AUC of every model on pairs of popular and of rare songs, with intervals.

    Returns
    -------
    DataFrame
        ``model, label_source, slice, value, low, high, n_pairs, n_seeds``; nan where a slice
        holds pairs of one kind only.
    """
    table = _with_intervals(measurements)
    table = table[(table["slice"] != ALL) & (table["metric"] == "roc_auc")]
    columns = ["model", "label_source", "slice", "value", "low", "high", "n_pairs", "n_seeds"]
    return table[columns].reset_index(drop=True)


def continuation_table(
    measurements: Sequence[Measurement], config: EvaluationConfig
) -> pd.DataFrame:
    """Return how well every model continues held-out playlists.

    Returns
    -------
    DataFrame
        ``model, metric, value, low, high, n_playlists, n_seeds``: the mean over playlists, with
        the 95 % interval over playlists (one seed) or over seeds.
    """
    tables = [
        ranking_table(one.playlists, n_resamples=config.n_resamples, seed=config.seed)
        for one in measurements
    ]
    table = tables[0].assign(n_seeds=len(tables))
    if len(tables) > 1:
        values = np.stack([one["value"] for one in tables], axis=1)
        low, high = over_seeds(values)
        n_playlists = sum(one["n_playlists"] for one in tables)
        table = table.assign(value=values.mean(axis=1), low=low, high=high, n_playlists=n_playlists)
    return table


def _with_intervals(measurements: Sequence[Measurement]) -> pd.DataFrame:
    """Return the rows of all studies as one: means over seeds, intervals, numbers of pairs."""
    values = values_of(measurements)
    alone = len(measurements) == 1
    low, high = over_resamples(measurements[0].resampled) if alone else over_seeds(values)
    n_pairs = sum(one.pairs["n_pairs"] for one in measurements)
    table = measurements[0].pairs.drop(columns=["value", "n_pairs"])
    return table.assign(
        value=values.mean(axis=1),
        low=np.clip(low, 0, 1),  # a t interval knows nothing of what a metric can be
        high=np.clip(high, 0, 1),
        n_pairs=n_pairs,
        n_seeds=len(measurements),
    )


def _questions(
    replica: Replica, config: EvaluationConfig, own: LabelledPairs | None
) -> Iterator[Question]:
    """Yield every question, the headline first."""
    for source in label_sources(replica.held_out):
        for share in dict.fromkeys([config.share_similar, 0.5]):
            for same_artist in (False, True):
                rule = PairRule(config.n_pairs, share, same_artist, replica.seed)
                yield Question(
                    source,
                    share,
                    same_artist,
                    labelled_pairs(replica.held_out, source, "validation", rule),
                    labelled_pairs(replica.held_out, source, "test", rule),
                    sliced=(source, share, same_artist) == (PLAYLISTS, config.share_similar, False),
                )
    if own:
        pairs, _ = own.known_to(replica.vocabulary.songs)
        yield Question(OWN_PAIRS, np.nan, True, *halves(pairs, replica.seed))


def _rows(
    question: Question,
    part: str,
    models: Iterable[str],
    similar: np.ndarray,
    judged: Sequence[Judged],
) -> list[dict[str, object]]:
    """Return one row a model and metric."""
    return [
        {
            "label_source": question.label_source,
            "share_similar": question.share_similar,
            "same_artist_pairs": question.same_artist_pairs,
            "slice": part,
            "model": name,
            "metric": metric,
            "value": value[metric][0],
            "n_pairs": similar.size,
        }
        for name, (score, predicted) in zip(models, judged, strict=True)
        for value in [classification_metrics(similar, predicted, score)]
        for metric in METRICS
    ]
