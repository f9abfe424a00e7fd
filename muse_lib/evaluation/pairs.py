"""The poster's pairs: labelled by held-out playlists, drawn uniformly, most of them similar."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import scipy.sparse

from muse_lib.errors import InputError
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.seeds import stream

SLICES = ("head", "middle", "tail")
"""Popular songs, the others in more than one training playlist, and those in only one."""

ROUNDS = 200
"""Maximum rounds of drawing random pairs before giving up on finding more."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of songs, each similar or not.

    Attributes
    ----------
    i, j : ndarray
        (n_pairs,) int64: song numbers of the model, i < j.
    similar : ndarray
        (n_pairs,) bool.
    one, other : ndarray
        (n_pairs,) int64: the units a resample draws: the playlists that the two songs come from,
        the same one for a similar pair.
    """

    i: np.ndarray
    j: np.ndarray
    similar: np.ndarray
    one: np.ndarray
    other: np.ndarray

    def __len__(self) -> int:
        return self.i.size

    def where(self, chosen: np.ndarray) -> "Pairs":
        """Return some of the pairs, by number or by (n_pairs,) bool."""
        columns = (self.i, self.j, self.similar, self.one, self.other)
        return Pairs(*(column[chosen] for column in columns))


@dataclass(frozen=True)
class PairRule:
    """The number and mixture of pairs.

    Attributes
    ----------
    n_pairs : int
        Maximum number; fewer, in the same mixture, if the playlists do not have enough.
    share_similar : float
        Share of similar pairs, above 0 and below 1.
    same_artist : bool
        Whether two songs by one artist may form a pair. Artist augmentation writes the artist
        into the vectors, so the poster's table leaves such pairs out.
    seed : int
        The study's seed.
    """

    n_pairs: int = 10_000
    share_similar: float = 0.68
    same_artist: bool = False
    seed: int = 0


def poster_pairs(held_out: HeldOut, part: str, rule: PairRule) -> Pairs:
    """Return pairs labelled by the playlists of ``part``, as the poster's table suggests.

    *Similar*: the two songs share a playlist of the part. *Dissimilar*: both occur in playlists
    of the part and share no playlist anywhere, including training. So a dissimilar pair never
    co-occurs in training while a similar one may: merely looking up co-occurrence is right more
    often than not (`muse_lib.models.baselines.met`).
    """
    inside = held_out.in_playlist[:, held_out.parts == part]
    together = scipy.sparse.triu(inside @ inside.T, k=1).tocoo()
    i, j = (np.asarray(index, dtype=np.int64) for index in (together.row, together.col))
    order = np.lexsort((j, i))
    similar = _allowed(held_out, i[order], j[order], rule)
    songs = np.flatnonzero(inside.sum(axis=1))
    rng = stream(rule.seed, f"pairs from playlists of {part}")
    apart = _draw_apart(held_out, songs, rule, rng)
    i, j, kind = _mix(similar, apart, rule, rng, f"the {part} playlists")
    return Pairs(i, j, kind, *_drawn_by(inside, i, j, kind))


def list_shares(held_out: HeldOut, part: str) -> np.ndarray:
    """Return each playlist's share of the similar pairs of a part, largest first.

    Uniformly drawn pairs weight a list of L known songs by L (L - 1) / 2. The effective number of
    lists is 1 / sum(share^2) (`effective_number`).
    """
    sizes = np.array([songs.size for songs in held_out.playlists(part).values()], dtype=float)
    n_pairs = np.sort(sizes * (sizes - 1) / 2)[::-1]
    return np.asarray(n_pairs / max(n_pairs.sum(), 1))


def effective_number(shares: np.ndarray) -> float:
    """Return the number of equal shares with the same concentration: 1 / sum of squares."""
    return float(1 / np.square(shares).sum()) if shares.any() else 0.0


def _drawn_by(
    inside: scipy.sparse.csr_array, i: np.ndarray, j: np.ndarray, similar: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the list of each song of a pair: the first list of both, or each one's first."""
    one, other = (np.asarray(inside[songs].argmax(axis=1)).ravel() for songs in (i, j))
    both = inside[i[similar]].multiply(inside[j[similar]])
    one[similar] = other[similar] = np.asarray(both.argmax(axis=1)).ravel()
    return one.astype(np.int64), other.astype(np.int64)


def _draw_apart(
    held_out: HeldOut, songs: np.ndarray, rule: PairRule, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw distinct pairs of ``songs`` that share no playlist."""
    n = len(held_out.songs)
    found = np.empty(0, dtype=np.int64)
    if songs.size < 2:
        return found, found
    for _ in range(ROUNDS):
        i, j = np.sort(rng.choice(songs, (2, 2 * rule.n_pairs)), axis=0)
        i, j = i[i < j], j[i < j]
        apart = held_out.shared(i, j) == 0
        i, j = _allowed(held_out, i[apart], j[apart], rule)
        # keep the first of equal pairs, in the order they were drawn
        key = np.concatenate([found, i * n + j])
        found = key[np.sort(np.unique(key, return_index=True)[1])]
        if found.size >= rule.n_pairs:
            break
    return found // n, found % n


def _allowed(
    held_out: HeldOut, i: np.ndarray, j: np.ndarray, rule: PairRule
) -> tuple[np.ndarray, np.ndarray]:
    """Leave out pairs by the same artist unless the rule allows them."""
    if rule.same_artist:
        return i, j
    different = ~held_out.same_artist(i, j)
    return i[different], j[different]


def popularity_slices(i: np.ndarray, j: np.ndarray, popularity: np.ndarray) -> np.ndarray:
    """Return the slice of each pair, that of its rarer song: (n_pairs,) str, one of `SLICES`.

    *Tail*: songs in one training playlist, which the model knows from a single context; *head*:
    at most the most popular third of the others; *middle*: the rest. Songs of equal popularity
    are in the same slice.

    Parameters
    ----------
    i, j : ndarray
        (n_pairs,) int: song numbers.
    popularity : ndarray
        (n_songs,) int: number of training playlists with each song (`Vocabulary.popularity`).
    """
    rarer = np.minimum(popularity[i], popularity[j])
    return np.where(rarer < 2, "tail", np.where(rarer < head_from(popularity), "middle", "head"))


def head_from(popularity: np.ndarray) -> int:
    """Return the minimum number of training playlists of a song in the head."""
    repeated = np.sort(popularity[popularity > 1])
    if not repeated.size:
        return 2
    # exclude the popularity just below the top third, with all songs that share it
    return int(repeated[-1 - repeated.size // 3]) + 1


def _mix(
    similar: tuple[np.ndarray, np.ndarray],
    apart: tuple[np.ndarray, np.ndarray],
    rule: PairRule,
    rng: np.random.Generator,
    source: str,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw from both kinds in the rule's mixture, as many as possible: i, j and similar."""
    share = rule.share_similar
    n = min(rule.n_pairs, int(similar[0].size / share), int(apart[0].size / (1 - share)))
    n_similar = round(share * n)
    if n_similar < 1 or n - n_similar < 1:
        who = "" if rule.same_artist else " by two artists"
        n_least = _least(share)
        raise InputError(
            f"{source} have {similar[0].size} similar and {apart[0].size} dissimilar pairs of "
            f"songs{who} that the model knows, but share_similar={share:g} needs at least "
            f"{math.ceil(share * n_least)} and {math.ceil((1 - share) * n_least)}: provide more or "
            f"longer playlists."
        )
    chosen = rng.choice(similar[0].size, n_similar, replace=False)
    others = rng.choice(apart[0].size, n - n_similar, replace=False)
    return (
        np.concatenate([similar[0][chosen], apart[0][others]]),
        np.concatenate([similar[1][chosen], apart[1][others]]),
        np.arange(n) < n_similar,
    )


def _least(share: float) -> int:
    """Return the least number of pairs of which a share, rounded, is neither none nor all."""
    start = int(0.5 / min(share, 1 - share)) - 1
    return next(n for n in itertools.count(max(2, start)) if 1 <= round(share * n) < n)
