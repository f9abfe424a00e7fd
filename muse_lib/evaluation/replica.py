"""One split as a judge sees it: its playlists, and every model made of its training part."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from muse_lib.data.dataset import Dataset, Vocabulary
from muse_lib.evaluation.entrants import BOTH, TITLES, TUNED_SUFFIX, sees, sides_of
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.models.base import Model
from muse_lib.models.baselines import BASELINES, title_mean
from muse_lib.models.baselines.controls import TitleMean
from muse_lib.models.baselines.rival import PAIRS, RANKING
from muse_lib.models.baselines.side_information import beside, by_artist, through_artists
from muse_lib.models.embedding import Embedding
from muse_lib.progress import reporter
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
        """Read the data and the trained models of one split, and fit the rivals.

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
        for purpose, rivals in fit_rivals(vocabulary, seed, points).items():
            models[purpose] |= rivals
        titles = title_mean(vocabulary, seed, **points.get(RANKING, {}).get("title_mean", {}))
        models[RANKING] = {
            name: ByTitle(model, titles) if sees(name) in (TITLES, BOTH) else model
            for name, model in models[RANKING].items()
        }
        return cls(number, seed, vocabulary, HeldOut.of(dataset), models)


class LastAsked:
    """A model that keeps its last answer: what stands beside a rival asks the same of its parts.

    Parameters
    ----------
    model : Model
        Whose scores these are.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._kept: dict[str, tuple[bytes, np.ndarray]] = {}

    def similarity(self, i: np.ndarray, j: np.ndarray, /) -> np.ndarray:
        """Return the model's scores of pairs."""
        return self._once("pairs", i.tobytes() + j.tobytes(), lambda: self.model.similarity(i, j))

    def continuation_scores(self, given: np.ndarray, /) -> np.ndarray:
        """Return the model's scores of all songs."""
        return self._once("ranking", given.tobytes(), lambda: self.model.continuation_scores(given))

    def _once(self, what: str, asked: bytes, answer: Callable[[], np.ndarray]) -> np.ndarray:
        if what not in self._kept or self._kept[what][0] != asked:
            self._kept[what] = asked, answer()
        return self._kept[what][1]


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


def fit_rivals(vocabulary: Vocabulary, seed: int, points: Points) -> dict[str, dict[str, Model]]:
    """Return every rival and control for each purpose, plain and with side information.

    What both purposes share is fitted once.
    """
    fitted: dict[tuple[object, ...], Model] = {}
    artists = by_artist(vocabulary)
    models: dict[str, dict[str, Model]] = {purpose: {} for purpose in PURPOSES}
    titles_read = points.get(RANKING, {}).get("title_mean", {})

    def fit(of: Vocabulary, name: str, point: Mapping[str, Any]) -> Model:
        key = (id(of), name, *sorted(point.items()))
        if key not in fitted:
            fitted[key] = LastAsked(BASELINES[name].fit(of, seed, **point))
        return fitted[key]

    def fit_with(name: str, side: str, chosen: Mapping[str, Any]) -> Model:
        """Return a rival at the point of a search, which also weighs what stands beside it."""
        weights = {key: value for key, value in chosen.items() if key.endswith("_weight")}
        point = {key: value for key, value in chosen.items() if key not in weights}
        own = fit(vocabulary, name, point)
        if not side:
            return own
        return beside(
            own,
            through_artists(fit(artists, name, point), vocabulary) if "+artist" in side else None,
            fit(vocabulary, "title_mean", titles_read) if "+titles" in side else None,
            **weights,
        )

    with reporter(len(BASELINES), f"seed {seed}") as report:
        for number, (name, rival) in enumerate(BASELINES.items(), start=1):
            for purpose in rival.answers:
                for side in sides_of(rival):
                    chosen = points.get(purpose, {}).get(name + side, {})
                    models[purpose][name + side] = fit_with(name, side, chosen)
            report(number, f"rival {name}")
    return models
