"""Caveats: what a reader must know before believing a number.

A notebook states each one where it arises; the runner collects them, writes them into
``run.json`` and repeats them at the end of the run.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from muse_lib.paths import shown
from muse_lib.storage.results import Results

MIME = "application/vnd.muse.caveats+json"
"""The MIME type by which the runner recognises caveats in the output of a notebook."""

STILL_FALLING = 0.05
"""Maximum relative decrease of the loss in the last tenth of epochs of a converged training."""

SHORTEST_TENTH = 5
"""Minimum epochs over which a falling loss is assessed: a tenth of a run of 50 epochs."""


class Caveats:
    """Caveats for display in a notebook, as the last expression of a cell.

    Parameters
    ----------
    sentences : iterable of str
        Whole sentences without user-written text; if there are none, this is stated.

    Examples
    --------
    >>> Caveats(few_pairs(120, 10_000, "the test playlists"))
    """

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = list(sentences)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        marked = [f"> **Caveat.** {sentence}" for sentence in self.sentences]
        return {
            "text/markdown": "\n>\n".join(marked) or "*No automatic check raised a caveat.*",
            "text/plain": repr(self),
            MIME: self.sentences,
        }

    def __repr__(self) -> str:
        return "\n".join(self.sentences) or "No automatic check raised a caveat."


def dropped_rows(dropped: pd.DataFrame) -> list[str]:
    """State what was left out when reading the corpus, if anything.

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
    """State how many playlists are left out by which rule, if any.

    Parameters
    ----------
    n_read : int
        Number of playlists in the corpus.
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
    return [f"Left out of {n_read:,} playlists: {counted}."]


def rare_songs(known: int, kept: int, n_rows: int, min_song_count: int) -> list[str]:
    """State how many songs are left out because they are in too few training playlists, if any.

    Parameters
    ----------
    known, kept : int
        Number of songs in the training playlists, and of those kept.
    n_rows : int
        Training memberships left out with the other songs.
    min_song_count : int
        Minimum number of training playlists per song.
    """
    if known == kept:
        return []
    return [
        f"{known - kept:,} of {known:,} songs are in fewer than {min_song_count} training "
        f"playlists and are left out, with {n_rows:,} memberships (min_song_count=1 takes all)."
    ]


def unconverged(history: pd.DataFrame, limit: float = STILL_FALLING) -> list[str]:
    """State that training stopped while its loss was still falling, if so.

    A run whose last tenth is shorter than `SHORTEST_TENTH` epochs gets no caveat: it is a trial
    of the pipeline that is not expected to converge, and single steps fluctuate. The sentence is
    the same for all variants, so that a run can print it once.

    Parameters
    ----------
    history : DataFrame
        ``epoch`` and ``loss``, one row per epoch, as in `Training`.
    limit : float
        Maximum relative decrease of the loss, in (0, 1), in the last tenth of the epochs.
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
    """State that there are fewer labelled pairs than requested, if so.

    Parameters
    ----------
    found, asked : int
        Number of pairs found, and number requested.
    source : str
        Where they are drawn from, such as ``"the test playlists"``.
    """
    if found >= asked:
        return []
    return [
        f"There are only {found:,} pairs from {source} instead of {asked:,}: their intervals are "
        f"wide."
    ]


def other_share(share_similar: float, of_poster: float) -> list[str]:
    """State that figures are not comparable with the poster's, if the mixture of pairs differs.

    Parameters
    ----------
    share_similar, of_poster : float
        The share of similar pairs here and on the poster, in (0, 1).
    """
    if share_similar == of_poster:
        return []
    return [
        f"Of these pairs {share_similar:.0%} are similar, of the poster's {of_poster:.0%}: "
        f"accuracy, precision and F1 are not comparable with the printed ones."
    ]


def some_lists(n_lists: int, held_out: int, which: str) -> list[str]:
    """State that not all held-out playlists are evaluated, if so.

    Parameters
    ----------
    n_lists : int
        Maximum number of playlists to evaluate, 0 for all.
    held_out : int
        Number of playlists available.
    which : str
        ``"validation"`` or ``"test"``.
    """
    if not 0 < n_lists < held_out:
        return []
    return [
        f"{n_lists:,} of {held_out:,} {which} playlists are evaluated, drawn at random "
        f"(n_lists=0 takes all)."
    ]


def some_pairs(drawn: int, all_pairs: int) -> list[str]:
    """State that figures on pairs of titles are based on a sample, if so."""
    if drawn == all_pairs:
        return []
    return [
        f"There are {all_pairs:,} pairs of titles: their histogram, counts and quantiles are those "
        f"of {drawn:,} pairs drawn at random."
    ]


def rivals_left_out(left_out: Mapping[str, str]) -> list[str]:
    """State which rivals are missing from the tables, if any, and why.

    Parameters
    ----------
    left_out : mapping of str to str
        The reason by name, a clause that begins with "it".
    """
    return [f"{name} is left out: {why}." for name, why in left_out.items() if "+" not in name]


def kept_apart(place: Results, model: str) -> list[str]:
    """State where the vectors of a trial are, and that the study's are unchanged, if it is one.

    Parameters
    ----------
    place : Results
        Where the trial writes, as returned by `Results.aside`.
    model : str
        The name of the trained model.
    """
    if not place.trial:
        return []
    return [
        f"The study's `{model}` was trained with other parameters and stays as it is: what is made "
        f"here, with `{place.trial}`, goes to `{shown(place.draft)}`. `10_explore` compares the "
        f"two with `trials = ['{place.trial}']`. To replace the study's vectors, remove "
        f"`{shown(place.root / 'artifacts/models' / model)}` and run this notebook again."
    ]
