"""Ablations: one change at a time from a base, evaluated on validation playlists."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from muse_lib.data.dataset import Vocabulary
from muse_lib.evaluation.by_list import ListPairs, judge_by_list
from muse_lib.evaluation.continuations import Continuation
from muse_lib.evaluation.measurement import NDCG
from muse_lib.evaluation.ranking import rank
from muse_lib.evaluation.statistics import mean_with_interval
from muse_lib.models.base import Recent
from muse_lib.models.embedding import Embedding
from muse_lib.models.muse.training import TrainingDivergedError
from muse_lib.models.muse.variants import Recipe
from muse_lib.progress import reporter

CONTINUED = "continued playlists (NDCG)"
"""The entry in place of a label for the continuation of playlists, which uses no pairs."""


@dataclass(frozen=True)
class Setting:
    """One change from the base: the question, the setting tried, and the resulting recipe."""

    question: str
    setting: str
    recipe: Recipe


def settings(base: Recipe) -> list[Setting]:
    """Return the ablations of the study around a base.

    Gradient descent depends on a suitable step size, so two are tried on the printed sum: the
    poster's 0.05, and 0.005. The parts of `muse-lists` are left out one at a time, with its own
    preset but the dimension, epochs and seed of the base.
    """
    joint = Recipe.of(
        "muse-lists",
        dim=base.training.dim,
        epochs=base.training.epochs,
        seed=base.training.seed,
    )
    parts: list[tuple[str, Mapping[str, object]]] = [
        ("all parts", {}),
        ("without lists", {"list_weight": 0}),
        ("without titles", {"title_part": False}),
        ("without artist vectors", {"artist_vectors": False}),
        ("without artists in the list part", {"artist_share": 0}),
        ("without artist bonus", {"artist_bonus": 0}),
        ("by cosine, without lists", {"list_part": False}),
    ]
    gradient_descent = {"optimizer": "gd"}
    changes: list[tuple[str, str, Mapping[str, object]]] = [
        ("sign of log M", "minus, as in GloVe", {"log_sign": -1}),
        ("sign of log M", "plus, as printed", {"log_sign": 1}),
        ("optimizer", "AdaGrad", {"optimizer": "adagrad"}),
        ("optimizer", "Adam", {"optimizer": "adam"}),
        ("optimizer", "gradient descent, 0.05", {**gradient_descent, "learning_rate": 0.05}),
        ("optimizer", "gradient descent, 0.005", {**gradient_descent, "learning_rate": 0.005}),
        *[("smoothing", f"kappa = {k:g}", {"smoothing": k}) for k in (0, 0.001, 0.01, 0.1, 1)],
        *[("scaling", f"alpha = {alpha:g}", {"alpha": alpha}) for alpha in (0, 0.5, 0.75, 1)],
        *[("dimension", f"d = {dim}", {"dim": dim}) for dim in (20, 50, 100, 200, 500)],
    ]
    return [
        *(Setting(question, name, base.replace(**change)) for question, name, change in changes),
        *(Setting("parts of muse-lists", name, joint.replace(**change)) for name, change in parts),
    ]


def ablate(
    vocabulary: Vocabulary,
    to_try: list[Setting],
    pairs: Mapping[str, ListPairs],
    *,
    n_resamples: int,
    seed: int,
    cases: Sequence[Continuation] = (),
) -> pd.DataFrame:
    """Train every setting once and measure its AUC on validation pairs, list by list.

    With ``cases``, validation playlists to continue, also its NDCG, under the label `CONTINUED`.

    Equal configurations (the base is one setting of every question) are trained only once, and so
    are the songs' own vectors where only the parts beside them differ.

    Returns
    -------
    DataFrame
        ``question, setting, label_source, value, low, high, epochs``: the mean over lists with
        its 95 % bootstrap interval, nan if training diverged, and the number of epochs completed.
    """
    measured: dict[Recipe, pd.DataFrame] = {}
    rows: list[pd.DataFrame] = []

    def train(recipe: Recipe) -> Embedding:
        label = f"setting {len(rows) + 1} of {len(to_try)}"
        return recipe.train(vocabulary, label=label).embedding

    own_vectors = Recent(train, 2)  # the parts of one variant share them, consecutively

    def vectors(recipe: Recipe) -> Embedding:
        if recipe == recipe.own:  # without parts, nothing to share
            return train(recipe)
        return recipe.finish(vocabulary)(own_vectors(recipe.own))

    with reporter(len(to_try), "settings") as report:
        for one in to_try:
            report(len(rows), one.setting, long=True)
            if one.recipe not in measured:
                measured[one.recipe] = _measure(
                    vocabulary, one.recipe, vectors, pairs, cases, n_resamples, seed
                )
            rows.append(measured[one.recipe].assign(question=one.question, setting=one.setting))
    columns = ["question", "setting", "label_source", "value", "low", "high", "epochs"]
    return pd.concat(rows, ignore_index=True)[columns]


def _measure(
    vocabulary: Vocabulary,
    recipe: Recipe,
    vectors: Callable[[Recipe], Embedding],
    pairs: Mapping[str, ListPairs],
    cases: Sequence[Continuation],
    n_resamples: int,
    seed: int,
) -> pd.DataFrame:
    """Return one row per kind of label: ``label_source, value, low, high, epochs``."""
    try:
        embedding = vectors(recipe)
    except TrainingDivergedError as diverged:
        epochs = len(diverged.best.history)
        asked = [*pairs, *([CONTINUED] if cases else [])]
        return pd.DataFrame({"label_source": asked}).assign(
            value=float("nan"), low=float("nan"), high=float("nan"), epochs=epochs
        )
    rows = []
    for source, labelled in pairs.items():
        areas = judge_by_list(embedding, labelled).to_numpy()
        measured = mean_with_interval(areas, n_resamples, seed)
        rows.append((source, *measured, recipe.training.epochs))
    if cases:
        ranked, _ = rank({"": embedding}, cases, vocabulary.artists, vocabulary.popularity, seed)
        ndcg = ranked.loc[ranked["metric"] == NDCG, "value"].to_numpy()
        measured = mean_with_interval(ndcg, n_resamples, seed)
        rows.append((CONTINUED, *measured, recipe.training.epochs))
    return pd.DataFrame(rows, columns=["label_source", "value", "low", "high", "epochs"])
