"""Vectors quantised to one byte per number, small enough for a page, and their accuracy."""

import numpy as np
from threadpoolctl import threadpool_limits

N_DIMS = 64
"""Length of a compressed vector."""

N_SHOWN = 10
"""Number of songs shown as continuation."""


def compressed(unit: np.ndarray, n_dims: int = N_DIMS) -> np.ndarray:
    """Return vectors of one byte per number whose cosines are close to those of ``unit``.

    They are projected onto their leading directions (uncentred principal components, which give
    the least-squares fit of all inner products: Eckart and Young 1936) and rounded to integers.

    Parameters
    ----------
    unit : ndarray
        (n_songs, dim) float, of length 1.
    n_dims : int
        Maximum number of directions.

    Returns
    -------
    ndarray
        (n_songs, min(n_dims, dim)) int8.
    """
    unit = unit.astype(float)
    with threadpool_limits(1):  # or the bytes would depend on the threads
        _, directions = np.linalg.eigh(unit.T @ unit)
        shorter = unit @ directions[:, ::-1][:, :n_dims]
    return np.asarray(np.rint(127 * shorter / max(np.abs(shorter).max(), 1e-12)), np.int8)


def share_kept(unit: np.ndarray, short: np.ndarray, k: int = N_SHOWN) -> float:
    """Return the mean share of a song's ``k`` nearest songs that compression preserves.

    Parameters
    ----------
    unit : ndarray
        (n_songs, dim) float, of length 1.
    short : ndarray
        `compressed` of these.
    k : int
        Below the number of songs.
    """
    lengths = np.linalg.norm(short.astype(float), axis=1, keepdims=True)
    near = [_nearest(one, k) for one in (unit, short / np.maximum(lengths, 1))]
    both = [np.intersect1d(one, other).size for one, other in zip(*near, strict=True)]
    return float(np.mean(both) / k)


def _nearest(unit: np.ndarray, k: int) -> np.ndarray:
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -np.inf)
    return np.argsort(-cosine, axis=1, kind="stable")[:, :k]
