import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import roc_auc_score

from muse_lib.data.dataset import Vocabulary
from muse_lib.models.base import Rule
from muse_lib.models.baselines import RIVALS, title_mean
from muse_lib.models.baselines.cooccurrence import cooccurrence_cosine
from muse_lib.models.baselines.playlist_knn import playlist_knn
from muse_lib.models.baselines.side_information import beside, by_artist, through_artists
from tests.helpers.worlds import song_table

PAIRS = np.triu_indices(60, k=1)
GIVEN = np.array([4, 8, 20])


def rule(score):
    """A model that scores every song by itself: a pair by the sum, a continuation alike for all."""
    score = np.asarray(score, dtype=float)
    return Rule(lambda i, j: score[i] + score[j], lambda _given: score)


def test_playlists_of_artists_hold_each_artist_once(few):
    artists = by_artist(few)
    assert artists.songs["artist"].tolist() == ["Ana", "Bo", "Cy"]
    assert [playlist.tolist() for playlist in artists.playlists] == [[0, 1], [0, 1], [0, 1], [2]]
    assert artists.titles == few.titles


def test_songs_without_an_artist_are_artists_of_their_own():
    songs = song_table(3).assign(artist=["", "Bo", ""])
    artists = by_artist(Vocabulary(songs, [np.array([0, 1, 2])], [""]))
    assert len(artists.songs) == 3
    assert len(set(artists.artists)) == 3


def test_songs_score_as_their_artists_do(few):
    of_artists = rule([1, 10, 100])
    model = through_artists(of_artists, few)
    assert model.similarity(np.array([0, 1]), np.array([2, 4])).tolist() == [2, 110]
    assert model.continuation_scores(np.array([0])).tolist() == [1, 10, 1, 10, 100]


def test_a_continuation_adds_the_parts_each_standardised_over_the_catalogue():
    own, artist, titles = [1, 2, 3, 6], [0, 0, 0, 100], [5, 1, 1, 1]
    fused = beside(rule(own), rule(artist), rule(titles), artist_weight=0.5, title_weight=2)
    a, b, c = ((np.array(x) - np.mean(x)) / np.std(x) for x in (own, artist, titles))
    assert_allclose(fused.continuation_scores(np.array([0])), a + 0.5 * b + 2 * c)


def test_pairs_add_the_parts_each_standardised_over_pairs_of_songs(scenes):
    """Over all pairs here; a sample of ten thousand is near to them."""
    parts = [cooccurrence_cosine(scenes, 0), title_mean(scenes, 0)]
    expected = 0.0
    for part in parts:
        scores = part.similarity(*PAIRS)
        expected += (scores - scores.mean()) / scores.std()
    fused = beside(parts[0], titles=parts[1], title_weight=1)
    assert_allclose(fused.similarity(*PAIRS), expected, atol=0.1)


def test_the_scale_of_a_part_does_not_matter(scenes):
    plain = cooccurrence_cosine(scenes, 0)
    large = Rule(
        lambda i, j: 1000 * plain.similarity(i, j) + 7,
        lambda given: 1000 * plain.continuation_scores(given) + 7,
    )
    one, other = (beside(*parts, artist_weight=1) for parts in ((plain, large), (large, plain)))
    assert_allclose(one.similarity(*PAIRS), other.similarity(*PAIRS), atol=1e-9)
    assert_allclose(one.continuation_scores(GIVEN), other.continuation_scores(GIVEN), atol=1e-9)


def test_the_weight_0_leaves_the_method_as_it_is():
    own, part = rule([1, 2, 3, 4, 5]), rule([5, 1, 4, 2, 3])
    assert beside(own) is own
    assert beside(own, part, part, artist_weight=0, title_weight=0) is own
    one = beside(own, part, part, artist_weight=0).continuation_scores(np.array([0]))
    assert_array_equal(one, beside(own, titles=part).continuation_scores(np.array([0])))


def test_a_part_that_says_the_same_of_all_adds_nothing():
    own, silent = rule([1, 2, 3, 4]), rule([0.1, 0.1, 0.1, 0.1])
    alone = beside(own, own, artist_weight=1)
    fused = beside(own, own, silent, artist_weight=1, title_weight=5)
    i, j = np.triu_indices(4, k=1)
    assert_array_equal(fused.similarity(i, j), alone.similarity(i, j))
    assert_array_equal(
        fused.continuation_scores(np.array([0])), alone.continuation_scores(np.array([0]))
    )


def test_what_ranks_alone_is_fused_for_ranking(scenes):
    own = playlist_knn(scenes, 0)
    fused = beside(own, titles=title_mean(scenes, 0))
    assert np.isfinite(fused.continuation_scores(GIVEN)).all()
    with pytest.raises(NotImplementedError):
        fused.similarity(*PAIRS)


@pytest.fixture(scope="module")
def bands(scenes):
    """The two scenes again, each of 5 artists of 6 songs."""
    songs = scenes.songs.assign(artist=[f"band {song % 10}" for song in range(60)])
    return Vocabulary(songs, scenes.playlists, scenes.titles)


@pytest.mark.parametrize("name", RIVALS)
def test_every_rival_is_fused_with_artists_and_titles(bands, name):
    fit, chosen = RIVALS[name].fit, {"factors": 2} if name == "als" else {}
    artists = through_artists(fit(by_artist(bands), 0, **chosen), bands)
    fused = beside(fit(bands, 0, **chosen), artists, title_mean(bands, 0))
    even = np.delete(np.arange(60), GIVEN) % 2 == 0
    scores = np.delete(fused.continuation_scores(GIVEN), GIVEN)
    assert roc_auc_score(even, scores) > 0.9
    if "pairs" in RIVALS[name].purposes:
        same_scene = PAIRS[0] % 2 == PAIRS[1] % 2
        assert roc_auc_score(same_scene, fused.similarity(*PAIRS)) > 0.9
        assert_array_equal(fused.similarity(*PAIRS), fused.similarity(*PAIRS[::-1]))


def test_the_same_parts_give_the_same_bytes(scenes):
    def scores():
        fused = beside(cooccurrence_cosine(scenes, 0), titles=title_mean(scenes, 0))
        return fused.similarity(*PAIRS).tobytes() + fused.continuation_scores(GIVEN).tobytes()

    assert scores() == scores()
