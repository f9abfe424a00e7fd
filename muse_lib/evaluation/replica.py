"""One split as a judge sees it: its playlists, and every model made of its training part."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from muse_lib.data.dataset import Dataset, Vocabulary
from muse_lib.evaluation.entrants import BOTH, TITLES, TUNED_SUFFIX, sees, sides_of
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.models.base import Model
from muse_lib.models.baselines import BASELINES, title_mean
from muse_lib.models.baselines.controls import TitleMean
from muse_lib.models.baselines.fusion import Fusion
from muse_lib.models.baselines.rival import PAIRS, RANKING
from muse_lib.models.embedding import Embedding
from muse_lib.storage.results import Results

PURPOSES = (PAIRS, RANKING)
"""What a model is tuned for, and asked."""

Points = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Hyper-parameters by purpose and model."""


@dataclass(frozen=True)
class Replica:
    """The playlists of one split as a judge sees them, and the models made of them.

    Attributes
    ----------
    number : int
        Of the split.
    seed : int
        Of the first vectors and of the pairs.
    vocabulary : Vocabulary
        The training part.
    held_out : HeldOut
        All parts.
    models : mapping of mappings
        For each of `PURPOSES` what is judged, by name, in the order of the tables.
    """

    number: int
    seed: int
    vocabulary: Vocabulary
    held_out: HeldOut
    models: Mapping[str, Mapping[str, Model]]

    @classmethod
    def load(
        cls, place: Results, number: int, seed: int, trained: Mapping[str, str], points: Points
    ) -> "Replica":
        """Read the data and the trained models of one split, and name the rivals.

        Parameters
        ----------
        place : Results
            One of `Results.splits`.
        number, seed : int
            Of the split, and of its models.
        trained : mapping
            The vectors in ``artifacts/models``, by name, and the notebook that makes each; those
            that are tuned lie there once for each purpose (`folder_of`).
        points : mapping
            For the rivals, by purpose; one that is not named takes its defaults.
        """
        dataset = Dataset.load(place)
        vocabulary = dataset.vocabulary
        models: dict[str, dict[str, Model]] = {
            purpose: {
                name: Embedding.load(place.find(folder_of(name, purpose), made_by))
                for name, made_by in trained.items()
            }
            for purpose in PURPOSES
        }
        for purpose, others in rivals(vocabulary, seed, points).items():
            models[purpose] |= others
        titles = title_mean(vocabulary, seed, **points.get(RANKING, {}).get("title_mean", {}))
        models[RANKING] = {
            name: ByTitle(model, titles) if sees(name) in (TITLES, BOTH) else model
            for name, model in models[RANKING].items()
        }
        return cls(number, seed, vocabulary, HeldOut.of(dataset), models)


@dataclass(frozen=True)
class ByTitle:
    """A model that may see titles: of a playlist of which nothing else is known it asks them.

    Attributes
    ----------
    model : Model
        Asked where there are songs.
    titles : TitleMean
        Asked where there is a title alone, such as `controls.title_mean`.
    """

    model: Model
    titles: TitleMean

    def similarity(self, i: np.ndarray, j: np.ndarray, /) -> np.ndarray:
        """Return the model's scores of pairs."""
        return self.model.similarity(i, j)

    def continuation_scores(self, given: np.ndarray, /) -> np.ndarray:
        """Return the model's scores of all songs."""
        return self.model.continuation_scores(given)

    def title_scores(self, title: str, /) -> np.ndarray:
        """Return what the titles say of all songs."""
        return self.titles.title_scores(title)


def folder_of(model: str, purpose: str) -> str:
    """Return where the vectors of a trained model lie, for a purpose it may be tuned for."""
    suffix = f"-{purpose}" if model.endswith(TUNED_SUFFIX) and purpose != PAIRS else ""
    return f"artifacts/models/{model}{suffix}"


def rivals(vocabulary: Vocabulary, seed: int, points: Points) -> dict[str, dict[str, Model]]:
    """Return every rival and control for each purpose, plain and with side information.

    Each is fitted when it is first asked; what both purposes share, once.
    """
    titles_read = points.get(RANKING, {}).get("title_mean", {})
    fusion = Fusion(vocabulary, seed, titles_read, n_kept=None)
    models: dict[str, dict[str, Model]] = {purpose: {} for purpose in PURPOSES}
    for name, rival in BASELINES.items():
        for purpose in rival.answers:
            for side in sides_of(rival):
                point = points.get(purpose, {}).get(name + side, {})
                models[purpose][name + side] = fusion.model(name + side, point)
    return models
