"""One seed's study as a judge sees it: its playlists, and every model made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from muse_lib.data.dataset import Dataset, Vocabulary
from muse_lib.evaluation.pairs import HeldOut
from muse_lib.models.base import Model
from muse_lib.models.baselines import BASELINES
from muse_lib.models.embedding import Embedding
from muse_lib.progress import reporter
from muse_lib.storage.results import Results


@dataclass(frozen=True)
class Replica:
    """The playlists of one seed as a judge sees them, and the models made of them.

    Attributes
    ----------
    seed : int
        Of the split, the first vectors and the pairs.
    vocabulary : Vocabulary
        The training part.
    held_out : HeldOut
        All parts.
    models : mapping
        What is judged, by name, in the order of the tables.
    """

    seed: int
    vocabulary: Vocabulary
    held_out: HeldOut
    models: Mapping[str, Model]

    @classmethod
    def load(
        cls,
        place: Results,
        seed: int,
        trained: Mapping[str, str],
        hyperparameters: Mapping[str, Mapping[str, Any]],
    ) -> "Replica":
        """Read the data and the trained models of one seed, and make the baselines.

        Parameters
        ----------
        place : Results
            One of `Results.replicas`.
        seed : int
            The seed that it was made with.
        trained : mapping
            The vectors in ``artifacts/models``, by name, and the notebook that makes each.
        hyperparameters : mapping
            For the baselines that have any; others take their defaults.
        """
        dataset = Dataset.load(place)
        vocabulary = dataset.vocabulary
        models: dict[str, Model] = {
            name: Embedding.load(place.find(f"artifacts/models/{name}", made_by))
            for name, made_by in trained.items()
        }
        with reporter(len(BASELINES), f"seed {seed}") as report:
            for number, (name, baseline) in enumerate(BASELINES.items(), start=1):
                models[name] = baseline(vocabulary, seed, **hyperparameters.get(name, {}))
                report(number, f"baseline {name}")
        held_out = HeldOut(vocabulary.songs, dataset.memberships, dataset.parts)
        return cls(seed, vocabulary, held_out, models)
