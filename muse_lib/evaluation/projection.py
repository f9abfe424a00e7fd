"""From many dimensions to two: t-SNE of songs, and named regions of the map."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
from scipy.linalg import orthogonal_procrustes
from sklearn.cluster import KMeans
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from muse_lib.errors import InputError
from muse_lib.seeds import stream
from muse_lib.workers import Workers

MOST_MAPPED = 100_000
"""Maximum songs on a map of the whole catalogue; of more, the most popular."""


def tsne(vectors: np.ndarray, *, perplexity: float, seed: int) -> np.ndarray:
    """Return t-SNE coordinates of unit vectors (van der Maaten and Hinton 2008).

    Parameters
    ----------
    vectors : ndarray
        (n_points, dim) float, of length 1: then Euclidean neighbours are cosine neighbours.
    perplexity : float
        Effective number of neighbours, below a third of the points.
    seed : int
        The study's seed.

    Returns
    -------
    ndarray
        (n_points, 2) float32.
    """
    if 3 * perplexity >= len(vectors):
        raise InputError(
            f"perplexity={perplexity:g} is too large for {len(vectors)} songs: lower it below "
            f"{len(vectors) / 3:g}, or draw more songs (n_popular)."
        )
    model = TSNE(
        n_components=2,
        perplexity=perplexity,
        early_exaggeration=12.0,
        learning_rate="auto",
        max_iter=1000,
        init="pca",
        metric="euclidean",
        method="barnes_hut",
        angle=0.5,
        random_state=int(stream(seed, "tsne").integers(2**31)),
    )
    # two OpenMP threads mostly wait for each other in its short loops: one is three times faster
    # here; and BLAS would round differently with two, which t-SNE amplifies
    with threadpool_limits(1):
        return np.asarray(model.fit_transform(vectors))


def aligned_maps(
    vectors: Mapping[str, np.ndarray], *, perplexity: float, seed: int
) -> dict[str, np.ndarray]:
    """Return the t-SNE coordinates of the same songs in several spaces, one thread per space.

    Parameters
    ----------
    vectors : mapping of ndarray
        The unit vectors of each space, with the same songs in the same order.
    perplexity, seed
        As in `tsne`.

    Returns
    -------
    dict of ndarray
        (n_points, 2) per space, `aligned` with the first.
    """
    map_of = partial(tsne, perplexity=perplexity, seed=seed)
    with Workers() as workers:
        maps = list(workers.map(map_of, vectors.values()))
    return {name: aligned(xy, maps[0]) for name, xy in zip(vectors, maps, strict=True)}


def aligned(coordinates: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Rotate and reflect ``coordinates`` to match ``reference`` (orthogonal Procrustes).

    The orientation of t-SNE is arbitrary; without this, two maps of the same songs cannot be
    compared.
    """
    centred = coordinates - coordinates.mean(axis=0)
    rotation, _ = orthogonal_procrustes(centred, reference - reference.mean(axis=0))
    return np.asarray(centred @ rotation)


N_REGIONS = 24
LEAST_SHARE, LEAST_SONGS = 0.3, 5
"""Minimum share and number of a region's labelled songs for a label to name the region."""


def named_regions(coordinates: np.ndarray, labels: np.ndarray, *, seed: int) -> pd.DataFrame:
    """Return names for regions of a map: the label that stands out most in each.

    The map is cut into `N_REGIONS` regions by k-means. A region is named after the label whose
    share there most exceeds its share of the whole map, if that label has at least `LEAST_SHARE`
    of the region's labelled songs and `LEAST_SONGS` songs. Of several regions with the same name,
    the one with the most songs of that label keeps it.

    Parameters
    ----------
    coordinates : ndarray
        (n_songs, 2) float.
    labels : ndarray
        (n_songs,) str; empty where a song has none.
    seed : int
        The study's seed.

    Returns
    -------
    DataFrame
        ``name``, ``x``, ``y`` (the median of its songs with that label), ``n_songs`` with that
        label and ``share``, in (0, 1]; most songs first. Empty if no label stands out.
    """
    n_regions = min(N_REGIONS, len(coordinates))
    means = KMeans(n_regions, n_init=10, random_state=int(stream(seed, "regions").integers(2**31)))
    with threadpool_limits(1):
        region = means.fit_predict(np.asarray(coordinates, dtype=float))
    songs = pd.DataFrame(coordinates, columns=["x", "y"]).assign(name=labels, region=region)
    songs = songs[songs["name"] != ""]
    on_map = songs["name"].value_counts(normalize=True)
    rows = []
    for _, inside in songs.groupby("region"):
        shares = inside["name"].value_counts(normalize=True).sort_index()
        name = str((shares - on_map.reindex(shares.index)).idxmax())
        named = inside[inside["name"] == name]
        if shares[name] >= LEAST_SHARE and len(named) >= LEAST_SONGS:
            rows.append((name, *named[["x", "y"]].median(), len(named), shares[name]))
    found = pd.DataFrame(rows, columns=["name", "x", "y", "n_songs", "share"])
    found = found.sort_values(["n_songs", "name"], ascending=[False, True])
    return found.drop_duplicates("name").reset_index(drop=True)
