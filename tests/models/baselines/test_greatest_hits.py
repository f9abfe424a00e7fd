import numpy as np
import pytest
from numpy.testing import assert_allclose

from muse_lib.models.baselines.greatest_hits import greatest_hits


@pytest.mark.parametrize("power", [0, 1, 2])
def test_a_song_scores_by_its_popularity_and_by_how_often_its_artist_meets_the_given_ones(
    few, power
):
    """Ana and Bo are on playlists 0, 1 and 2 both, Cy on one alone; given is a song of Ana's."""
    scores = greatest_hits(few, 0, popularity_power=power).continuation_scores(np.array([0]))
    together = np.array([1, 1, 1, 1, 0])
    assert_allclose(scores, together * np.array([2.0, 3, 3, 1, 1]) ** power)


def test_an_artist_counts_once_however_many_of_their_songs_are_given(few):
    model = greatest_hits(few, 0)
    assert_allclose(
        model.continuation_scores(np.array([0, 2])), model.continuation_scores(np.array([0]))
    )
