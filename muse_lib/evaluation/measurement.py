"""Evaluate every model of one split on every question.

Three questions, in the order of the study: *pairs* that never co-occur in training, list by list,
for every kind of label; *ranking*, playlists to continue; and the *poster's* evaluation, pairs
drawn uniformly from held-out playlists, with its four metrics.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import pandas as pd

from muse_lib.config import EvaluationConfig
from muse_lib.data.dataset import Dataset
from muse_lib.evaluation.by_list import (
    judge_by_list,
    label_report,
    list_pairs,
    slices_of,
)
from muse_lib.evaluation.classifier import judge
from muse_lib.evaluation.continuations import HALF, continuations
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.evaluation.labels import PLAYLISTS, labels_of
from muse_lib.evaluation.metrics import METRICS, classification_metrics
from muse_lib.evaluation.own_pairs import LabelledPairs, halves
from muse_lib.evaluation.pairs import PairRule, Pairs, effective_number, list_shares, poster_pairs
from muse_lib.evaluation.ranking import rank
from muse_lib.evaluation.replica import Replica
from muse_lib.evaluation.statistics import (
    Judged,
    draws_of_lists,
    resampled_by_list,
    resampled_by_pair,
)
from muse_lib.models.base import PAIRS, PURPOSES, RANKING, Model
from muse_lib.progress import reporter
from muse_lib.storage.files import read_tensors, write_tensors
from muse_lib.storage.results import Results

POSTER = "poster"
"""The third question, after `PAIRS` and `RANKING`."""

OWN_PAIRS, SAME_ARTIST = "own pairs", "held-out playlists, same artist included"
"""Kinds of the poster's question: a user's own file; pairs by the same artist included."""

WITHOUT_CHARTS = "held-out playlists, without charts"

AUC = "roc_auc"
NDCG = "ndcg"
COVERAGE = "coverage"

SAVED, MADE_BY = "measured", "06_evaluate"

ROW = ["question", "kind", "metric", "model"]
"""The key of a figure: the question, its kind, the metric and the model.

``kind`` is the label for pairs, followed by the slice if there is one ("held-out playlists:
tail"), and what was given for rankings.
"""


@dataclass(frozen=True)
class Measurement:
    """The evaluation of the models of one split.

    Attributes
    ----------
    by_list : DataFrame
        `ROW`, ``playlist_id`` and ``value``: pairs and rankings, one row per test playlist.
    drawn : DataFrame
        `ROW`, ``value`` and ``n``: figures that are undefined for a single list, namely the
        poster's metrics on n pairs and the coverage of the catalogue by n lists.
    resampled : ndarray
        (rows of ``drawn``, n_resamples) float: a bootstrap over test playlists, all models on
        the same draws. No columns if there are several splits, which show the spread.
    charts : ndarray
        Numbers of the test playlists that are charts.
    labels : DataFrame
        `label_report`.
    lists : DataFrame
        One row: ``effective``, ``largest_share`` and ``n_lists`` of the uniformly drawn pairs.
    """

    by_list: pd.DataFrame
    drawn: pd.DataFrame
    resampled: np.ndarray
    charts: np.ndarray
    labels: pd.DataFrame
    lists: pd.DataFrame

    def save(self, place: Results) -> None:
        """Write all of it to the artefacts of a split, for the comparison."""
        for name in ("by_list", "drawn", "labels", "lists"):
            place.save_frame(f"{SAVED}_{name}", getattr(self, name))
        file = place.new(f"artifacts/{SAVED}.safetensors")
        write_tensors(file, {"resampled": self.resampled, "charts": self.charts}, {})

    @classmethod
    def load(cls, place: Results) -> Self:
        """Load what `save` wrote; if it is missing, the `InputError` names the notebook to run."""
        names = ("by_list", "drawn", "labels", "lists")
        frames = {name: place.load_frame(f"{SAVED}_{name}", MADE_BY) for name in names}
        file = place.find(f"artifacts/{SAVED}.safetensors", MADE_BY)
        tensors = read_tensors(file, f"run notebooks/{MADE_BY}.ipynb again.")[0]
        return cls(**frames, resampled=tensors["resampled"], charts=tensors["charts"])


class Answers(NamedTuple):
    """How the models of a split answer the questions of one purpose: rows of a `Measurement`."""

    by_list: pd.DataFrame
    drawn: pd.DataFrame
    resampled: np.ndarray


def answer(
    purpose: str, replica: Replica, config: EvaluationConfig, own: LabelledPairs | None = None
) -> Answers:
    """Evaluate every model of a split for one of `PURPOSES`; the poster's question is of pairs.

    Parameters
    ----------
    replica, config, own
        As in `measure`.
    """
    if purpose == PAIRS:
        return _of_pairs(replica, config, own)
    return _of_rankings(replica, config)


def measure(
    replica: Replica,
    config: EvaluationConfig,
    charts: np.ndarray | None = None,
    own: LabelledPairs | None = None,
    answers: Sequence[Answers] | None = None,
) -> Measurement:
    """Evaluate every model of a split on every question.

    Parameters
    ----------
    replica : Replica
        The models, and the playlists to evaluate them on.
    config : EvaluationConfig
        Numbers and shares of pairs, and the number of resamples.
    charts : ndarray, optional
        (n_playlists,) bool: the playlists that are charts.
    own : LabelledPairs, optional
        A user's own pairs, as an additional kind of the poster's question.
    answers : sequence of Answers, optional
        What `answer` returned for each of `PURPOSES`, if it was called before.
    """
    held_out = replica.held_out
    is_chart = np.zeros(held_out.parts.size, bool) if charts is None else charts
    if answers is None:
        answers = [answer(purpose, replica, config, own) for purpose in PURPOSES]
    by_list, drawn, resampled = zip(*answers, strict=True)
    labels, shares = labels_of(held_out.songs), list_shares(held_out, "test")
    return Measurement(
        by_list=pd.concat(by_list, ignore_index=True),
        drawn=pd.concat(drawn, ignore_index=True),
        resampled=np.concatenate(resampled),
        charts=np.flatnonzero(is_chart & (held_out.parts == "test")),
        labels=label_report(held_out, labels, config.n_pairs_per_list, replica.seed),
        lists=pd.DataFrame(
            {
                "effective": [effective_number(shares)],
                "largest_share": [shares.max(initial=0)],
                "n_lists": [shares.size],
            }
        ),
    )


def _of_pairs(replica: Replica, config: EvaluationConfig, own: LabelledPairs | None) -> Answers:
    """Evaluate every model on pairs, list by list and as on the poster.

    All evaluations of a model are done before the next one is fitted or loaded, so that only one
    needs to be in memory.
    """
    labels = labels_of(replica.held_out.songs)
    asked = {
        name: list_pairs(replica.held_out, label, "test", config.n_pairs_per_list, replica.seed)
        for name, label in labels.items()
    }
    for name, part in slices_of(asked[PLAYLISTS], replica.vocabulary.popularity).items():
        asked[f"{PLAYLISTS}: {name}"] = part
    questions = list(_poster_questions(replica, config, own))
    models = replica.models[PAIRS]
    areas, judged = dict[tuple[str, str], pd.Series](), dict[str, list[Judged]]()
    with reporter(len(models), f"split {replica.number}, {PAIRS}") as report:
        for number, (name, model) in enumerate(models.items()):
            report(number, name, long=True)
            for kind, pairs in asked.items():
                areas[kind, name] = judge_by_list(model, pairs)
            # side information of rivals is not part of the poster's question, and would take half
            # the time
            if "+" not in name:
                judged[name] = [judge(model, validation, test) for _, validation, test in questions]
    frames = [
        areas[kind, name]
        .rename_axis("playlist_id")
        .reset_index(name="value")
        .assign(question=PAIRS, kind=kind, metric=AUC, model=name)
        for kind in asked
        for name in models
    ]
    by_list = pd.concat(frames, ignore_index=True)[[*ROW, "playlist_id", "value"]]
    return Answers(by_list, *_of_the_poster(replica, config, questions, judged))


def _of_rankings(replica: Replica, config: EvaluationConfig) -> Answers:
    """Return every metric for every model, case and test playlist, and the coverage."""
    held_out, vocabulary = replica.held_out, replica.vocabulary
    cases = continuations(held_out, "test", replica.seed, titles=held_out.titles)
    models = replica.models[RANKING]
    with reporter(len(models) * len(cases), f"split {replica.number}, {RANKING}") as report:
        per_list, covered = rank(
            models, cases, held_out.artist, vocabulary.popularity, replica.seed, report
        )
    ranked = per_list.rename(columns={"given": "kind"}).assign(question=RANKING)
    covered = covered.rename(columns={"given": "kind", "n_playlists": "n"})
    covered = covered.assign(question=RANKING, metric=COVERAGE)
    spread = np.full((len(covered), _n_resamples(config)), np.nan)  # one number for all lists
    return Answers(ranked[[*ROW, "playlist_id", "value"]], covered[[*ROW, "value", "n"]], spread)


def _of_the_poster(
    replica: Replica,
    config: EvaluationConfig,
    questions: Sequence[tuple[str, Pairs, Pairs]],
    judged_by: Mapping[str, Sequence[Judged]],
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the poster's metrics of every model, and their resamples over lists."""
    n_resamples = _n_resamples(config)
    rows, resampled = [], []
    for number, (kind, _, test) in enumerate(questions):
        judged = [of_model[number] for of_model in judged_by.values()]
        for name, (score, predicted) in zip(judged_by, judged, strict=True):
            values = classification_metrics(test.similar, predicted, score)
            rows += [(POSTER, kind, m, name, values[m][0], len(test)) for m in METRICS]
        if kind == OWN_PAIRS:  # not from a list: each is resampled by itself
            spread = resampled_by_pair(test.similar, judged, len(test), n_resamples, replica.seed)
        else:
            n_lists = int(max(test.one.max(), test.other.max())) + 1
            draws = draws_of_lists(n_lists, n_resamples, replica.seed)
            spread = resampled_by_list(test, judged, draws)
        resampled.append(spread.reshape(len(judged) * len(METRICS), n_resamples))
    return pd.DataFrame(rows, columns=[*ROW, "value", "n"]), np.concatenate(resampled)


def _n_resamples(config: EvaluationConfig) -> int:
    """Return the number of resamples: none if there are several splits, which show the spread."""
    return config.n_resamples if config.n_splits == 1 else 0


def _poster_questions(
    replica: Replica, config: EvaluationConfig, own: LabelledPairs | None
) -> Iterator[tuple[str, Pairs, Pairs]]:
    """Yield each kind, the pairs to learn a threshold from, and the pairs to test."""
    for kind, same_artist in ((PLAYLISTS, False), (SAME_ARTIST, True)):
        rule = PairRule(config.n_pairs, config.share_similar, same_artist, replica.seed)
        validation, test = (
            poster_pairs(replica.held_out, part, rule) for part in ("validation", "test")
        )
        yield kind, validation, test
    if own:
        pairs, _ = own.known_to(replica.vocabulary.songs)
        yield OWN_PAIRS, *halves(pairs, replica.seed)


def validation_judge(
    dataset: Dataset, seed: int, n_each: int, n_lists: int = 0
) -> Callable[[Model, Collection[str]], dict[str, float]]:
    """Return a function that evaluates a model on the validation playlists.

    It takes the model and the purposes to evaluate it for, and returns the primary outcome of
    each: the area under the ROC curve on pairs that never co-occur ("pairs"), and NDCG with half
    of a list given ("ranking").

    Parameters
    ----------
    dataset : Dataset
        The split.
    seed : int
        Seed of the pairs and the halves.
    n_each : int
        Pairs of either kind per list.
    n_lists : int
        Maximum number of lists to evaluate; 0 for all. See `HeldOut.of`.
    """
    held_out, vocabulary = HeldOut.of(dataset, n_lists, seed), dataset.vocabulary
    (label, *_) = labels_of(vocabulary.songs).values()
    pairs = list_pairs(held_out, label, "validation", n_each, seed)
    cases = continuations(held_out, "validation", seed, [HALF])

    def judged(model: Model, purposes: Collection[str]) -> dict[str, float]:
        values = {}
        if PAIRS in purposes:
            values[PAIRS] = float(judge_by_list(model, pairs).mean())
        if RANKING in purposes:
            per_list, _ = rank({"": model}, cases, held_out.artist, vocabulary.popularity, seed)
            values[RANKING] = float(per_list.loc[per_list["metric"] == NDCG, "value"].mean())
        return values

    return judged
