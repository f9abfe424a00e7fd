"""The page to play on in a real browser, from the file system."""

import numpy as np
import pandas as pd
import pytest

from muse_lib.models.embedding import Embedding
from muse_lib.report.play import compressed, play_page
from tests.helpers.awkward import AWKWARD

pytestmark = pytest.mark.slow

N_SONGS = 60
TRACKS = (AWKWARD + [f"song {k}" for k in range(N_SONGS)])[:N_SONGS]
SONGS = pd.DataFrame({"track": TRACKS, "artist": [f"artist {k % 7}" for k in range(N_SONGS)]})


def short_vectors(seed):
    vectors = np.random.default_rng(seed).normal(size=(N_SONGS, 8))
    return compressed(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


VECTORS = {"one": short_vectors(0), "<other>": short_vectors(1)}


@pytest.fixture
def page(watched, tmp_path):
    """The page, opened; afterwards it must have asked nobody and complained of nothing."""
    path = tmp_path / "play.html"
    path.write_text(play_page(SONGS, VECTORS, "Play", "About.", {"back": "play.html"}), "utf-8")
    watched.page.goto(path.as_uri())
    yield watched.page
    assert watched.complaints == []
    assert set(watched.asked) <= {path.as_uri(), "data:,"}


def shown(within):
    """The songs of a list, each as its words."""
    return [" ".join(text.split()) for text in within.get_by_role("button").all_text_contents()]


def playlist(page):
    return page.get_by_role("list", name="Your playlist")


def found(page):
    return page.get_by_role("list", name="Songs found")


def expected(model, chosen):
    """What Python proposes, from the same short vectors."""
    vectors = VECTORS[model].astype(float)
    embedding = Embedding(vectors, np.zeros(N_SONGS), SONGS)
    rows = embedding.continuation(chosen, k=10)
    return [
        " ".join(f"{row.cosine:.2f} {row.track} {row.artist}".split()) for row in rows.itertuples()
    ]


def proposals(page):
    sections = page.locator("#models section").all()
    return {one.get_by_role("heading").text_content(): shown(one) for one in sections}


def test_it_starts_with_the_most_popular_song_and_what_every_model_makes_of_it(page):
    assert shown(playlist(page)) == [" ".join(f"{TRACKS[0]} artist 0".split())]
    assert proposals(page) == {name: expected(name, [0]) for name in VECTORS}


def test_songs_that_are_added_change_what_comes_next_as_python_says(page):
    page.get_by_label("Add songs").fill("SONG 7")
    found(page).get_by_role("button").first.click()
    chosen = [0, TRACKS.index("song 7")]
    assert proposals(page) == {name: expected(name, chosen) for name in VECTORS}


def test_a_proposal_can_be_taken_and_a_song_taken_off(page):
    first = proposals(page)["<other>"][0]
    page.locator("#models section").nth(1).get_by_role("button").first.click()
    assert shown(playlist(page))[1] == first.split(maxsplit=1)[1]
    for _ in range(2):
        playlist(page).get_by_role("button").first.click()
    assert shown(playlist(page)) == []
    assert proposals(page) == {"one": [], "<other>": []}


def test_a_search_says_how_many_it_found(page):
    search = page.get_by_label("Add songs")
    for text, said in (("artist", f"50 of {N_SONGS}, most popular first"), ("", "")):
        search.fill(text)
        assert page.get_by_role("status").text_content() == said
    search.fill("nothing like it")
    assert page.get_by_role("status").text_content() == "no song matches"


def test_names_stay_text(page):
    for text in ("artist 0", "artist 1", "artist 2"):
        page.get_by_label("Add songs").fill(text)
        assert shown(found(page))
    assert page.locator("main script, main img, main b").count() == 0


@pytest.mark.parametrize("width", [1280, 400])
def test_it_fits(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
