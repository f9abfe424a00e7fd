"""Held-out playlists to continue: some songs of each are given, the others hidden.

The RecSys Challenge 2018 (Zamani, Schedl, Lamere and Chen 2019) gives only a title, or 1, 5, 10,
25 or 100 songs. Here half of the songs is an additional case, and 100 is omitted, as few playlists
have that many songs known from training.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from muse_lib.errors import InputError
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.seeds import stream

HALF = "half"
"""The case in which half of the known songs are given, rounded down."""

GIVEN = ("0", "1", "5", "10", "25", HALF)
"""What is given of a playlist: a number of songs, or half of them; for ``"0"`` only the title."""

MIN_KNOWN = 2
"""Minimum songs of a playlist known from training: one to give and one to find."""

MIN_HIDDEN = 5
"""At least as many songs are hidden as are given, up to this number."""


@dataclass(frozen=True)
class Continuation:
    """A held-out playlist with some songs given and the others hidden.

    Attributes
    ----------
    playlist_id : int
        Its row in the study's table of playlists.
    given_as : str
        The case, one of `GIVEN`.
    title : str
        As its owner wrote it; empty if unknown. Used only if no song is given.
    given : ndarray
        Song numbers of the model, int, sorted; empty in the case ``"0"``.
    hidden : ndarray
        The other known songs, sorted, at least one.
    """

    playlist_id: int
    given_as: str
    title: str
    given: np.ndarray
    hidden: np.ndarray


def continuations(
    held_out: HeldOut,
    part: str,
    seed: int,
    given: Sequence[str] = GIVEN,
    titles: Sequence[str] | None = None,
) -> list[Continuation]:
    """Return the playlists of ``part`` for every case that they are long enough for.

    The known songs of a playlist are shuffled once; the first are given, the rest are hidden. So
    the cases are nested: the five given songs are among the ten. Songs in no training playlist
    can be neither given nor found and are left out.

    A playlist must have at least as many hidden songs as given ones, up to `MIN_HIDDEN`: 25 are
    given only for playlists of 30 or more. A single hidden song is either found or not, and such
    a value would count as much as that of a playlist with a hundred. The cases of no song, one
    and half use the same playlists, those with at least `MIN_KNOWN` known songs.

    Parameters
    ----------
    held_out : HeldOut
        The playlists of all parts.
    part : str
        ``"validation"`` or ``"test"``.
    seed : int
        The split's seed. The order of one playlist does not depend on the others.
    given : sequence of str
        The cases, numbers of songs or `HALF`.
    titles : sequence of str, optional
        (n_playlists,) the titles of all playlists, in the numbering of ``held_out``.

    Returns
    -------
    list of Continuation
        Case by case in the order of ``given``, within each the playlists by number. Cases that no
        playlist is long enough for are empty.

    Raises
    ------
    InputError
        If a case is neither a number nor `HALF`, or no playlist is long enough for any.
    """
    fewest = {case: _fewest_known(case) for case in given}
    playlists = np.flatnonzero(held_out.parts == part)
    known = held_out.playlists(part)
    orders = {number: _order(songs, number, seed) for number, songs in known.items()}
    cases = []
    for case in given:
        for number, order in orders.items():
            if order.size >= fewest[case]:
                n_given = order.size // 2 if case == HALF else int(case)
                first, rest = np.sort(order[:n_given]), np.sort(order[n_given:])
                title = titles[number] if titles is not None else ""
                cases.append(Continuation(number, case, title, first, rest))
    if not cases:
        raise InputError(
            f"none of the {playlists.size} {part} playlists has {min(fewest.values())} songs "
            f"known from training, so there is nothing to continue: provide more playlists, or "
            f"playlists that share songs."
        )
    return cases


def _fewest_known(case: str) -> int:
    """Return how many known songs a playlist needs for a case."""
    if case == HALF:
        return MIN_KNOWN
    if not case.isdecimal():
        raise InputError(
            f"given={case!r} is not a valid case: use a number of songs, such as '5', or {HALF!r}."
        )
    n_given = int(case)
    return max(MIN_KNOWN, n_given + max(1, min(n_given, MIN_HIDDEN)))


def _order(known: np.ndarray, playlist: int, seed: int) -> np.ndarray:
    """Return the known songs of a playlist in the random order in which they are given."""
    return stream(seed, f"order of playlist {playlist}").permutation(known)
