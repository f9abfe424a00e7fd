"""Evaluate one split of a study, read from its folder and written back to it."""

from collections.abc import Mapping, Sequence

from muse_lib.config import EvaluationConfig
from muse_lib.data.dataset import Dataset
from muse_lib.evaluation.measurement import Measurement, measure
from muse_lib.evaluation.own_pairs import LabelledPairs
from muse_lib.evaluation.replica import Points, Replica
from muse_lib.storage.results import Results


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
) -> tuple[Measurement, Mapping[str, str]]:
    """Evaluate every model of one split, and save the measurement.

    The parameters are those of `load_split`.

    Returns
    -------
    measurement : Measurement
        Saved to the folder of the split.
    left_out : mapping
        The rivals left out, by name, and why.
    """
    place = out.splits(config.n_splits)[number]
    replica = load_split(number, out=out, config=config, trained=trained, points=points)
    charts = Dataset.load(place).playlists["chart"].to_numpy()
    own = LabelledPairs.read(config.pairs_file) if config.pairs_file else None
    measured = measure(replica, config, charts, own)
    measured.save(place)
    return measured, replica.left_out
