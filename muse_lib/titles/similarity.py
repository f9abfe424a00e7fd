"""How similar titles are: cosines of pairs of titles, and the most and least similar pairs.

A million titles have 5e11 pairs. So cosines are computed for all pairs only if there are few, else
for a sample; the most and least similar pairs are found among all pairs, in blocks of rows of the
product matrix.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from muse_lib.seeds import stream

MOST_PAIRS = 5_000_000
"""Maximum number of pairs to compute in full; if there are more, this many are sampled."""

ROWS_AT_ONCE = 512
"""Rows of the product matrix computed at a time."""

PAIRS_AT_ONCE = 100_000
"""Pairs whose cosines are computed at a time."""

ROUNDING = 1e-5
"""Upper bound on how much a matrix product differs from a cosine computed pair by pair."""


def n_pairs(vectors: np.ndarray) -> int:
    """Return the number of pairs of titles."""
    return len(vectors) * (len(vectors) - 1) // 2


def cosines(vectors: np.ndarray, seed: int) -> np.ndarray:
    """Return the cosines of all pairs of titles, or of `MOST_PAIRS` random pairs.

    Parameters
    ----------
    vectors : ndarray
        (n_titles, n_features) unit vectors.
    seed : int
        The study's seed.

    Returns
    -------
    ndarray
        (n_pairs,), same dtype as the vectors. If complete, pairs i < j are ordered by i, then j.
    """
    if n_pairs(vectors) <= MOST_PAIRS:
        return _cosines(vectors, *np.triu_indices(len(vectors), k=1))
    rng = stream(seed, "pairs of titles")
    one = rng.integers(len(vectors), size=MOST_PAIRS)
    other = rng.integers(len(vectors) - 1, size=MOST_PAIRS)
    return _cosines(vectors, one, other + (other >= one))


def extremes(vectors: np.ndarray, n_highest: int, n_lowest: int) -> pd.DataFrame:
    """Return the most and the least similar of all pairs of titles.

    Returns
    -------
    DataFrame
        ``one``, ``other`` (int, one < other) and ``cosine``: the ``n_highest`` most similar pairs,
        then the ``n_lowest`` least similar ones, by descending cosine, ties in the order of
        `cosines`.
    """
    highest, lowest = _nothing(), _nothing()
    for start, products in _products(vectors):
        row, column = np.arange(len(products))[:, None], np.arange(len(vectors))
        later = column > start + row
        high = _at_least(np.where(later, products, -np.inf), n_highest, highest["cosine"])
        low = _at_least(np.where(later, -products, -np.inf), n_lowest, -lowest["cosine"])
        highest = _merged(highest, _described(vectors, high[0] + start, high[1])).head(n_highest)
        lowest = _merged(lowest, _described(vectors, low[0] + start, low[1])).tail(n_lowest)
    return pd.concat([highest, lowest], ignore_index=True)


def closest(vectors: np.ndarray, titles: np.ndarray) -> pd.DataFrame:
    """Return the most similar other title for each of the given titles.

    Parameters
    ----------
    vectors : ndarray
        (n_titles, n_features) unit vectors.
    titles : ndarray
        (n,) int: indices of the titles to look up.

    Returns
    -------
    DataFrame
        ``one`` (from ``titles``), ``other`` and ``cosine``, most similar pairs first; empty if
        there is only one title.
    """
    if len(vectors) < 2:
        return _nothing()
    rows = []
    for title in titles:
        products = vectors @ vectors[title]
        products[title] = -np.inf
        other = np.flatnonzero(products >= products.max() - ROUNDING)
        rows.append(_closest_first(_described(vectors, np.full(other.size, title), other)).head(1))
    return _closest_first(pd.concat([_nothing(), *rows]))


def _closest_first(found: pd.DataFrame) -> pd.DataFrame:
    """Sort pairs by descending cosine, ties by their titles' indices."""
    one, other = found["one"].to_numpy(), found["other"].to_numpy()
    pair = np.maximum(one, other), np.minimum(one, other)
    order = np.lexsort((*pair, one > other, -found["cosine"].to_numpy()))
    return found.iloc[order].reset_index(drop=True)


def _at_least(products: np.ndarray, n: int, kept: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return where products may be among the ``n`` highest of this block and those kept before."""
    among = min(n, np.isfinite(products).sum())
    if not among:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    bound = np.partition(products, products.size - among, axis=None)[products.size - among]
    if len(kept) == n:
        bound = max(bound, kept.min())
    row, column = np.nonzero(products >= bound - ROUNDING)
    return row, column


def _merged(kept: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    both = pd.concat([kept, found], ignore_index=True)
    return both.sort_values("cosine", ascending=False, kind="stable", ignore_index=True)


def _nothing() -> pd.DataFrame:
    empty = np.empty(0, dtype=np.int64)
    return pd.DataFrame({"one": empty, "other": empty, "cosine": empty.astype(np.float32)})


def _described(vectors: np.ndarray, one: np.ndarray, other: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"one": one, "other": other, "cosine": _cosines(vectors, one, other)})


def _cosines(vectors: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the cosine of each pair, computed so that it does not depend on the other pairs."""
    found = np.empty(one.size, dtype=vectors.dtype)
    for start in range(0, one.size, PAIRS_AT_ONCE):
        part = slice(start, start + PAIRS_AT_ONCE)
        found[part] = np.einsum("pf,pf->p", vectors[one[part]], vectors[other[part]])
    return found


def _products(vectors: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield blocks of rows of the product matrix, each with the index of its first row."""
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        yield start, vectors[start : start + ROWS_AT_ONCE] @ vectors.T
