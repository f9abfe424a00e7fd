"""What every rival of MuSE is: how it is fitted, and what it answers."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, Concatenate, NoReturn

import numpy as np

from muse_lib.data.dataset import Vocabulary
from muse_lib.models.base import Model, Rule

Fit = Callable[Concatenate[Vocabulary, int, ...], Model]
Needs = Callable[Concatenate[Vocabulary, ...], float]
Rounds = Iterator[tuple[int, Model]]
Along = Callable[Concatenate[Vocabulary, int, Collection[int], ...], Rounds]

MOST_BYTES = 4e9
"""Memory that the fit of a rival may take: the same on every machine, as the tables are."""

PAIRS, RANKING = "pairs", "ranking"


@dataclass(frozen=True)
class Rival:
    """A method that is compared with MuSE.

    Attributes
    ----------
    fit : callable
        Takes the vocabulary, a seed and hyper-parameters by name, all with defaults.
    along : callable, optional
        Takes the vocabulary, a seed, numbers of rounds and the other hyper-parameters; yields
        the model after each of these numbers of one run, in ascending order: the very models
        that runs of those lengths would end with.
    rounds : str
        The hyper-parameter of ``fit`` that ``along`` reads along.
    answers : tuple of str
        ``"pairs"`` where `Model.similarity` is to be asked, ``"ranking"`` where
        `Model.continuation_scores` is.
    side_information : bool
        Whether artists and titles are put beside it; see
        `muse_lib.models.baselines.side_information`.
    needs : callable, optional
        Takes the vocabulary and hyper-parameters; returns the bytes that a fit takes at its peak,
        about and rather too many. None for what takes some numbers a song and a membership.
    """

    fit: Fit
    along: Along | None = None
    rounds: str = ""
    answers: tuple[str, ...] = (PAIRS, RANKING)
    side_information: bool = False
    needs: Needs | None = None

    def too_large(self, vocabulary: Vocabulary, **point: Any) -> str:
        """Return why it cannot be fitted to so many songs and playlists; empty if it can."""
        needed = self.needs(vocabulary, **point) if self.needs else 0
        if needed <= MOST_BYTES:
            return ""
        return (
            f"it would need about {needed / 1e9:,.1f} GB of memory for {len(vocabulary.songs):,} "
            f"songs of {len(vocabulary.playlists):,} playlists, and a rival may take "
            f"{MOST_BYTES / 1e9:g} GB: raise min_song_count or lower n_playlists to have it"
        )


def last(rounds: Rounds) -> Model:
    """Return the model after the last of some rounds."""
    *_, (_, model) = rounds
    return model


def ranking_only(continuation_scores: Callable[[np.ndarray], np.ndarray]) -> Model:
    """Return a model that continues playlists and has no opinion on pairs of songs."""

    def similarity(_i: np.ndarray, _j: np.ndarray) -> NoReturn:
        raise NotImplementedError("this model continues playlists; it does not score pairs.")

    return Rule(similarity, continuation_scores)


def n_cells(vocabulary: Vocabulary) -> int:
    """Return how many cells of songs and songs the playlists hold, those that coincide apart."""
    return sum(songs.size**2 for songs in vocabulary.playlists)
