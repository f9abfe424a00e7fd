"""What a reader must know before believing a number.

A notebook says it where it is found; the runner finds it there, writes it into ``run.json`` and
repeats it at the end of the run.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from muse_lib.paths import shown
from muse_lib.storage.results import Results

MIME = "application/vnd.muse.caveats+json"
"""The kind of output by which the runner tells a caveat from other text of a notebook."""

STILL_FALLING = 0.05
"""The share of its loss that a finished training loses in its last tenth of epochs, at most."""

SHORTEST_TENTH = 5
"""The fewest epochs over which a falling loss is judged: a tenth of a run of 50 epochs."""


class Caveats:
    """Sentences as a notebook shows them: make it the last expression of a cell.

    Parameters
    ----------
    sentences : iterable of str
        Whole sentences, without anything that people wrote in it; none is good news, and said.

    Examples
    --------
    >>> Caveats(few_pairs(120, 10_000, "the test playlists"))
    """

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = list(sentences)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        marked = [f"> **Caveat.** {sentence}" for sentence in self.sentences]
        return {
            "text/markdown": "\n>\n".join(marked) or "*Nothing here needs a caveat.*",
            "text/plain": repr(self),
            MIME: self.sentences,
        }

    def __repr__(self) -> str:
        return "\n".join(self.sentences) or "Nothing here needs a caveat."


def dropped_rows(dropped: pd.DataFrame) -> list[str]:
    """Say what a reader left out, if anything.

    Parameters
    ----------
    dropped : DataFrame
        ``reason`` and ``count``, as in `Corpus`.
    """
    if not len(dropped):
        return []
    by_reason = dropped.groupby("reason", sort=False)["count"].sum()
    counted = ", ".join(
        f"{count:,} time{'s' if count > 1 else ''} “{reason}”"
        for reason, count in by_reason.items()
    )
    return [f"Reading left out {by_reason.sum():,} rows, lines, playlists or files: {counted}."]


def left_out(n_read: int, reasons: pd.DataFrame) -> list[str]:
    """Say how many playlists are not studied, and which rule leaves them out, if any.

    Parameters
    ----------
    n_read : int
        How many playlists the corpus has.
    reasons : DataFrame
        ``reason``, which begins with "playlist", and ``count``: the rows that
        `muse_lib.data.sampling.sample` adds to the report of a corpus.
    """
    if not len(reasons):
        return []
    counted = ", ".join(
        f"{count:,} {reason.removeprefix('playlist ')}"
        for reason, count in reasons[["reason", "count"]].itertuples(index=False)
    )
    return [f"{reasons['count'].sum():,} of {n_read:,} playlists are left out: {counted}."]


def rare_songs(known: int, kept: int, n_rows: int, min_song_count: int) -> list[str]:
    """Say how many songs are left out for being in too few training playlists, if any.

    Parameters
    ----------
    known, kept : int
        Songs of the training playlists, all and those that are left.
    n_rows : int
        Memberships of training playlists that are left out with the others.
    min_song_count : int
        The fewest training playlists that a song must be in.
    """
    if known == kept:
        return []
    return [
        f"{known - kept:,} of {known:,} songs are in fewer than {min_song_count} training "
        f"playlists and are left out, with {n_rows:,} memberships (min_song_count=1 takes all)."
    ]


def unconverged(history: pd.DataFrame, limit: float = STILL_FALLING) -> list[str]:
    """Say that a training was stopped while its loss was still falling, if so.

    A run whose last tenth is shorter than `SHORTEST_TENTH` epochs says nothing: it is a trial of
    the pipeline, nobody expects its loss to have settled, and from one step to the next a loss
    rises and falls as it likes. The sentence says nothing that differs from one variant to the
    next, so that a run can print it once for all.

    Parameters
    ----------
    history : DataFrame
        ``epoch`` and ``loss``, a row an epoch, as in `Training`.
    limit : float
        The share of the loss, in (0, 1), that may be lost in the last tenth of the epochs.
    """
    loss = history["loss"].to_numpy(float)
    epochs = len(loss) - 1
    tenth = epochs // 10
    if tenth < SHORTEST_TENTH or loss[-1] >= (1 - limit) * loss[-1 - tenth]:
        return []
    return [
        f"The loss was still falling when training stopped, by more than {limit:.0%} over the last "
        f"{tenth} of {epochs} epochs: more epochs would give other vectors."
    ]


def few_pairs(found: int, asked: int, source: str) -> list[str]:
    """Say that there were fewer labelled pairs than asked for, if so.

    Parameters
    ----------
    found, asked : int
        How many pairs there are, and how many there should be.
    source : str
        What they are drawn from, such as ``"the test playlists"``.
    """
    if found >= asked:
        return []
    return [
        f"There are {found:,} pairs from {source} and not {asked:,}: intervals over them are wide."
    ]


def other_share(share_similar: float, of_poster: float) -> list[str]:
    """Say that figures are not to be held against the poster's, if the pairs are mixed otherwise.

    Parameters
    ----------
    share_similar, of_poster : float
        The share of similar pairs here and on the poster, in (0, 1).
    """
    if share_similar == of_poster:
        return []
    return [
        f"Of these pairs {share_similar:.0%} are similar, of the poster's {of_poster:.0%}: "
        f"accuracy, precision and F1 cannot be compared with those that it prints."
    ]


def some_lists(n_lists: int, held_out: int, which: str) -> list[str]:
    """Say that not all held-out playlists are asked about, if so.

    Parameters
    ----------
    n_lists : int
        At most so many are, 0 for all.
    held_out : int
        How many there are.
    which : str
        ``"validation"`` or ``"test"``.
    """
    if not 0 < n_lists < held_out:
        return []
    return [
        f"Of {held_out:,} {which} playlists {n_lists:,} are asked about, drawn at random "
        f"(n_lists=0 asks all)."
    ]


def some_pairs(drawn: int, all_pairs: int) -> list[str]:
    """Say that what is told of pairs of titles is told of a sample of them, if so."""
    if drawn == all_pairs:
        return []
    return [
        f"There are {all_pairs:,} pairs of titles: their histogram, counts and quantiles are those "
        f"of {drawn:,} pairs drawn at random."
    ]


def rivals_left_out(left_out: Mapping[str, str]) -> list[str]:
    """Say which rivals are no part of the tables, if any, and why.

    Parameters
    ----------
    left_out : mapping of str to str
        By name the reason, which begins with "it".
    """
    return [f"{name} is left out: {why}." for name, why in left_out.items() if "+" not in name]


def kept_apart(place: Results, model: str) -> list[str]:
    """Say where the vectors of a trial are, and that those of the study stay, if it is one.

    Parameters
    ----------
    place : Results
        Where the trial writes, as `Results.aside` returns it.
    model : str
        The name of what was trained.
    """
    if not place.trial:
        return []
    return [
        f"The study's `{model}` was trained with other parameters and stays as it is: what is made "
        f"here, with `{place.trial}`, goes to `{shown(place.draft)}`. `10_explore` compares the "
        f"two with `trials = ['{place.trial}']`. To replace the study's vectors, remove "
        f"`{shown(place.root / 'artifacts/models' / model)}` and run this notebook again."
    ]
