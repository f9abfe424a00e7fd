"""The primary outcomes of a few models on the test playlists of one split, for a model card."""

from collections.abc import Mapping

import pandas as pd

from muse_lib.config import EvaluationConfig
from muse_lib.data.dataset import Dataset
from muse_lib.evaluation.by_list import judge_by_list, list_pairs
from muse_lib.evaluation.continuations import HALF, continuations
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.evaluation.labels import PLAYLISTS, labels_of
from muse_lib.evaluation.measurement import AUC, NDCG
from muse_lib.evaluation.ranking import rank
from muse_lib.evaluation.statistics import mean_with_interval
from muse_lib.models.base import Model
from muse_lib.models.baselines.controls import popularity

POPULARITY = "popularity"


def scorecard(dataset: Dataset, models: Mapping[str, Model], seed: int = 0) -> pd.DataFrame:
    """Evaluate models, and the popularity baseline, on held-out playlists.

    Parameters
    ----------
    dataset : Dataset
        The split; the models were trained on its training playlists, and number songs as its
        vocabulary does.
    models : mapping of Model
        By name.
    seed : int
        Seed of pairs, halves and resamples.

    Returns
    -------
    DataFrame
        One row per metric and model: ``metric`` (``"roc_auc"`` on pairs that never co-occur in
        training, ``"ndcg"`` with half of a playlist given), ``model``, ``value``, the ends ``low``
        and ``high`` of its 95 % bootstrap interval over playlists, and ``n_playlists``.
    """
    config = EvaluationConfig()
    held_out, vocabulary = HeldOut.of(dataset), dataset.vocabulary
    asked = {**models, POPULARITY: popularity(vocabulary, seed)}
    label = labels_of(vocabulary.songs)[PLAYLISTS]
    pairs = list_pairs(held_out, label, "test", config.n_pairs_per_list, seed)
    cases = continuations(held_out, "test", seed, [HALF])
    ranked, _ = rank(asked, cases, held_out.artist, vocabulary.popularity, seed)
    ndcg = ranked[ranked["metric"] == NDCG]
    values = {(AUC, name): judge_by_list(model, pairs) for name, model in asked.items()}
    values |= {(NDCG, name): ndcg.loc[ndcg["model"] == name, "value"] for name in asked}
    rows = [
        (*what, *mean_with_interval(of_list.to_numpy(), config.n_resamples, seed), len(of_list))
        for what, of_list in values.items()
    ]
    return pd.DataFrame(rows, columns=["metric", "model", "value", "low", "high", "n_playlists"])
