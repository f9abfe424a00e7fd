"""The page of a map: what is in it. What it does is tested in a browser."""

import base64
import gzip
import json
import re
import zlib
from html.parser import HTMLParser

import numpy as np
import pytest
from bokeh.models import Div

from muse_lib.figures.interactive import WEBGL_FROM, map_page
from muse_lib.figures.page import LIBRARY, library
from tests.helpers.songs_to_map import next_ones, one_line, songs_to_map


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text that is packed in it."""

    def __init__(self, page):
        super().__init__()
        self.elements, self._packed = [], ""
        self.feed(page)
        self.data = zlib.decompress(base64.b64decode(self._packed)).decode()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.elements and self.elements[-1][1].get("id") == "content":
            self._packed += data


@pytest.fixture(scope="module")
def page():
    return map_page(songs_to_map(), *next_ones(), "Songs & more")


@pytest.fixture(scope="module")
def elements(page):
    return Elements(page)


def models_of(content):
    """Every model in Bokeh's description of a plot."""
    if isinstance(content, dict):
        if content.get("type") == "object":
            yield content
        content = list(content.values())
    if isinstance(content, list):
        for part in content:
            yield from models_of(part)


def columns_of(page):
    """The table of songs that the page carries."""
    content = json.loads(Elements(page).data)
    sources = [m for m in models_of(content) if m["name"] == "ColumnDataSource"]
    tables = [dict(source["attributes"]["data"]["entries"]) for source in sources]
    return next(table for table in tables if "track" in table)


def numbers(array):
    """The numbers of an array as Bokeh writes it."""
    raw = gzip.decompress(base64.b64decode(array["array"]["data"]))
    return np.frombuffer(raw, array["dtype"])


def test_one_page_has_the_same_bytes_whatever_bokeh_made_before(page):
    Div(text="another model of this process")
    assert map_page(songs_to_map(), *next_ones(), "Songs & more") == page


def test_a_page_asks_for_nothing(elements):
    addresses = [
        value
        for tag, attributes in elements.elements
        for name, value in attributes.items()
        if name in ("src", "href", "data", "action")
    ]
    assert addresses == ["data:,", LIBRARY]  # no icon, and what lies beside the page
    (policy,) = (a["content"] for _, a in elements.elements if "http-equiv" in a)
    assert policy.startswith("default-src 'none'; script-src 'self' file: 'sha256-")
    assert "http" not in policy


def test_names_make_no_elements(elements):
    tags = {tag for tag, _ in elements.elements}
    known = {"html", "head", "meta", "link", "title", "style", "body", "nav", "h1", "p", "div"}
    assert tags == known | {"script"}
    assert [tag for tag, _ in elements.elements].count("script") == 3


def test_every_name_is_carried_as_it_is_but_for_control_signs(page):
    for column in ("track", "artist"):
        carried = columns_of(page)[column]["array"]
        assert carried == [one_line(name) for name in songs_to_map()[column]]


def test_coordinates_are_carried_with_seven_digits(page):
    x = numbers(columns_of(page)["x"])
    np.testing.assert_array_equal(x, np.float32(songs_to_map()["x"]))


def test_a_page_of_some_two_thousand_songs_is_small_and_what_draws_it_is_not():
    page = map_page(songs_to_map(2000), *next_ones(2000), "songs")
    assert len(page.encode()) < 200_000
    assert 1_000_000 < len(library().encode()) < 2_000_000


def test_many_songs_are_drawn_by_the_graphics_card_whose_code_is_asked_for(page):
    many = map_page(songs_to_map(WEBGL_FROM), *next_ones(WEBGL_FROM), "songs")
    assert '"webgl"' in Elements(many).data
    assert '"webgl"' not in Elements(page).data
    assert "bokeh-gl" in library(webgl=True)
    assert "BEGIN bokeh-gl" not in library()


def test_a_page_asks_for_its_library_where_it_is_told():
    page = map_page(songs_to_map(), *next_ones(), "songs", library=f"../../{LIBRARY}")
    assert f'<script src="../../{LIBRARY}"' in page


def test_a_page_leads_to_others():
    page = map_page(songs_to_map(), *next_ones(), "songs", links={"<back>": "../pages/index.html"})
    assert '<a href="../pages/index.html">&lt;back&gt;</a>' in page


@pytest.mark.parametrize("column", ["genre", "artist"])
def test_a_map_can_be_coloured_by_what_the_corpus_knows(column):
    songs = songs_to_map()
    if column == "artist":
        songs = songs.drop(columns="genre")
    content = json.loads(Elements(map_page(songs, *next_ones(), "songs")).data)
    (colour,) = (m for m in models_of(content) if m["name"] == "Select")
    kinds = ["genre", "artist", "popularity"]
    assert colour["attributes"]["options"] == kinds[kinds.index(column) :]
    assert colour["attributes"]["value"] == column


def test_a_map_of_songs_that_nobody_labelled_and_one_playlist_each_is_made():
    songs = songs_to_map().assign(genre="", popularity=1)
    assert "<h1>songs</h1>" in map_page(songs, *next_ones(), "songs")


def test_the_ten_most_frequent_have_a_key_and_no_dollars_make_a_formula(page):
    divs = [
        m["attributes"] for m in models_of(json.loads(Elements(page).data)) if m["name"] == "Div"
    ]
    genres, artists = (div for div in divs if "<svg" in div["text"])
    names = re.findall(r"</svg> (.*?)</span>", genres["text"])
    assert names == ["$$ rock $$", "&lt;b&gt;pop&lt;/b&gt;", "other or unknown"]
    assert artists["text"].count("<svg") == 7
    assert all(div["disable_math"] for div in divs)


def test_each_number_of_songs_has_numbers_wide_enough_for_its_nearest():
    content = json.loads(Elements(map_page(songs_to_map(300), *next_ones(300), "songs")).data)
    callbacks = [m["attributes"] for m in models_of(content) if m["name"] == "CustomJS"]
    args = [dict(callback.get("args", {}).get("entries", [])) for callback in callbacks]
    (nearest,) = (each["nearest"] for each in args if "nearest" in each)
    assert nearest["dtype"] == "uint16"
    np.testing.assert_array_equal(numbers(nearest), next_ones(300)[0].ravel())


def test_songs_keep_their_markers_when_others_are_selected(page):
    models = list(models_of(json.loads(Elements(page).data)))
    (genre,) = (
        m for m in models if m["name"] == "GlyphRenderer" and m["attributes"].get("name") == "genre"
    )
    glyphs = [
        v for k, v in genre["attributes"].items() if k.endswith("glyph") and k != "muted_glyph"
    ]
    assert len(glyphs) == 3
    assert {glyph["attributes"]["marker"]["field"] for glyph in glyphs} == {"genre"}


OF_ARTISTS = (["Ana", "<b>Bo</b>"], next_ones()[0][:2], next_ones()[1][:2])


def test_a_page_carries_what_is_near_to_a_new_song_of_each_artist():
    made = map_page(songs_to_map(), *next_ones(), "songs", of_artists=OF_ARTISTS)
    callbacks = [
        dict(m["attributes"].get("args", {}).get("entries", []))
        for m in models_of(json.loads(Elements(made).data))
        if m["name"] == "CustomJS"
    ]
    (new,) = (args for args in callbacks if "names" in args)
    assert new["names"] == OF_ARTISTS[0]
    np.testing.assert_array_equal(numbers(new["nearest"]), OF_ARTISTS[1].ravel())


def test_a_page_without_artists_has_no_field_for_a_new_song(page):
    assert "New song by artist" not in page
