"""The description of a rival of MuSE: how to fit it, and what it can score."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, Concatenate, NoReturn

import numpy as np

from muse_lib.data.dataset import Vocabulary
from muse_lib.models.base import PURPOSES, Model, Rule

Fit = Callable[Concatenate[Vocabulary, int, ...], Model]
Needs = Callable[Concatenate[Vocabulary, ...], float]
Rounds = Iterator[tuple[int, Model]]
Along = Callable[Concatenate[Vocabulary, int, Collection[int], ...], Rounds]

MOST_BYTES = 4e9
"""Memory limit for fitting a rival: the same on every machine, so that the tables are too."""


@dataclass(frozen=True)
class Rival:
    """A method to compare with MuSE.

    Attributes
    ----------
    fit : callable
        Takes the vocabulary, a seed and hyper-parameters by name, all with defaults.
    along : callable, optional
        Takes the vocabulary, a seed, numbers of rounds and the other hyper-parameters; yields
        the model after each of these numbers of rounds of one run, in ascending order: the same
        models as separate runs of those lengths.
    rounds : str
        The hyper-parameter of ``fit`` that gives the number of rounds.
    purposes : tuple of str
        ``"pairs"`` if the method has `Model.similarity`, ``"ranking"`` if it has
        `Model.continuation_scores`.
    side_information : bool
        Whether it is also combined with artists and titles; see
        `muse_lib.models.baselines.side_information`.
    needs : callable, optional
        Takes the vocabulary and hyper-parameters; returns the approximate peak memory of a fit in
        bytes, rather too high than too low. None if it needs only a few numbers per song and
        playlist entry.
    """

    fit: Fit
    along: Along | None = None
    rounds: str = ""
    purposes: tuple[str, ...] = PURPOSES
    side_information: bool = False
    needs: Needs | None = None

    def too_large(self, vocabulary: Vocabulary, **point: Any) -> str:
        """Return why it cannot be fitted to this vocabulary, or "" if it can."""
        needed = self.needs(vocabulary, **point) if self.needs else 0
        if needed <= MOST_BYTES:
            return ""
        return (
            f"it would need about {needed / 1e9:,.1f} GB of memory for {len(vocabulary.songs):,} "
            f"songs of {len(vocabulary.playlists):,} playlists, but the limit per rival is "
            f"{MOST_BYTES / 1e9:g} GB: raise min_song_count or lower n_playlists to include it"
        )


def last(rounds: Rounds) -> Model:
    """Return the model after the last of some rounds."""
    *_, (_, model) = rounds
    return model


def ranking_only(continuation_scores: Callable[[np.ndarray], np.ndarray]) -> Model:
    """Return a model that continues playlists but does not score pairs of songs."""

    def similarity(_i: np.ndarray, _j: np.ndarray) -> NoReturn:
        raise NotImplementedError("this model continues playlists; it does not score pairs.")

    return Rule(similarity, continuation_scores)


def n_cells(vocabulary: Vocabulary) -> int:
    """Return the number of song x song cells over all playlists, counting repeats."""
    return sum(songs.size**2 for songs in vocabulary.playlists)
