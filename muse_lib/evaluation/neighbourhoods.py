"""Which songs are near which, in the space of the vectors."""

import numpy as np
from sklearn.manifold import trustworthiness
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors

from muse_lib.errors import InputError
from muse_lib.evaluation.metrics import neighbour_purity

NEIGHBOURS = 10
"""Neighbours that purity and trustworthiness look at."""


def nearest_songs(vectors: np.ndarray, k: int = NEIGHBOURS) -> tuple[np.ndarray, np.ndarray]:
    """Find the songs nearest to each in the space of the vectors, itself left out.

    Parameters
    ----------
    vectors : ndarray
        (n_points, dim) unit vectors, more than ``k`` of them.
    k : int
        How many neighbours.

    Returns
    -------
    tuple of ndarray
        (n_points, k) int rows of the neighbours, nearest first, and (n_points, k) their cosines
        in [-1, 1].
    """
    if len(vectors) <= k:
        raise InputError(
            f"{len(vectors)} songs are too few to have {k} neighbours each: draw more (n_popular)."
        )
    distance, nearest = NearestNeighbors(n_neighbors=k).fit(vectors).kneighbors()
    return nearest, 1 - distance**2 / 2


def neighbourhood_report(
    vectors: np.ndarray, coordinates: np.ndarray, labels: dict[str, np.ndarray]
) -> dict[str, float]:
    """Return what the eye cannot judge, measured in the space of the vectors.

    Parameters
    ----------
    vectors : ndarray
        (n_points, dim) unit vectors.
    coordinates : ndarray
        (n_points, 2) their map.
    labels : dict of ndarray
        For each kind of label, such as artist or genre, (n_points,) str, empty where unknown.

    Returns
    -------
    dict of float
        ``trustworthiness`` of the map in [0, 1]; per kind of label ``<kind>_purity``, the share
        of the ten nearest songs with the same label, ``<kind>_purity_by_chance``, the same with
        the labels shuffled in expectation, and ``<kind>_silhouette`` in [-1, 1].
    """
    if len(vectors) <= 2 * NEIGHBOURS:
        raise InputError(
            f"{len(vectors)} songs are too few to ask how many of {NEIGHBOURS} neighbours a map "
            f"keeps: draw more than {2 * NEIGHBOURS} (n_popular)."
        )
    nearest, _ = nearest_songs(vectors)
    report = {
        "trustworthiness": float(trustworthiness(vectors, coordinates, n_neighbors=NEIGHBOURS))
    }
    for kind, values in labels.items():
        named = values != ""
        _, counts = np.unique(values[named], return_counts=True)
        n = counts.sum()
        report[f"{kind}_purity"] = neighbour_purity(nearest, values)
        report[f"{kind}_purity_by_chance"] = (
            float((counts * (counts - 1)).sum() / (n * (n - 1))) if n > 1 else float("nan")
        )
        report[f"{kind}_silhouette"] = (
            float(silhouette_score(vectors[named], values[named], metric="cosine"))
            if 1 < counts.size < n
            else float("nan")
        )
    return report
