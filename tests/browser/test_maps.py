"""The map of songs in a real browser: what one can do with it, and what names must not do."""

import re

import pytest

from muse_lib.figures.interactive import map_page
from muse_lib.figures.page import LIBRARY, library
from muse_lib.paths import RESULTS
from tests.helpers.awkward import AWKWARD
from tests.helpers.songs_to_map import N_NEAREST, next_ones, one_line, songs_to_map

pytestmark = pytest.mark.slow

DRAWN = "() => globalThis.Bokeh?.documents[0]?.is_idle"

PLACE = """([x, y]) => {
    const plot = Bokeh.documents[0].get_model_by_name("map");
    const view = Bokeh.index.find_one(plot);
    const box = view.el.getBoundingClientRect(), {frame} = view;
    return [box.x + frame.x_scale.compute(x), box.y + frame.y_scale.compute(y)];
}"""
"""Where on the screen a point of the map lies."""

TOLD = """(tooltips) => tooltips.map((tooltip) => [...tooltip.shadowRoot.children]
    .filter((part) => part.localName !== "style").map((part) => part.textContent).join(" "))"""

CHOSEN = """(name) => [...Bokeh.documents[0]._all_models.values()]
    .some((model) => model.type.endsWith("Div") && model.text === name)"""

DOUBLE_CLICK = 400
"""Milliseconds after which a second click is a click of its own."""

NEXT_FRAME = "() => new Promise(requestAnimationFrame)"

RANGE = "() => Bokeh.documents[0].get_model_by_name('map').x_range.start"


@pytest.fixture
def opened(watched, tmp_path):
    """Open the map of so many songs, and make sure that it did nothing it must not."""

    def at(n_songs=60, width=1280, scheme="light"):
        songs = songs_to_map(n_songs)
        path = tmp_path / "map.html"
        near = next_ones(n_songs)
        of_artists = (["Ana & <b>Bo</b>", "Cy"], near[0][:2], near[1][:2])
        path.write_text(map_page(songs, *near, "Songs", of_artists=of_artists), "utf-8")
        (tmp_path / LIBRARY).write_text(library(webgl=True), "utf-8")
        watched.page.set_viewport_size({"width": width, "height": 900})
        watched.page.emulate_media(color_scheme=scheme)
        watched.page.goto(path.as_uri())
        watched.page.wait_for_function(DRAWN)
        return watched.page, songs

    yield at
    # without a graphics card, Chromium finds WebGL slow
    assert [text for text in watched.complaints if "GL Driver Message" not in text] == []
    assert [url for url in watched.asked if not url.startswith(("file:", "data:", "blob:"))] == []


def place(page, songs, k):
    return page.evaluate(PLACE, songs.loc[k, ["x", "y"]].tolist())


def listed(page, title):
    return page.get_by_label(title).locator("option").all_inner_texts()


def tooltips(page):
    page.locator(".bk-Tooltip").first.wait_for()
    return [" ".join(text.split()) for text in page.locator(".bk-Tooltip").evaluate_all(TOLD)]


def test_pointing_at_a_song_tells_its_name_once(opened):
    page, songs = opened()
    k = AWKWARD.index("<script>alert(1)</script>")
    page.mouse.move(*place(page, songs, k))
    assert tooltips(page) == [f"<script>alert(1)</script> - {one_line(songs['artist'][k])}"]


def test_clicking_on_a_song_lists_its_nearest_songs(opened):
    page, songs = opened()
    page.mouse.click(*place(page, songs, 50))
    near = listed(page, "Nearest")
    assert len(near) == N_NEAREST
    nearest, cosine = next_ones()
    for text, k, c in zip(near, nearest[50], cosine[50], strict=True):
        assert text.split() == [
            f"{c:.2f}",
            *one_line(songs["track"][k]).split(),
            "-",
            *one_line(songs["artist"][k]).split(),
        ]


def test_every_awkward_name_stays_text(opened):
    """Pointed at, chosen and listed as the nearest of the song before it."""
    page, songs = opened()
    for k, name in enumerate(map(one_line, songs["track"][: len(AWKWARD)])):
        if k:
            assert listed(page, "Nearest")[0].split()[1:-1][: len(name.split())] == name.split()
        page.wait_for_timeout(DOUBLE_CLICK)
        page.mouse.click(*place(page, songs, k))
        shown = f"{name} - {one_line(songs['artist'][k])}"
        page.wait_for_function(CHOSEN, arg=shown)
        assert tooltips(page) == [shown]


def test_a_search_finds_words_in_any_order_and_case_the_most_popular_first(opened):
    page, songs = opened()
    page.get_by_label("Search").fill("TEMP c:")
    names = songs["track"] + " - " + songs["artist"]
    fits = names.str.contains("temp") & names.str.contains("C:")
    by_popularity = names[songs["popularity"].sort_values(ascending=False, kind="stable").index]
    assert listed(page, "Found") == [*map(one_line, by_popularity[fits])]
    assert page.get_by_text(f"Found: {fits.sum()} of {fits.sum()}, most popular first").is_visible()


def test_a_search_that_finds_nothing_says_so(opened):
    page, _ = opened()
    page.get_by_label("Search").fill("nothing like it")
    assert page.get_by_text("no song matches").is_visible()


def test_a_song_that_was_found_can_be_chosen_and_so_can_its_nearest(opened):
    page, _ = opened()
    page.get_by_label("Search").fill("song 4")
    assert len(listed(page, "Found")) > 1
    page.get_by_label("Found").select_option(index=0)
    first = listed(page, "Nearest")
    assert len(first) == N_NEAREST
    page.get_by_label("Nearest").select_option(index=0)
    page.wait_for_function("() => true")
    second = listed(page, "Nearest")
    assert second != first
    assert [text.split(maxsplit=1)[1] for text in second[:-1]] == [
        text.split(maxsplit=1)[1] for text in first[1:]
    ]


def test_a_search_that_is_taken_back_leaves_nothing(opened):
    page, _ = opened()
    page.get_by_label("Search").fill("song")
    page.get_by_label("Search").fill("")
    assert listed(page, "Found") == []
    assert listed(page, "Nearest") == []


@pytest.mark.parametrize("kind", ["artist", "popularity"])
def test_another_colouring_is_another_picture(opened, kind):
    page, _ = opened()
    plot = page.locator(".bk-Figure")
    before = plot.screenshot()
    page.get_by_label("Colour by").select_option(kind)
    page.wait_for_function(DRAWN)
    assert plot.screenshot() != before


@pytest.mark.parametrize("n_songs", [60, 22_000])
def test_a_map_is_moved_and_zoomed(opened, n_songs):
    page, songs = opened(n_songs)
    x, y = place(page, songs, 0)
    start = page.evaluate(RANGE)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(5):
        page.mouse.move(x + 20 * (step + 1), y)
        page.evaluate(NEXT_FRAME)  # on a busy machine, all moves in one frame would be no drag
    page.mouse.up()
    page.wait_for_function(f"() => ({RANGE})() < {start}")
    moved = page.evaluate(RANGE)
    page.mouse.wheel(0, -200)
    page.wait_for_function(f"() => ({RANGE})() > {moved}")


def test_a_map_fits_on_a_phone_with_its_whole_key(opened):
    page, songs = opened(width=400)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 400
    keys = [
        page.get_by_text(one_line(name), exact=True) for name in songs["genre"].unique() if name
    ]
    boxes = [key.first.bounding_box() for key in keys]
    assert boxes
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 400 for box in boxes)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_map_is_as_light_or_dark_as_its_reader_prefers(opened, scheme):
    page, _ = opened(scheme=scheme)
    grounds = [
        page.evaluate("() => getComputedStyle(document.body).backgroundColor"),
        page.get_by_label("Search").evaluate("(one) => getComputedStyle(one).backgroundColor"),
    ]
    for ground in grounds:
        brightness = sum(map(int, re.findall(r"\d+", ground)[:3]))
        assert (brightness < 384) == (scheme == "dark")


@pytest.mark.parametrize(
    "path",
    sorted(RESULTS.glob("*/maps/muse-text.html"), key=str),
    ids=lambda path: "/".join(path.parts[-3:]),
)
def test_a_published_map_opens(path, watched):
    watched.page.goto(path.as_uri())
    watched.page.wait_for_function(DRAWN)
    assert watched.complaints == []
    asked = {url for url in watched.asked if not re.search(r"^file:.*/bokeh[^/]*\.js$", url)}
    assert asked <= {path.as_uri(), "data:,"}


def test_a_map_without_its_library_says_what_is_missing(watched, tmp_path):
    path = tmp_path / "map.html"
    page = map_page(songs_to_map(), *next_ones(), "Songs", library=f"../../{LIBRARY}")
    path.write_text(page, "utf-8")
    watched.page.goto(path.as_uri())
    assert f"drawn by ../../{LIBRARY}, which is missing" in watched.page.inner_text("#plot")


def test_a_song_that_nobody_has_is_placed_by_its_artist(opened):
    page, _ = opened()
    page.get_by_label("New song by artist").press_sequentially("ANA &  <b>bo</b>")
    page.wait_for_function(
        CHOSEN, arg="A new song by Ana & <b>Bo</b>, at the mean of the artist's songs on this map."
    )
    near = listed(page, "Nearest")
    assert near[0].split()[0] == "0.99"
    assert len(near) == N_NEAREST
    page.get_by_label("New song by artist").press_sequentially("x")
    page.wait_for_function(CHOSEN, arg="No song on this map is by that artist.")
    assert listed(page, "Nearest") == []
