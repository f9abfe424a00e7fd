"""One split as a judge sees it: its playlists, and every model made of its training part."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from muse_lib.data.dataset import Dataset, Vocabulary
from muse_lib.evaluation.entrants import SIDES, TUNED_SUFFIX
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.models.base import Model
from muse_lib.models.baselines import BASELINES
from muse_lib.models.baselines.side_information import beside, by_artist
from muse_lib.models.embedding import Embedding
from muse_lib.progress import reporter
from muse_lib.storage.results import Results

PAIRS, RANKING = "pairs", "ranking"
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
        return cls(number, seed, vocabulary, HeldOut.of(dataset), models)


def folder_of(model: str, purpose: str) -> str:
    """Return where the vectors of a model lie that was trained, and perhaps tuned, for a purpose."""
    suffix = f"-{purpose}" if model.endswith(TUNED_SUFFIX) and purpose != PAIRS else ""
    return f"artifacts/models/{model}{suffix}"


def fit_rivals(vocabulary: Vocabulary, seed: int, points: Points) -> dict[str, dict[str, Model]]:
    """Return every rival and control for each purpose, plain and with side information.

    What both purposes share is fitted once.
    """
    fitted: dict[tuple[object, ...], Model] = {}
    artists = by_artist(vocabulary)
    models: dict[str, dict[str, Model]] = {purpose: {} for purpose in PURPOSES}

    def fit(of: Vocabulary, name: str, point: Mapping[str, Any]) -> Model:
        key = (id(of), name, *sorted(point.items()))
        if key not in fitted:
            fitted[key] = BASELINES[name].fit(of, seed, **point)
        return fitted[key]

    with reporter(len(BASELINES), f"seed {seed}") as report:
        for number, (name, rival) in enumerate(BASELINES.items(), start=1):
            for purpose in rival.answers:
                chosen = points.get(purpose, {})
                own = fit(vocabulary, name, chosen.get(name, {}))
                models[purpose][name] = own
                if not rival.side_information:
                    continue
                by_artists = fit(artists, name, chosen.get(name, {}))
                titles = fit(vocabulary, "title_mean", chosen.get("title_mean", {}))
                for side in SIDES:
                    weights = chosen.get(name + side, {})
                    parts = {"by_artist": by_artists} if "artist" in side else {}
                    parts |= {"titles": titles} if "titles" in side else {}
                    models[purpose][name + side] = beside(own, **parts, **weights)
            report(number, f"rival {name}")
    return models
