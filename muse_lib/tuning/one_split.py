"""Search on one split of a study, and train what was chosen for it, from and to its folder."""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

import pandas as pd

from muse_lib.config import EvaluationConfig
from muse_lib.data.dataset import Dataset, Vocabulary
from muse_lib.evaluation.measurement import validation_judge
from muse_lib.models.muse.variants import VARIANTS, Recipe
from muse_lib.processes import map_in_order, memory_per_split, worth_sharing
from muse_lib.storage.results import Results
from muse_lib.tuning import chosen
from muse_lib.tuning.search import Search
from muse_lib.tuning.spaces import Space
from muse_lib.tuning.widening import explored


def search_split(
    number: int,
    *,
    out: Results,
    judging: EvaluationConfig,
    base: Recipe,
    spaces: Mapping[str, Space],
    n_candidates: int,
    n_widenings: int,
) -> pd.DataFrame:
    """Search all models on one split.

    Where there are cores and memory for it, halves of the models are searched side by side first,
    in processes of their own. Their trials are stored, and the search of all models recalls them.

    Parameters
    ----------
    number : int
        The number of the split.
    out : Results
        The study, which stores the outcomes of trials.
    judging : EvaluationConfig
        Numbers of pairs, lists and splits, and the seed of the first split.
    base : Recipe
        The parameters of MuSE that are not searched; the seed is that of the split.
    spaces, n_candidates, n_widenings
        See `muse_lib.tuning.widening.explored`, also for what is returned.
    """
    explore = partial(
        _explored,
        number,
        out=out,
        judging=judging,
        base=base,
        n_candidates=n_candidates,
        n_widenings=n_widenings,
    )
    halves = [dict([*spaces.items()][half::2]) for half in range(2)]
    n_songs = len(Dataset.load(out).songs)
    if worth_sharing(len(halves), n_songs):
        memory = memory_per_split(n_songs)
        for _ in map_in_order(explore, halves, label="halves of the models", gigabytes=memory):
            pass
    return explore(spaces)


def _explored(
    number: int,
    spaces: Mapping[str, Space],
    *,
    out: Results,
    judging: EvaluationConfig,
    base: Recipe,
    n_candidates: int,
    n_widenings: int,
) -> pd.DataFrame:
    """Search some models on one split; see `search_split`."""
    dataset = Dataset.load(out.splits(judging.n_splits)[number])
    seed = judging.seed + number
    judged_by = {"n_each": judging.n_pairs_per_list, "n_lists": judging.n_lists}
    judge = validation_judge(dataset, seed, **judged_by)
    own = base.replace(seed=seed)
    search = Search(dataset, judge, judged_by, own, out.root / "artifacts/grid", number)
    return explored(search, spaces, n_candidates=n_candidates, n_widenings=n_widenings)


def train_split(
    number: int, *, out: Results, judging: EvaluationConfig, base: Recipe, models: Iterable[str]
) -> None:
    """Train the variants on one split as chosen for pairs and for rankings, and save their vectors.

    Parameters
    ----------
    number, out, judging, base
        See `search_split`.
    models : iterable of str
        Names of variants.
    """
    place = out.splits(judging.n_splits)[number]
    vocabulary = Dataset.load(place).vocabulary
    for model in models:
        folders: dict[Recipe, list[Path]] = {}
        for purpose, suffix in (("pairs", "-tuned"), ("ranking", "-tuned-ranking")):
            point = chosen.selected(out, model, purpose, number)
            recipe = base.replace(**VARIANTS[model], **point, seed=judging.seed + number)
            folder = place.new(f"artifacts/models/{model}{suffix}")
            folders.setdefault(recipe, []).append(folder)
        for recipe, of_recipe in folders.items():
            _train(recipe, vocabulary, f"{model}, split {number}", of_recipe)


def _train(recipe: Recipe, vocabulary: Vocabulary, label: str, folders: Iterable[Path]) -> None:
    """Train one recipe and save it to folders; in memory, one is trained at a time."""
    trained = recipe.train(vocabulary, label=label)
    for folder in folders:
        trained.save(folder, recipe.pedigree())
