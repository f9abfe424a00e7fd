"""Judge models by continuing playlists they have not seen: half of the songs in, a ranking out.

The metrics are those of the RecSys Challenge 2018 (Zamani, Schedl, Lamere and Chen 2019), of
tracks: a hit is the very song. (The challenge's R-precision also gives a quarter of a hit for a
song by the right artist; here it does not, for artist augmentation would be paid twice.)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.utils import assert_all_finite

from muse_lib.errors import InputError
from muse_lib.evaluation.pairs import HeldOut
from muse_lib.evaluation.statistics import over_resamples
from muse_lib.models.base import Model
from muse_lib.seeds import stream

LIST_LENGTH = 500
"""Songs of a continuation that NDCG and clicks look at, as in the challenge."""

SHOWN_AT_ONCE = 10
"""Songs that a listener sees before clicking for more."""

CUTOFFS = (100, 500)
"""Lengths of the list at which recall is taken."""

MIN_KNOWN = 2
"""Songs that training must know of a playlist: one is given, one is left to be found."""


@dataclass(frozen=True)
class HalfPlaylist:
    """A held-out playlist, one half given and the other to be found.

    Attributes
    ----------
    playlist_id : int
        Its row in the study's table of playlists.
    given, hidden : ndarray
        Song numbers of the model, sorted, at least one each; of an odd number of songs the odd
        one is hidden.
    """

    playlist_id: int
    given: np.ndarray
    hidden: np.ndarray


def half_playlists(held_out: HeldOut, part: str, seed: int) -> list[HalfPlaylist]:
    """Cut every playlist of ``part`` in two at random, as far as training knows its songs.

    Songs that no training playlist holds can neither be given nor found and are left out;
    playlists of fewer than `MIN_KNOWN` other songs are passed over.

    Raises
    ------
    InputError
        If no playlist is left.
    """
    rng = stream(seed, f"halves of the {part} playlists")
    columns = held_out.in_playlist.tocsc()
    halves = []
    for playlist in np.flatnonzero(held_out.parts == part):
        known = columns.indices[columns.indptr[playlist] : columns.indptr[playlist + 1]]
        if known.size >= MIN_KNOWN:
            given, hidden = np.split(rng.permutation(np.sort(known)), [known.size // 2])
            halves.append(HalfPlaylist(int(playlist), np.sort(given), np.sort(hidden)))
    if not halves:
        raise InputError(
            f"none of the {(held_out.parts == part).sum()} {part} playlists holds {MIN_KNOWN} "
            f"songs that training knows, so there is nothing to continue: bring more playlists, "
            f"or such as share songs."
        )
    return halves


def ranking_per_playlist(
    models: Mapping[str, Model],
    halves: Sequence[HalfPlaylist],
    seed: int,
    cutoffs: Sequence[int] = CUTOFFS,
) -> pd.DataFrame:
    """Let every model continue every playlist over the full catalogue, and measure each.

    Candidates are all songs but the given ones. Songs with equal scores are put in an order that
    is drawn for the playlist, the same for all models: a model that knows nothing ranks at
    random, and not by the numbers of songs.

    Returns
    -------
    DataFrame
        ``model, playlist_id, metric, value``: one row a model, playlist and `metrics_of_ranks`.
    """
    measured = []
    for half in halves:
        for name, model in models.items():
            scores = np.array(model.continuation_scores(half.given), dtype=float)
            assert_all_finite(scores, input_name=f"scores of {name}")
            ties = stream(seed, f"ties of playlist {half.playlist_id}")
            ranks = ranks_of_hidden(scores, half, ties.permutation(scores.size))
            metrics = metrics_of_ranks(ranks, cutoffs)
            measured.append({"model": name, "playlist_id": half.playlist_id, **metrics})
    wide = pd.DataFrame(measured)
    long = wide.melt(["model", "playlist_id"], var_name="metric")
    order = {name: number for number, name in enumerate(models)}
    return long.sort_values("model", key=lambda m: m.map(order), kind="stable", ignore_index=True)


def ranks_of_hidden(scores: np.ndarray, half: HalfPlaylist, tie_break: np.ndarray) -> np.ndarray:
    """Return the ranks, from 1, of the hidden songs among all but the given ones, sorted.

    Parameters
    ----------
    scores : ndarray
        (n_songs,) float, finite, higher for better.
    tie_break : ndarray
        (n_songs,) distinct numbers: of two songs with equal scores the one with the lower comes
        first.
    """
    candidates = np.delete(np.arange(scores.size), half.given)
    order = candidates[np.lexsort((tie_break[candidates], -scores[candidates]))]
    return np.flatnonzero(np.isin(order, half.hidden)) + 1


def metrics_of_ranks(ranks: np.ndarray, cutoffs: Sequence[int] = CUTOFFS) -> dict[str, float]:
    """Return the metrics of one continuation from the ranks of its hidden songs.

    With G the hidden songs and a hit at every rank r:

    - ``r_precision``: hits among the first |G|, over |G|;
    - ``ndcg``: sum of 1 / log2(r + 1) over the hits in the first `LIST_LENGTH`, over what the
      best possible list has; the first place counts 1;
    - ``recall_at_k``: hits among the first k, over |G|;
    - ``clicks``: floor((r - 1) / 10) of the first hit, how often a listener who is shown ten
      songs at a time asks for more; 51 if the first 500 hold no hit. Lower is better.

    Parameters
    ----------
    ranks : ndarray
        (n_hidden,) int from 1, sorted. All metrics are nan if it is empty.
    """
    n = ranks.size
    names = ["r_precision", "ndcg", *(f"recall_at_{k}" for k in cutoffs), "clicks"]
    if not n:
        return dict.fromkeys(names, np.nan)
    gain = 1 / np.log2(np.arange(1, LIST_LENGTH + 1) + 1)
    hits = ranks[ranks <= LIST_LENGTH]
    never = LIST_LENGTH // SHOWN_AT_ONCE + 1
    values = [
        np.mean(ranks <= n),
        gain[hits - 1].sum() / gain[:n].sum(),
        *(np.mean(ranks <= k) for k in cutoffs),
        (hits[0] - 1) // SHOWN_AT_ONCE if hits.size else never,
    ]
    return dict(zip(names, map(float, values), strict=True))


def ranking_table(per_playlist: pd.DataFrame, *, n_resamples: int, seed: int) -> pd.DataFrame:
    """Return the mean of every metric with its 95 % bootstrap interval over playlists.

    All models are measured on the same resamples of the same playlists.

    Parameters
    ----------
    per_playlist : DataFrame
        As `ranking_per_playlist` returns it.

    Returns
    -------
    DataFrame
        ``model, metric, value, low, high`` (percentiles 2.5 and 97.5) and ``n_playlists``. One
        playlist alone says nothing of others: its interval is nan.
    """
    by_question = per_playlist.groupby(["model", "metric"], sort=False)
    measured = {
        question: rows.sort_values("playlist_id", kind="stable")["value"].to_numpy()
        for question, rows in by_question
    }
    values = np.stack(list(measured.values()), axis=1)
    n = len(values)
    draws = stream(seed, "bootstrap of playlists").multinomial(n, np.full(n, 1 / n), n_resamples)
    low, high = over_resamples((draws @ values / n).T)
    table = pd.DataFrame(list(measured), columns=["model", "metric"])
    table = table.assign(value=values.mean(axis=0), low=low, high=high, n_playlists=n)
    table.loc[table["n_playlists"] == 1, ["low", "high"]] = np.nan
    return table
