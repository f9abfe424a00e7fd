"""Evaluate models on continuing held-out playlists.

The metrics are modelled on those of the RecSys Challenge 2018 (Zamani, Schedl, Lamere and Chen
2019), but the values are **not comparable** with the challenge's. Only songs known from training
are hidden, so that every hidden song can be found; the challenge hides any song of the playlist
and ranks two million songs, not twenty thousand. The values serve only to compare models with one
another on the same playlists.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import assert_all_finite

from muse_lib.evaluation.continuations import Continuation
from muse_lib.evaluation.pairs import SLICES, head_from
from muse_lib.models.base import Model, ReadsTitles
from muse_lib.models.baselines.fusion import rival_of
from muse_lib.seeds import stream

LIST_LENGTH = 500
"""Length of a continuation for NDCG and clicks, as in the challenge."""

SHOWN_AT_ONCE = 10
"""Songs shown to a listener at a time."""

TIES_KEPT = 2**25
"""Entries of tie-breaking orders cached for the next model: 256 MB."""

ARTIST_CREDIT = 0.25
"""Credit for the right artist in R-precision; the right song has 1."""


@dataclass(frozen=True)
class Catalogue:
    """Artist and popularity of the songs in a ranking.

    Attributes
    ----------
    artist : ndarray
        (n_songs,) int: the artist of each.
    popularity : ndarray
        (n_songs,) int: number of training playlists with each, at least 1.
    """

    artist: np.ndarray
    popularity: np.ndarray

    @cached_property
    def slice(self) -> np.ndarray:
        """(n_songs,) int: the slice of each song by popularity, an index of `SLICES`."""
        head, middle, tail = (SLICES.index(name) for name in ("head", "middle", "tail"))
        in_head = self.popularity >= head_from(self.popularity)
        return np.where(self.popularity < 2, tail, np.where(in_head, head, middle))

    @cached_property
    def log_count(self) -> np.ndarray:
        """(n_songs,) float: log10 of the popularity, 0 for a song of one playlist."""
        return np.asarray(np.log10(self.popularity))


def silent(_done: int, _note: str) -> None:
    """Report nothing."""


def rank(
    models: Mapping[str, Model],
    cases: Sequence[Continuation],
    artist: np.ndarray,
    popularity: np.ndarray,
    seed: int,
    report: Callable[[int, str], None] = silent,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Let every model continue every playlist over the full catalogue, and evaluate each.

    All songs except the given ones are candidates. Ties are broken by a random order drawn per
    playlist, the same for all models and cases: a model that knows nothing ranks at random, not
    by song number.

    Parameters
    ----------
    models : mapping
        By name, in the order of the tables.
    cases : sequence of Continuation
        The continuations of one split.
    artist, popularity : ndarray
        (n_songs,) int, as in `Catalogue`.
    seed : int
        The split's seed.
    report : callable
        Receives the number of continuations done, over all models and cases, and the next model.

    Returns
    -------
    per_list : DataFrame
        ``model, given, playlist_id, metric, value``: one row per model, case and metric of
        `metrics`.
    coverage : DataFrame
        ``model, given, value, highest, n_playlists``: `coverage` by all playlists of a case, and
        its maximum, if no song were shown twice.

    Raises
    ------
    ValueError
        If a model returns a score that is not finite.
    """
    catalogue = Catalogue(artist, popularity)
    measured, shown = list[dict[str, Any]](), dict[tuple[str, str], list[np.ndarray]]()

    @lru_cache(max(1, TIES_KEPT // artist.size))
    def ties(playlist: int) -> np.ndarray:
        return stream(seed, f"ties of playlist {playlist}").permutation(artist.size)

    # models based on the same rival run together: what they share is computed once
    for _, group in groupby(models, key=rival_of):
        together = list(group)
        for case in cases:
            order = ties(case.playlist_id)
            candidates = order[~np.isin(order, case.given)]
            for name in together:
                report(len(measured), name)
                scores = scores_of(models[name], case, popularity)
                assert_all_finite(scores, input_name=f"scores of {name}")
                songs = first_songs(scores, candidates, max(LIST_LENGTH, case.hidden.size))
                key = {"model": name, "given": case.given_as, "playlist_id": case.playlist_id}
                measured.append(key | metrics(songs, case, catalogue))
                shown.setdefault((name, case.given_as), []).append(songs[:SHOWN_AT_ONCE])
    long = pd.DataFrame(measured).melt(["model", "given", "playlist_id"], var_name="metric")
    covered = [
        {
            "model": name,
            "given": given,
            "value": coverage(songs, artist.size),
            "highest": min(1.0, sum(map(len, songs)) / artist.size),
            "n_playlists": len(songs),
        }
        for (name, given), songs in shown.items()
    ]
    return _by_model(long, models), _by_model(pd.DataFrame(covered), models)


def scores_of(model: Model, case: Continuation, popularity: np.ndarray) -> np.ndarray:
    """Return a model's scores of all songs as continuations of a playlist, (n_songs,) float.

    With songs given, the title is not used. Without any, a model that reads titles scores the
    title. Other models, and playlists without a title, fall back on popularity: the songs in most
    training playlists come first, and all such models rank alike.
    """
    if case.given.size:
        scores = model.continuation_scores(case.given)
    elif isinstance(model, ReadsTitles) and case.title.strip():
        scores = model.title_scores(case.title)
    else:
        scores = np.log(popularity)
    return np.asarray(scores, dtype=float)


def first_songs(scores: np.ndarray, candidates: np.ndarray, length: int) -> np.ndarray:
    """Return the best ``length`` candidates, best first; all if there are fewer.

    Parameters
    ----------
    scores : ndarray
        (n_songs,) float, finite, higher for better.
    candidates : ndarray
        Song numbers, in tie-breaking order: of two candidates with equal scores, the earlier one
        ranks first.
    """
    scored = scores[candidates]
    if length < candidates.size:
        # only candidates with at least the score of the last place are sorted, including its ties
        last = candidates.size - length
        reached = scored >= np.partition(scored, last)[last]
        candidates, scored = candidates[reached], scored[reached]
    return candidates[np.argsort(-scored, kind="stable")[:length]]


def metrics(songs: np.ndarray, case: Continuation, catalogue: Catalogue) -> dict[str, float]:
    """Return the metrics of one continuation.

    With G the hidden songs, S the first |G| songs of the list, and a hit at every rank r whose
    song is hidden:

    - ``r_precision``: the hits in S over |G|;
    - ``r_precision_artist``: (hits in S + 0.25 |artists of S and of G|) / |G|, the challenge's
      definition with artist credit. An artist counts once, whether found by a hit or by another
      song, so a perfect list scores above 1;
    - ``ndcg``: sum of 1 / log2(r + 1) over the hits in the first `LIST_LENGTH`, divided by that of
      a list with all hidden songs at the top; as defined in scikit-learn;
    - ``recall_at_100``, ``recall_at_500``: the hits in the first k over |G|;
    - ``recall_at_500_head``, ``_middle``, ``_tail``: the same for the hidden songs of one
      popularity slice (see `popularity_slices`); nan if none is hidden;
    - ``clicks``: floor((r - 1) / 10) of the first hit, how often a listener who is shown ten
      songs at a time asks for more; 51 if the first 500 contain no hit. Lower is better.

    For the ten songs shown first:

    - ``popularity``: the mean log10 of a song's number of training playlists; 1 if a song in ten
      playlists is typical. Novelty, which uses the logarithm of the share of playlists, is the
      same up to sign and scale;
    - ``popularity_bias``: that minus the same for the hidden songs; above 0, the model shows more
      popular songs than the owner of the playlist chose;
    - ``artists``: the number of different artists over the number of songs.

    Parameters
    ----------
    songs : ndarray
        The ranking from the top, at least max(`LIST_LENGTH`, |G|) long or with all candidates.
    case : Continuation
        The playlist with its hidden songs.
    catalogue : Catalogue
        Artist and popularity of the songs.
    """
    hidden, n = case.hidden, case.hidden.size
    hit = np.isin(songs, hidden)
    top, found = songs[:SHOWN_AT_ONCE], np.flatnonzero(hit[:LIST_LENGTH])
    same_artist = np.intersect1d(catalogue.artist[songs[:n]], catalogue.artist[hidden])
    gain = 1 / np.log2(np.arange(LIST_LENGTH) + 2)
    never = LIST_LENGTH // SHOWN_AT_ONCE + 1
    n_slices = len(SLICES)
    of_slice = np.bincount(catalogue.slice[hidden], minlength=n_slices)
    found_of_slice = np.bincount(catalogue.slice[songs[found]], minlength=n_slices)
    shown = catalogue.log_count[top].mean()
    values = {
        "r_precision": hit[:n].sum() / n,
        "r_precision_artist": (hit[:n].sum() + ARTIST_CREDIT * same_artist.size) / n,
        "ndcg": gain[found].sum() / gain[:n].sum(),
        "recall_at_100": hit[:100].sum() / n,
        "recall_at_500": hit[:500].sum() / n,
        **{
            f"recall_at_500_{name}": part / whole if whole else np.nan
            for name, part, whole in zip(SLICES, found_of_slice, of_slice, strict=True)
        },
        "clicks": found[0] // SHOWN_AT_ONCE if found.size else never,
        "popularity": shown,
        "popularity_bias": shown - catalogue.log_count[hidden].mean(),
        "artists": np.unique(catalogue.artist[top]).size / top.size,
    }
    return {name: float(value) for name, value in values.items()}


def coverage(shown: Sequence[np.ndarray], n_songs: int) -> float:
    """Return the share of the catalogue that is shown for at least one playlist.

    Parameters
    ----------
    shown : sequence of ndarray
        The songs shown first for each playlist.
    n_songs : int
        The size of the catalogue.
    """
    return np.unique(np.concatenate(shown)).size / n_songs


def _by_model(table: pd.DataFrame, models: Mapping[str, Model]) -> pd.DataFrame:
    """Return the rows in the order of the models, otherwise unchanged."""
    place = {name: number for number, name in enumerate(models)}
    return table.sort_values("model", key=lambda m: m.map(place), kind="stable", ignore_index=True)
