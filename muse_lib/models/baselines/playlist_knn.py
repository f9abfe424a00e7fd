"""Playlist kNN: continue a playlist as the most similar training playlists do."""

import numpy as np
import scipy.sparse

from muse_lib.data.dataset import Vocabulary, incidence
from muse_lib.models.base import Model
from muse_lib.models.baselines.rival import ranking_only
from muse_lib.models.baselines.weighting import row_lengths, weighted


def playlist_knn(
    vocabulary: Vocabulary, _seed: int, k: int = 50, weighting: str = "bm25", power: float = 1.0
) -> Model:
    """Let the training playlists most similar to the given songs vote (Bonnin and Jannach 2014).

    score_j = sum of s_p^power x_pj over the k playlists p with the largest s_p, where x_pj is 1
    if p contains song j. With ``none`` and ``tf-idf``, s_p is the cosine of p and the given
    songs; with ``bm25`` it is the BM25 score of p for the given songs as the query.

    Parameters
    ----------
    k : int
        Number of playlists that vote; 0 for all.
    weighting : str
        One of `muse_lib.models.baselines.weighting.WEIGHTINGS`; songs are the terms.
    power : float
        Above 1, the most similar playlists get more weight.
    """
    holding = incidence(vocabulary.playlists, len(vocabulary.songs))
    P = weighted(scipy.sparse.csr_array(holding.T), weighting)
    idf = np.ones(P.shape[1])
    if weighting != "bm25":
        idf = P.max(axis=0).toarray().ravel()
        length = row_lengths(P)
        P = scipy.sparse.diags_array(1 / np.where(length > 0, length, 1)) @ P
    by_song = scipy.sparse.csr_array(P.T)  # (n_songs, n_playlists)

    def continuation_scores(given: np.ndarray) -> np.ndarray:
        s = np.maximum(0, idf[given] @ by_song[given])
        s = s / (s.max() or 1)
        if k:
            s[np.argsort(-s, kind="stable")[k:]] = 0
        return np.asarray(holding @ s**power)

    return ranking_only(continuation_scores)
