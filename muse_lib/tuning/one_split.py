"""Search on one split of a study, and train what was chosen for it, from and to its folder."""

from collections.abc import Iterable, Mapping

import pandas as pd

from muse_lib.config import EvaluationConfig
from muse_lib.data.dataset import Dataset
from muse_lib.evaluation.measurement import validation_judge
from muse_lib.models.muse.training import Training
from muse_lib.models.muse.variants import VARIANTS, Recipe
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
        trained: dict[Recipe, Training] = {}
        for purpose, suffix in (("pairs", "-tuned"), ("ranking", "-tuned-ranking")):
            point = chosen.selected(out, model, purpose, number)
            recipe = base.replace(**VARIANTS[model], **point, seed=judging.seed + number)
            if recipe not in trained:
                trained[recipe] = recipe.train(vocabulary, label=f"{model}, split {number}")
            folder = place.new(f"artifacts/models/{model}{suffix}")
            trained[recipe].save(folder, recipe.pedigree())
