"""Pairs by list: whether the songs of a playlist are nearer to each other than to other songs.

This is the primary question of the study. Every list has the same weight: drawn uniformly, pairs
would weight a list by the square of its length, and one list could outweigh all others. No pair
co-occurs in training: for pairs that do, a look-up table of co-occurrences has the answer, and
semantics are not needed.

For a list L, *similar* pairs are two songs of L or, for other labels, a song of L and any song
in the part that the label calls similar. *Dissimilar* pairs are a song of L and a song of another
list of the part with which it shares no list at all or, for other labels, that the label calls
dissimilar. The area under the ROC curve is computed for each list and averaged over lists.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.stats

from muse_lib.errors import InputError
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.evaluation.labels import Label
from muse_lib.evaluation.pairs import SLICES, popularity_slices
from muse_lib.models.base import Model
from muse_lib.seeds import stream

ROUNDS = 20
"""Maximum rounds of drawing pairs; after that, a list keeps those found so far."""

LEAST = 5
"""Minimum pairs of either kind for a list to be used: with fewer, its AUC is mostly noise."""


@dataclass(frozen=True)
class ListPairs:
    """Labelled pairs of songs, each belonging to a playlist.

    Attributes
    ----------
    i, j : ndarray
        (n_pairs,) int64: song numbers of the model.
    similar : ndarray
        (n_pairs,) bool.
    playlist : ndarray
        (n_pairs,) int64, ascending: the list of each pair.
    """

    i: np.ndarray
    j: np.ndarray
    similar: np.ndarray
    playlist: np.ndarray

    def __len__(self) -> int:
        return self.i.size

    @property
    def playlists(self) -> np.ndarray:
        """The lists with pairs, ascending."""
        return np.unique(self.playlist)

    def where(self, chosen: np.ndarray) -> "ListPairs":
        """Return some of the pairs, dropping lists that have fewer than `LEAST` of either kind."""
        columns = (self.i, self.j, self.similar, self.playlist)
        kept = ListPairs(*(column[chosen] for column in columns))
        counts = pd.crosstab(kept.playlist, kept.similar).reindex(columns=[False, True])
        enough = counts.index[(counts.fillna(0) >= LEAST).all(axis=1)]
        asked = np.isin(kept.playlist, enough)
        return ListPairs(*(c[asked] for c in (kept.i, kept.j, kept.similar, kept.playlist)))


def list_pairs(
    held_out: HeldOut, label: Label, part: str, n_each: int, seed: int, *, never_met: bool = True
) -> ListPairs:
    """Draw at most ``n_each`` similar and as many dissimilar pairs for every list of a part.

    No pair is by one artist, since this would reward models merely for knowing the artist.

    Parameters
    ----------
    held_out : HeldOut
        The playlists.
    label : Label
        What makes two songs similar.
    part : str
        "validation" or "test".
    n_each : int
        Pairs of either kind per list.
    seed : int
        The study's seed.
    never_met : bool
        Whether pairs that share a training playlist are left out.

    Returns
    -------
    ListPairs
        Lists with fewer than `LEAST` pairs of either kind are left out.

    Raises
    ------
    InputError
        If the label is held-out playlists and none of them has enough pairs.
    """
    rng = stream(seed, f"pairs by list of {part}: {label.name}")
    playlists = held_out.playlists(part)
    everyone = np.unique(np.concatenate([*playlists.values(), np.empty(0, dtype=np.int64)]))
    columns: list[np.ndarray] = []
    for similar in (True, False):
        inside = similar and label.relation is None
        found = np.empty((3, 0), dtype=np.int64)
        for _ in range(ROUNDS if playlists else 0):
            drawn = _draw(playlists, everyone, inside, n_each, rng)
            drawn = drawn[:, _wanted(held_out, label, similar, never_met, *drawn)]
            found = _first_of_each(np.hstack([found, drawn]), n_each)
            if found.shape[1] == n_each * len(playlists):
                break
        columns.append(np.vstack([found, np.full(found.shape[1], similar)]))
    playlist, i, j, kind = np.hstack(columns)
    order = np.argsort(playlist, kind="stable")
    pairs = ListPairs(i[order], j[order], kind[order].astype(bool), playlist[order])
    asked = pairs.where(np.ones(len(pairs), dtype=bool))
    if label.relation is None and not len(asked):
        unmet = " that never co-occur in training" if never_met else ""
        raise InputError(
            f"none of the {(held_out.parts == part).sum()} {part} playlists has {LEAST} similar "
            f"and {LEAST} dissimilar pairs of known songs by two artists{unmet}: provide more or "
            f"longer playlists."
        )
    return asked


def _draw(
    playlists: dict[int, np.ndarray],
    everyone: np.ndarray,
    inside: bool,
    n_each: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw for every list its own songs and songs to pair them with, (3, n_lists * n_each) int64.

    The partners are from the same list if ``inside``, else from ``everyone``.
    """
    lists = np.repeat(np.fromiter(playlists, dtype=np.int64), n_each)
    own = np.concatenate([rng.choice(songs, n_each) for songs in playlists.values()])
    other = (
        np.concatenate([rng.choice(songs, n_each) for songs in playlists.values()])
        if inside
        else rng.choice(everyone, lists.size)
    )
    return np.stack([lists, np.minimum(own, other), np.maximum(own, other)]).astype(np.int64)


def _wanted(
    held_out: HeldOut,
    label: Label,
    similar: bool,
    never_met: bool,
    _lists: np.ndarray,
    i: np.ndarray,
    j: np.ndarray,
) -> np.ndarray:
    """Return which of the drawn pairs are of the wanted kind, (n_pairs,) bool."""
    wanted = (i != j) & ~held_out.same_artist(i, j)
    if never_met:
        wanted &= held_out.met(i, j) == 0
    if label.relation is None:
        return wanted if similar else np.asarray(wanted & (held_out.shared(i, j) == 0))
    alike, unlike = label.relation(i, j)
    return np.asarray(wanted & (alike if similar else unlike))


def _first_of_each(found: np.ndarray, n_each: int) -> np.ndarray:
    """Keep each pair of a list once, and the first ``n_each`` of every list in drawing order."""
    table = pd.DataFrame(found.T).drop_duplicates()
    kept = table[table.groupby(0).cumcount() < n_each]
    return kept.to_numpy(dtype=np.int64).T


def auc_by_list(score: np.ndarray, pairs: ListPairs) -> pd.Series:
    """Return the area under the ROC curve of every list, as a Series by playlist.

    It is the share of (similar, dissimilar) pairs in the right order, ties counting half (Mann
    and Whitney's U over the number of such pairs).

    Parameters
    ----------
    score : ndarray
        (n_pairs,) float, finite: higher for more similar.
    """
    starts = np.flatnonzero(np.diff(pairs.playlist, prepend=-1))
    area = []
    for one in np.split(np.arange(len(pairs)), starts[1:]):
        if not one.size:
            continue
        similar = pairs.similar[one]
        n, n_similar = similar.size, similar.sum()
        ranks = scipy.stats.rankdata(score[one])
        u = ranks[similar].sum() - n_similar * (n_similar + 1) / 2
        area.append(u / (n_similar * (n - n_similar)))
    return pd.Series(area, index=pairs.playlists, dtype=float)


def slices_of(pairs: ListPairs, popularity: np.ndarray) -> dict[str, ListPairs]:
    """Return the pairs split by the popularity of their rarer song, for each of `SLICES`.

    Parameters
    ----------
    popularity : ndarray
        (n_songs,) int: number of training playlists that contain each song.
    """
    slice_of = popularity_slices(pairs.i, pairs.j, popularity)
    return {name: pairs.where(slice_of == name) for name in SLICES}


def judge_by_list(model: Model, pairs: ListPairs) -> pd.Series:
    """Return a model's area under the ROC curve for every list."""
    return auc_by_list(np.asarray(model.similarity(pairs.i, pairs.j), dtype=float), pairs)


def label_report(
    held_out: HeldOut, labels: Mapping[str, Label], n_each: int, seed: int
) -> pd.DataFrame:
    """Return the origin of each label, and how often its pairs co-occur in training.

    Returns
    -------
    DataFrame
        ``label_source, comes_from, met_if_similar, met_if_dissimilar, n_lists, n_pairs``: the
        shares of similar and of dissimilar pairs that share a training playlist, among all pairs
        (mean over lists); the numbers of lists and pairs without those that share one.
    """
    rows = []
    for name, label in labels.items():
        drawn = list_pairs(held_out, label, "test", n_each, seed, never_met=False)
        met = pd.DataFrame({"met": held_out.met(drawn.i, drawn.j) > 0, "similar": drawn.similar})
        share = met.groupby([drawn.playlist, "similar"])["met"].mean().groupby("similar").mean()
        asked = list_pairs(held_out, label, "test", n_each, seed)
        met_if = (share.get(True, np.nan), share.get(False, np.nan))
        rows.append((name, label.comes_from, *met_if, asked.playlists.size, len(asked)))
    columns = ["label_source", "comes_from", "met_if_similar", "met_if_dissimilar"]
    return pd.DataFrame(rows, columns=[*columns, "n_lists", "n_pairs"])
