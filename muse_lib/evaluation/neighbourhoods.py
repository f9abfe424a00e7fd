"""Nearest neighbours of songs and artists in the space of the vectors."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.manifold import trustworthiness
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors

from muse_lib.errors import InputError
from muse_lib.evaluation.metrics import neighbour_purity
from muse_lib.models.base import Vectors
from muse_lib.names import folded

NEIGHBOURS = 10
"""Number of neighbours in purity and trustworthiness."""


def nearest_songs(vectors: np.ndarray, k: int = NEIGHBOURS) -> tuple[np.ndarray, np.ndarray]:
    """Find the songs nearest to each song in the space of the vectors, excluding itself.

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
            f"{len(vectors)} songs are too few for {k} neighbours each: draw more (n_popular)."
        )
    distance, nearest = NearestNeighbors(n_neighbors=k).fit(vectors).kneighbors()
    return nearest, 1 - distance**2 / 2


def nearest_to_artists(
    vectors: np.ndarray, artists: Sequence[str], k: int = NEIGHBOURS
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Find the songs nearest to the mean of each artist's songs, where a new song is placed.

    Parameters
    ----------
    vectors : ndarray
        (n_points, dim) unit vectors, at least ``k`` of them.
    artists : sequence of str
        (n_points,) empty if unknown; different spellings of a name are one artist.
    k : int
        How many.

    Returns
    -------
    names : list of str
        The artists in their first spelling.
    nearest, cosine : ndarray
        (n_artists, k) int and float, as in `nearest_songs`.
    """
    spelled = pd.Series(artists).reset_index(drop=True)
    named = spelled[spelled.map(folded) != ""]
    number, _ = pd.factorize(named.map(folded))
    names = named[~pd.Series(number, index=named.index).duplicated()].tolist()
    sums = np.zeros((len(names), vectors.shape[1]))
    np.add.at(sums, number, vectors[named.index])
    if not names:
        return [], np.empty((0, k), np.int64), np.empty((0, k))
    middle = Vectors(sums).unit
    distance, nearest = NearestNeighbors(n_neighbors=k).fit(vectors).kneighbors(middle)
    return names, nearest, 1 - distance**2 / 2


def neighbourhood_report(
    vectors: np.ndarray, coordinates: np.ndarray, labels: dict[str, np.ndarray]
) -> dict[str, float]:
    """Return measures of a map that the eye cannot judge, computed from the vectors.

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
        of the ten nearest songs with the same label, ``<kind>_purity_by_chance``, its expectation
        under shuffled labels, and ``<kind>_silhouette`` in [-1, 1].
    """
    if len(vectors) <= 2 * NEIGHBOURS:
        raise InputError(
            f"{len(vectors)} songs are too few to measure how many of {NEIGHBOURS} neighbours a "
            f"map preserves: draw more than {2 * NEIGHBOURS} (n_popular)."
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


def purest(report: pd.DataFrame) -> str:
    """Return the variant whose nearest songs share their genre most often.

    Where no genres are known, it is the artist that they share.

    Parameters
    ----------
    report : DataFrame
        One row per variant: ``variant`` and the measures of `neighbourhood_report`.
    """
    kind = "genre" if "genre_purity" in report else "artist"
    return str(report.set_index("variant")[f"{kind}_purity"].fillna(0).idxmax())
