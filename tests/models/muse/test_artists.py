"""What is summed over the songs of every artist."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from muse_lib.models.muse.artists import FEW, Artists


def plain_loop(artists, rows):
    total = np.zeros((max(artists) + 1, rows.shape[1]), rows.dtype)
    for artist, row in zip(artists, rows, strict=True):
        total[artist] += row
    return total


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.integers(0, 99))
def test_sums_have_the_bytes_of_the_plain_loop(artists, seed):
    artists = np.unique(artists, return_inverse=True)[1]
    rows = np.random.default_rng(seed).standard_normal((artists.size, 3)).astype(np.float32)
    assert_array_equal(Artists(artists).sums(rows), plain_loop(artists, rows))


@pytest.mark.parametrize("n_songs", [FEW, FEW + 1, 1_000])
def test_an_artist_of_many_songs_is_summed_in_the_order_of_the_songs(n_songs):
    artists = np.zeros(n_songs, dtype=int)
    rows = np.random.default_rng(0).standard_normal((n_songs, 2)).astype(np.float32)
    assert_array_equal(Artists(artists).sums(rows), plain_loop(artists, rows))
