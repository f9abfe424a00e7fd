"""One split for evaluation: its playlists, and every model of its training part."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from muse_lib.data.dataset import Dataset, Vocabulary
from muse_lib.evaluation.entrants import BOTH, TITLES, TUNED_SUFFIX, sees, sides_of
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.models.base import PAIRS, PURPOSES, RANKING, Model, Recent
from muse_lib.models.baselines import BASELINES
from muse_lib.models.baselines.fusion import Fusion
from muse_lib.models.embedding import Embedding
from muse_lib.storage.results import Results

FEW_SONGS = 50_000
"""Up to this many songs, all models of a split are kept in memory: some GB."""

Points = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Hyper-parameters by purpose and model."""


@dataclass(frozen=True)
class Replica:
    """The playlists of one split for evaluation, and the models trained on it.

    Attributes
    ----------
    number : int
        The number of the split.
    seed : int
        Seed of the initial vectors and of the pairs.
    vocabulary : Vocabulary
        The training part.
    held_out : HeldOut
        All parts.
    models : mapping of mappings
        For each of `PURPOSES` the models to evaluate, by name, in the order of the tables.
    left_out : mapping
        The rivals that would not fit into memory, by name, and why.
    """

    number: int
    seed: int
    vocabulary: Vocabulary
    held_out: HeldOut
    models: Mapping[str, Mapping[str, Model]]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(
        cls,
        place: Results,
        number: int,
        seed: int,
        trained: Mapping[str, str],
        points: Points,
        n_lists: int = 0,
    ) -> "Replica":
        """Load the data of one split, with its trained models and the rivals.

        A model is loaded, or fitted, on first use. With many songs, it is kept in memory only
        until other models are used.

        Parameters
        ----------
        place : Results
            One of `Results.splits`.
        number, seed : int
            The number of the split, and the seed of its models.
        trained : mapping
            From the names of the vectors in ``artifacts/models`` to the notebooks that make them;
            tuned models are there once for each purpose (`folder_of`).
        points : mapping
            Hyper-parameters of the rivals, by purpose; rivals not listed use their defaults.
        n_lists : int
            Maximum number of test playlists to evaluate; 0 for all. See `HeldOut.of`.
        """
        dataset = Dataset.load(place)
        vocabulary = dataset.vocabulary
        few = len(vocabulary.songs) <= FEW_SONGS
        read = Recent(Embedding.load, None if few else 1)
        models: dict[str, dict[str, Model]] = {
            purpose: {
                name: StoredModel(place.find(folder_of(name, purpose), made_by), read)
                for name, made_by in trained.items()
            }
            for purpose in PURPOSES
        }
        titles_read = points.get(RANKING, {}).get("title_mean", {})
        fusion = Fusion(vocabulary, seed, titles_read, None if few else 2)
        others, left_out = rivals(fusion, points)
        for purpose in PURPOSES:
            models[purpose] |= others[purpose]
        models[RANKING] = {
            name: WithTitles(model, fusion) if sees(name) in (TITLES, BOTH) else model
            for name, model in models[RANKING].items()
        }
        held_out = HeldOut.of(dataset, n_lists, seed)
        return cls(number, seed, vocabulary, held_out, models, left_out)


@dataclass(frozen=True)
class StoredModel:
    """A trained model on disk, loaded on use.

    Attributes
    ----------
    folder : Path
        Where `Embedding.save` wrote it.
    read : callable
        Loads a folder, and may cache the result.
    """

    folder: Path
    read: Callable[[Path], Embedding]

    def similarity(self, i: np.ndarray, j: np.ndarray, /) -> np.ndarray:
        """Return the model's scores of pairs."""
        return self.read(self.folder).similarity(i, j)

    def continuation_scores(self, given: np.ndarray, /) -> np.ndarray:
        """Return the model's scores of all songs."""
        return self.read(self.folder).continuation_scores(given)


@dataclass(frozen=True)
class WithTitles:
    """A model that may see titles, and uses them for playlists without given songs.

    Attributes
    ----------
    model : Model
        Used if songs are given.
    fusion : Fusion
        Its titles are used if only a title is given.
    """

    model: Model
    fusion: Fusion

    def similarity(self, i: np.ndarray, j: np.ndarray, /) -> np.ndarray:
        """Return the model's scores of pairs."""
        return self.model.similarity(i, j)

    def continuation_scores(self, given: np.ndarray, /) -> np.ndarray:
        """Return the model's scores of all songs."""
        return self.model.continuation_scores(given)

    def title_scores(self, title: str, /) -> np.ndarray:
        """Return the title scores of all songs."""
        return self.fusion.titles.title_scores(title)


def folder_of(model: str, purpose: str) -> str:
    """Return the folder of a trained model's vectors, for a purpose it may be tuned for."""
    suffix = f"-{purpose}" if model.endswith(TUNED_SUFFIX) and purpose != PAIRS else ""
    return f"artifacts/models/{model}{suffix}"


def rivals(fusion: Fusion, points: Points) -> tuple[dict[str, dict[str, Model]], dict[str, str]]:
    """Return every rival and control for each purpose, plain and with side information.

    Each is fitted on first use. A model that both purposes share is fitted only once, unless more
    models are fitted in between than ``fusion`` keeps.

    Returns
    -------
    models : dict of dict
        By purpose and name.
    left_out : dict of str
        The names of the rivals left out because they would need too much memory, each with a
        sentence that says so.
    """
    models: dict[str, dict[str, Model]] = {purpose: {} for purpose in PURPOSES}
    left_out: dict[str, str] = {}
    for name, rival in BASELINES.items():
        for purpose in rival.purposes:
            for side in sides_of(rival):
                point = points.get(purpose, {}).get(name + side, {})
                if why := fusion.too_large(name + side, point):
                    left_out[name + side] = why
                else:
                    models[purpose][name + side] = fusion.model(name + side, point)
    return models, left_out
