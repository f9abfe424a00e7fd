import numpy as np
import pytest
from numpy.testing import assert_allclose

from muse_lib.data.dataset import incidence
from muse_lib.models.baselines.playlist_knn import playlist_knn
from muse_lib.models.baselines.weighting import WEIGHTINGS, weighted

GIVEN = np.array([4, 8, 21])


def slow(vocabulary, k, weighting, power):
    """Playlist by playlist: how like the given songs, then who votes for what."""
    n_songs = len(vocabulary.songs)
    holds = incidence(vocabulary.playlists, n_songs).toarray().T
    P = weighted(incidence(vocabulary.playlists, n_songs).T.tocsr(), weighting).toarray()
    query = np.isin(np.arange(n_songs), GIVEN).astype(float)
    if weighting == "tf-idf":
        query *= P.max(axis=0)
    similarity = [
        row @ query / (1 if weighting == "bm25" else np.linalg.norm(row) or 1) for row in P
    ]
    voters = sorted(range(len(P)), key=lambda p: (-similarity[p], p))[: k or None]
    best = max(similarity)
    return sum((similarity[p] / best) ** power * holds[p] for p in voters)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize(("k", "power"), [(0, 1), (10, 1), (10, 3)])
def test_the_votes_are_those_of_the_loop_over_playlists(scenes, k, weighting, power):
    model = playlist_knn(scenes, 0, k=k, weighting=weighting, power=power)
    assert_allclose(model.continuation_scores(GIVEN), slow(scenes, k, weighting, power), atol=1e-9)


def test_one_playlist_alone_votes_for_its_songs(few):
    scores = playlist_knn(few, 0, k=1).continuation_scores(np.array([3]))
    assert np.flatnonzero(scores).tolist() == [1, 2, 3]
