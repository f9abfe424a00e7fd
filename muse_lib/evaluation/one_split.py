"""Evaluate one split of a study, read from its folder and written back to it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import pandas as pd

from muse_lib.config import EvaluationConfig
from muse_lib.data.dataset import Dataset
from muse_lib.evaluation.classifier import roc_curves
from muse_lib.evaluation.measurement import Answers, Measurement, answer, measure
from muse_lib.evaluation.own_pairs import LabelledPairs
from muse_lib.evaluation.pairs import PairRule, poster_pairs
from muse_lib.evaluation.replica import Points, Replica
from muse_lib.models.base import PAIRS, PURPOSES
from muse_lib.processes import map_in_order, memory_per_split, worth_sharing
from muse_lib.storage.results import Results


class MeasuredSplit(NamedTuple):
    """The evaluation of one split.

    Attributes
    ----------
    measurement : Measurement
        Saved to the folder of the split.
    left_out : mapping
        The rivals left out, by name, and why.
    curves : DataFrame
        The `roc_curves` of some models on the poster's test pairs.
    """

    measurement: Measurement
    left_out: Mapping[str, str]
    curves: pd.DataFrame


def load_split(
    number: int,
    *,
    out: Results,
    config: EvaluationConfig,
    trained: Mapping[str, str],
    points: Sequence[Points],
) -> Replica:
    """Load the data and models of one split.

    Parameters
    ----------
    number : int
        The number of the split.
    out : Results
        The study.
    config : EvaluationConfig
        The seed of the first split, and the number of splits and of test playlists.
    trained : mapping
        See `Replica.load`.
    points : sequence
        Hyper-parameters of the rivals, by split.
    """
    place = out.splits(config.n_splits)[number]
    seed = config.seed + number
    return Replica.load(place, number, seed, trained, points[number], config.n_lists)


def measure_split(
    number: int,
    *,
    out: Results,
    config: EvaluationConfig,
    trained: Mapping[str, str],
    points: Sequence[Points],
    curves_of: Sequence[str],
) -> MeasuredSplit:
    """Evaluate every model of one split, and save the measurement.

    Where there are cores and memory for it, pairs and rankings are evaluated side by side, in two
    processes; they share few fits, since rivals are tuned for each.

    Parameters
    ----------
    number, out, config, trained, points
        See `load_split`.
    curves_of : sequence of str
        The models to return ROC curves of, at least one; names without a model are ignored.
    """
    place = out.splits(config.n_splits)[number]
    dataset = Dataset.load(place)
    study: dict[str, Any] = {"out": out, "config": config, "trained": trained, "points": points}
    replica = load_split(number, **study)
    ask = partial(_answered, number=number, **study, curves_of=curves_of)
    n_songs = len(dataset.songs)
    if worth_sharing(len(PURPOSES), n_songs):
        memory = memory_per_split(n_songs)
        asked = map_in_order(ask, PURPOSES, label=f"split {number}", gigabytes=memory)
    else:
        asked = map(partial(ask, replica=replica), PURPOSES)
    answers, curves = zip(*asked, strict=True)
    measured = measure(replica, config, dataset.playlists["chart"].to_numpy(), answers=answers)
    measured.save(place)
    return MeasuredSplit(measured, replica.left_out, curves[PURPOSES.index(PAIRS)])


def _answered(
    purpose: str,
    *,
    number: int,
    out: Results,
    config: EvaluationConfig,
    trained: Mapping[str, str],
    points: Sequence[Points],
    curves_of: Sequence[str],
    replica: Replica | None = None,
) -> tuple[Answers, pd.DataFrame]:
    """Evaluate every model for one purpose; for pairs, also return ROC curves.

    The replica of the split is loaded unless it is given.
    """
    if replica is None:
        replica = load_split(number, out=out, config=config, trained=trained, points=points)
    own = LabelledPairs.read(config.pairs_file) if config.pairs_file else None
    answers = answer(purpose, replica, config, own)
    if purpose != PAIRS:
        return answers, pd.DataFrame()
    rule = PairRule(config.n_pairs, config.share_similar, same_artist=False, seed=replica.seed)
    models = replica.models[PAIRS]
    asked = {name: models[name] for name in curves_of if name in models}
    return answers, roc_curves(asked, poster_pairs(replica.held_out, "test", rule))
