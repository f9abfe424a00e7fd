"""Held-out playlists to continue: what of each is given, and what is hidden to be found.

The RecSys Challenge 2018 (Zamani, Schedl, Lamere and Chen 2019) gives a title alone, or 1, 5, 10,
25 or 100 songs. Here half of the songs is a case of its own, and 100 is none, for few playlists
hold so many songs that training knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from muse_lib.errors import InputError
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.seeds import stream

HALF = "half"
"""The case in which half of the known songs is given, the smaller half of an odd number."""

GIVEN = ("0", "1", "5", "10", "25", HALF)
"""What is given of a playlist: so many songs, or half of them; of ``"0"`` the title alone."""

MIN_KNOWN = 2
"""Songs that training must know of a playlist: one is given, one is left to be found."""

MIN_HIDDEN = 5
"""At least as many songs are hidden as are given, up to so many."""


@dataclass(frozen=True)
class Continuation:
    """A held-out playlist of which some songs are given and the others are to be found.

    Attributes
    ----------
    playlist_id : int
        Its row in the study's table of playlists.
    given_as : str
        The case, one of `GIVEN`.
    title : str
        As its owner wrote it; empty if unknown. It counts only where no song is given.
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
    """Return the playlists of ``part`` in every case that they are long enough for.

    The known songs of a playlist are put in one random order; the first of them are given, the
    rest is hidden. So the cases nest: what is given of five is given of ten. Songs that no
    training playlist holds can neither be given nor found and are left out.

    A playlist must leave at least as many songs to be found as are given, up to `MIN_HIDDEN`: 25
    are given of playlists of 30 or more. A single hidden song is found or not, and such a value
    would count as much as that of a playlist with a hundred. The cases of no song, of one and of
    half are asked of the same playlists, those of `MIN_KNOWN` known songs or more.

    Parameters
    ----------
    held_out : HeldOut
        The playlists of all parts.
    part : str
        ``"validation"`` or ``"test"``.
    seed : int
        Of the split. The order of one playlist does not depend on the others.
    given : sequence of str
        The cases, numbers of songs or `HALF`.
    titles : sequence of str, optional
        (n_playlists,) the titles of all playlists, in the numbering of ``held_out``.

    Returns
    -------
    list of Continuation
        Case by case in the order of ``given``, in each the playlists by number. A case that no
        playlist is long enough for has none.

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
            f"none of the {playlists.size} {part} playlists holds {min(fewest.values())} songs "
            f"that training knows, so there is nothing to continue: bring more playlists, or such "
            f"as share songs."
        )
    return cases


def _fewest_known(case: str) -> int:
    """Return how many songs of a playlist training must know for a case."""
    if case == HALF:
        return MIN_KNOWN
    if not case.isdecimal():
        raise InputError(
            f"{case!r} is nothing that can be given of a playlist: name a number of songs, such as "
            f"'5', or {HALF!r}."
        )
    n_given = int(case)
    return max(MIN_KNOWN, n_given + max(1, min(n_given, MIN_HIDDEN)))


def _order(known: np.ndarray, playlist: int, seed: int) -> np.ndarray:
    """Return the known songs of a playlist in the random order in which they are given."""
    return stream(seed, f"order of playlist {playlist}").permutation(known)
