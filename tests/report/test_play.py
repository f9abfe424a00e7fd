"""The page to play on: what it carries. What it does is tested in a browser."""

import base64
import json
import re
import zlib

import numpy as np
import pandas as pd
import pytest

from muse_lib.errors import InputError
from muse_lib.report.play import compressed, play_page, share_kept
from tests.helpers.awkward import AWKWARD


def unit_vectors(n_songs=200, dim=40, rank=5):
    """Unit vectors that lie in a few directions of many."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(n_songs, rank)) @ rng.normal(size=(rank, dim))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def cosines(vectors):
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors @ vectors.T


def test_vectors_of_few_directions_keep_their_cosines_in_bytes():
    unit = unit_vectors()
    short = compressed(unit, n_dims=5)
    assert (short.dtype, short.shape) == (np.int8, (200, 5))
    np.testing.assert_allclose(cosines(short.astype(float)), cosines(unit), atol=0.02)


def test_vectors_that_are_short_already_stay_as_long():
    assert compressed(np.eye(3), n_dims=96).shape == (3, 3)


def test_what_is_kept_is_the_share_of_neighbours():
    unit = unit_vectors()
    assert share_kept(unit, compressed(unit, 5)) > 0.9
    other = compressed(np.random.default_rng(1).permutation(unit), 5)
    assert share_kept(unit, other) < 0.2


def test_a_song_whose_vector_is_all_zeros_is_no_trouble():
    unit = np.vstack([unit_vectors(20), np.zeros(40)])
    assert share_kept(unit, compressed(unit)) > 0.8


SONGS = pd.DataFrame({"track": AWKWARD, "artist": AWKWARD[::-1]})


@pytest.fixture
def page():
    short = compressed(unit_vectors(len(SONGS)))
    links = {"back": "../pages/index.html"}
    return play_page(SONGS, {"<one>": short, "two": short[:, :3]}, "Play & more", "<About>", links)


def test_names_make_no_elements_and_are_carried_as_they_are(page):
    (content,) = re.findall('<script type="application/json" id="content">(.*?)</script>', page)
    carried = json.loads(content)
    assert carried["songs"] == SONGS.to_numpy().tolist()
    assert [model["name"] for model in carried["models"]] == ["<one>", "two"]
    assert page.count("<script") == 2
    assert "&lt;About&gt;" in page


def test_vectors_are_carried_byte_for_byte(page):
    (content,) = re.findall('id="content">(.*?)</script>', page)
    two = json.loads(content)["models"][1]
    carried = np.frombuffer(zlib.decompress(base64.b64decode(two["vectors"])), np.int8)
    carried = carried.reshape(-1, two["dim"])
    np.testing.assert_array_equal(carried, compressed(unit_vectors(len(SONGS)))[:, :3])


def test_a_page_asks_for_nothing_and_leads_back(page):
    assert re.findall(r'(?:src|href)="(.*?)"', page) == ["data:,", "../pages/index.html"]
    assert "default-src 'none'" in page
    assert "{{" not in page.replace(json.dumps(AWKWARD), "").split('id="content">')[0]


def test_songs_and_vectors_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="one has 3 vectors for 2 songs"):
        play_page(SONGS.head(2), {"one": np.ones((3, 2), np.int8)}, "", "", {})
    with pytest.raises(InputError, match="there are no songs"):
        play_page(SONGS.head(0), {}, "", "", {})
