"""Evaluate one split of a study, read from its folder and written back to it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from muse_lib.config import EvaluationConfig
from muse_lib.data.dataset import Dataset
from muse_lib.evaluation.classifier import roc_curves
from muse_lib.evaluation.measurement import Measurement, measure
from muse_lib.evaluation.own_pairs import LabelledPairs
from muse_lib.evaluation.pairs import PairRule, poster_pairs
from muse_lib.evaluation.replica import Points, Replica
from muse_lib.models.baselines.rival import PAIRS
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

    Parameters
    ----------
    number, out, config, trained, points
        See `load_split`.
    curves_of : sequence of str
        The models to return ROC curves of, at least one; names without a model are ignored.
    """
    place = out.splits(config.n_splits)[number]
    replica = load_split(number, out=out, config=config, trained=trained, points=points)
    charts = Dataset.load(place).playlists["chart"].to_numpy()
    own = LabelledPairs.read(config.pairs_file) if config.pairs_file else None
    measured = measure(replica, config, charts, own)
    measured.save(place)
    rule = PairRule(config.n_pairs, config.share_similar, same_artist=False, seed=replica.seed)
    asked = {
        name: replica.models[PAIRS][name] for name in curves_of if name in replica.models[PAIRS]
    }
    curves = roc_curves(asked, poster_pairs(replica.held_out, "test", rule))
    return MeasuredSplit(measured, replica.left_out, curves)
