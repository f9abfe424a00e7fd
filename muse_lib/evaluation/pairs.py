"""Labelled pairs of songs to judge a model on, from playlists it has not seen or from genres."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse

from muse_lib.data.dataset import artist_numbers
from muse_lib.errors import InputError
from muse_lib.seeds import stream

SLICES = ("head", "middle", "tail")
"""Popular songs, the others that training met more than once, and those it met once."""

ROUNDS = 200
"""Random pairs are drawn in so many rounds before we say that there are no more."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of songs, each similar or not.

    Attributes
    ----------
    i, j : ndarray
        (n_pairs,) int64: song numbers of the model, i < j.
    similar : ndarray
        (n_pairs,) bool.
    """

    i: np.ndarray
    j: np.ndarray
    similar: np.ndarray

    def __len__(self) -> int:
        return self.i.size


@dataclass(frozen=True)
class PairRule:
    """How many pairs, of what mixture.

    Attributes
    ----------
    n_pairs : int
        At most so many; fewer if the playlists do not hold them, in the same mixture.
    share_similar : float
        Share of similar pairs, above 0 and below 1.
    same_artist : bool
        Whether two songs of one artist may form a pair. Artist augmentation writes the artist
        into the vectors, so the headline leaves such pairs out.
    seed : int
        The study's seed.
    """

    n_pairs: int = 10_000
    share_similar: float = 0.68
    same_artist: bool = False
    seed: int = 0


class HeldOut:
    """The playlists of a study as a judge sees them: who shares what with whom, and where.

    Parameters
    ----------
    songs : DataFrame
        The model's songs, with ``song_id`` and ``artist``, in the model's numbering.
    memberships : DataFrame
        ``playlist_id`` and ``song_id`` of the whole sample; songs that no training playlist
        holds are left out, for the model has no vector for them.
    parts : ndarray
        (n_playlists,) the part of every playlist.
    """

    def __init__(self, songs: pd.DataFrame, memberships: pd.DataFrame, parts: np.ndarray) -> None:
        number = pd.Series(np.arange(len(songs)), index=songs["song_id"])
        known = memberships[memberships["song_id"].isin(songs["song_id"])]
        rows = number[known["song_id"]].to_numpy()
        columns = known["playlist_id"].to_numpy()
        ones = np.ones(rows.size, dtype=np.int32)
        shape = (len(songs), parts.size)
        self.songs = songs
        self.parts = parts
        self.in_playlist = scipy.sparse.csr_array((ones, (rows, columns)), shape=shape)
        self.artist = artist_numbers(songs)

    def pairs_from_playlists(self, part: str, rule: PairRule) -> Pairs:
        """Return pairs labelled by the playlists of ``part``.

        *Similar*: the two songs share a playlist of the part. *Dissimilar*: both occur in
        playlists of the part and share no playlist anywhere, training included.
        """
        inside = self.in_playlist[:, self.parts == part]
        together = scipy.sparse.triu(inside @ inside.T, k=1).tocoo()
        i, j = (np.asarray(index, dtype=np.int64) for index in (together.row, together.col))
        order = np.lexsort((j, i))
        similar = self._allowed(i[order], j[order], rule)
        songs = np.flatnonzero(inside.sum(axis=1))
        rng = stream(rule.seed, f"pairs from playlists of {part}")
        apart = self._draw(songs, rule, rng, self.in_playlist, share=False)
        return _mix(similar, apart, rule, rng, f"the {part} playlists")

    def pairs_from_labels(self, part: str, labels: pd.Series, rule: PairRule) -> Pairs:
        """Return pairs of songs of ``part`` labelled by what owes nothing to playlists.

        Parameters
        ----------
        labels : Series of str
            (n_songs,) the labels of each song joined by ``"|"``, empty where unknown. Songs are
            *similar* if they share a label; songs without any form no pair.
        """
        split = labels.str.split("|")
        named = split.explode()
        named = named[named != ""]
        code, _ = pd.factorize(named)
        has_label = scipy.sparse.csr_array(
            (np.ones(code.size, dtype=np.int32), (named.index.to_numpy(), code)),
            shape=(len(labels), code.max(initial=0) + 1),
        )
        inside = self.in_playlist[:, self.parts == part].sum(axis=1) > 0
        songs = np.flatnonzero(inside & (has_label.sum(axis=1) > 0))
        rng = stream(rule.seed, f"pairs from labels of {part}")
        similar = self._draw(songs, rule, rng, has_label, share=True)
        apart = self._draw(songs, rule, rng, has_label, share=False)
        return _mix(similar, apart, rule, rng, f"the labelled songs of the {part} playlists")

    def _draw(
        self,
        songs: np.ndarray,
        rule: PairRule,
        rng: np.random.Generator,
        incidence: scipy.sparse.csr_array,
        share: bool,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw distinct pairs of ``songs`` that share a column of ``incidence``, or share none."""
        n = len(self.songs)
        found = np.empty(0, dtype=np.int64)
        if songs.size < 2:
            return found, found
        for _ in range(ROUNDS):
            i, j = np.sort(rng.choice(songs, (2, 2 * rule.n_pairs)), axis=0)
            i, j = i[i < j], j[i < j]
            shared = incidence[i].multiply(incidence[j]).sum(axis=1) > 0
            i, j = self._allowed(i[shared == share], j[shared == share], rule)
            # keep the first of equal pairs, in the order they were drawn
            key = np.concatenate([found, i * n + j])
            found = key[np.sort(np.unique(key, return_index=True)[1])]
            if found.size >= rule.n_pairs:
                break
        return found // n, found % n

    def _allowed(
        self, i: np.ndarray, j: np.ndarray, rule: PairRule
    ) -> tuple[np.ndarray, np.ndarray]:
        """Leave out pairs of one artist unless the rule wants them."""
        if rule.same_artist:
            return i, j
        different = self.artist[i] != self.artist[j]
        return i[different], j[different]


def popularity_slices(pairs: Pairs, popularity: np.ndarray) -> np.ndarray:
    """Return the slice of each pair, that of its rarer song: (n_pairs,) str, one of `SLICES`.

    *Tail*: songs of one training playlist, which the model knows from one context alone; *head*:
    at most the most popular third of the others; *middle*: the rest. Songs of one popularity are
    never torn apart.

    Parameters
    ----------
    pairs : Pairs
        Of any source.
    popularity : ndarray
        (n_songs,) int: the training playlists that hold each song (`Vocabulary.popularity`).
    """
    rarer = np.minimum(popularity[pairs.i], popularity[pairs.j])
    return np.where(rarer < 2, "tail", np.where(rarer < head_from(popularity), "middle", "head"))


def head_from(popularity: np.ndarray) -> int:
    """Return in how many training playlists a song is, at least, that belongs to the head."""
    repeated = np.sort(popularity[popularity > 1])
    if not repeated.size:
        return 2
    # the popularity next below the third is out, with all songs that share it
    return int(repeated[-1 - repeated.size // 3]) + 1


def _mix(
    similar: tuple[np.ndarray, np.ndarray],
    apart: tuple[np.ndarray, np.ndarray],
    rule: PairRule,
    rng: np.random.Generator,
    source: str,
) -> Pairs:
    """Draw from both kinds, in the rule's mixture, as many as there are."""
    share = rule.share_similar
    n = min(rule.n_pairs, int(similar[0].size / share), int(apart[0].size / (1 - share)))
    n_similar = round(share * n)
    if n_similar < 1 or n - n_similar < 1:
        who = "" if rule.same_artist else " by two artists"
        n_least = _least(share)
        raise InputError(
            f"{source} hold {similar[0].size} similar and {apart[0].size} dissimilar pairs of "
            f"songs{who} that the model knows, and share_similar={share:g} needs at least "
            f"{math.ceil(share * n_least)} and {math.ceil((1 - share) * n_least)}: bring more or "
            f"longer playlists."
        )
    chosen = rng.choice(similar[0].size, n_similar, replace=False)
    others = rng.choice(apart[0].size, n - n_similar, replace=False)
    return Pairs(
        i=np.concatenate([similar[0][chosen], apart[0][others]]),
        j=np.concatenate([similar[1][chosen], apart[1][others]]),
        similar=np.arange(n) < n_similar,
    )


def _least(share: float) -> int:
    """Return the fewest pairs of which a share, rounded, is neither none nor all."""
    start = int(0.5 / min(share, 1 - share)) - 1
    return next(n for n in itertools.count(max(2, start)) if 1 <= round(share * n) < n)


PLAYLISTS, GENRES = "held-out playlists", "genres"
"""Where labels come from: playlists kept from training, or genres that owe nothing to playlists."""


def label_sources(held_out: HeldOut) -> list[str]:
    """Return the kinds of labels that the corpus offers."""
    return [PLAYLISTS, GENRES] if _genre_column(held_out) else [PLAYLISTS]


def labelled_pairs(held_out: HeldOut, source: str, part: str, rule: PairRule) -> Pairs:
    """Return the pairs of one part, labelled by one of the `label_sources`."""
    if source == GENRES:
        return held_out.pairs_from_labels(part, held_out.songs[_genre_column(held_out)], rule)
    return held_out.pairs_from_playlists(part, rule)


def _genre_column(held_out: HeldOut) -> str:
    """Return which column of the songs labels them; empty if none does."""
    return next((name for name in ("genres", "scene") if name in held_out.songs), "")
