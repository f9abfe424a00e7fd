"""Which songs are nearest to a new one of an artist."""

import numpy as np
import pandas as pd

from muse_lib.evaluation.neighbourhoods import nearest_to_artists, purest
from muse_lib.models.base import Vectors


def test_the_songs_nearest_to_an_artist_are_those_nearest_to_the_mean_of_the_artists_songs():
    unit = Vectors(np.random.default_rng(0).normal(size=(30, 4))).unit
    artists = [["Ana", "ANA", "Bo", ""][k % 4] for k in range(30)]
    names, nearest, cosine = nearest_to_artists(unit, artists, k=3)
    assert names == ["Ana", "Bo"]
    for row, songs in enumerate(([k for k in range(30) if k % 4 < 2], range(2, 30, 4))):
        mean = unit[[*songs]].mean(axis=0)
        expected = unit @ mean / np.linalg.norm(mean)
        np.testing.assert_array_equal(nearest[row], np.argsort(-expected)[:3])
        np.testing.assert_allclose(cosine[row], np.sort(expected)[::-1][:3])


def test_songs_without_artists_have_none():
    names, nearest, _ = nearest_to_artists(np.eye(4), ["", " ", "", ""], k=2)
    assert (names, nearest.shape) == ([], (0, 2))


def test_the_purest_variant_is_that_of_genres_or_else_of_artists():
    report = pd.DataFrame({"variant": ["one", "two"], "artist_purity": [0.2, 0.1]})
    assert purest(report) == "one"
    assert purest(report.assign(genre_purity=[0.3, 0.4])) == "two"


def test_without_any_shared_label_the_first_variant_is_the_purest():
    assert purest(pd.DataFrame({"variant": ["one", "two"], "artist_purity": [np.nan] * 2})) == "one"
