"""Collocated artists' greatest hits: popular songs of artists that share playlists."""

import numpy as np
import scipy.sparse

from muse_lib.data.dataset import Vocabulary, incidence
from muse_lib.models.base import Model
from muse_lib.models.baselines.rival import ranking_only
from muse_lib.models.baselines.weighting import row_lengths


def greatest_hits(vocabulary: Vocabulary, _seed: int, popularity_power: float = 1.0) -> Model:
    """Continue with hits by the given artists and by artists that share playlists with them.

    This is CAGH of Bonnin and Jannach (2014, "Automated generation of music playlists"):

    score_j = n_j^power * sum over the artists a of the given songs of cos(a, artist of j), where
    n_j is the number of training playlists that contain song j, and the cosine is between the
    artists' sets of playlists: |P_a and P_b| / sqrt(|P_a| |P_b|).

    Parameters
    ----------
    popularity_power : float
        1 as published; 0 ignores popularity.
    """
    artist = vocabulary.artists
    playlists = [np.unique(artist[songs]) for songs in vocabulary.playlists]
    P = incidence(playlists, artist.max() + 1).astype(np.float64)
    unit = scipy.sparse.csr_array(scipy.sparse.diags_array(1 / row_lengths(P)) @ P)
    hits = vocabulary.popularity**popularity_power

    def continuation_scores(given: np.ndarray) -> np.ndarray:
        close = unit @ unit[np.unique(artist[given])].sum(axis=0)
        return np.asarray(hits * close[artist])

    return ranking_only(continuation_scores)
