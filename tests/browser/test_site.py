"""The rendered pages in a real browser, from the file system, on a wide screen and on a phone."""

import re
import shutil
from urllib.parse import unquote, urlsplit

import pytest

from muse_lib.paths import RESULTS
from muse_lib.runner.site import make_pages
from tests.helpers.site_world import HOSTILE

pytestmark = pytest.mark.slow

WIDTHS = (1280, 400)
COMMITTED = sorted(RESULTS.glob("*/pages/*.html"), key=str)
INDEX = RESULTS / "index.html"

WIDE = """() => [...document.querySelectorAll("body *")]
    .filter((one) => !one.closest(".scroll, details.code pre, svg") && !one.closest("nav"))
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .map((one) => one.outerHTML.slice(0, 80))"""
"""What reaches beyond the window, things that scroll in themselves left out."""

LOADED = """() => Promise.all([...document.images].map((image) => {
    image.loading = "eager"; return image.decode().catch(() => null); }))"""
"""Waits until every picture is there, or known not to be."""

BROKEN = """() => [...document.images]
    .filter((image) => !image.complete || image.naturalWidth === 0 || !image.alt.trim())
    .map((image) => image.src.slice(0, 80))"""

EMPTY = """() => [...document.querySelectorAll("svg[role=img]")]
    .filter((one) => { const box = one.getBoundingClientRect();
                       return !(box.width > 1 && box.height > 1 && one.querySelector("path")); })
    .map((one) => one.getAttribute("aria-label"))"""

LIVE = """() => [...document.querySelectorAll("*")]
    .filter((one) => /^(script|iframe|object|embed|form|base)$/.test(one.localName)
                  || one.getAttributeNames().some((name) => name.startsWith("on")))
    .map((one) => one.outerHTML.slice(0, 80))"""


@pytest.fixture
def site(small_study):
    """The pages of a small study full of hostile titles."""
    return small_study.parent


@pytest.fixture
def opened(watched):
    """Open a page, pictures and all, at some width."""

    def at(path, width=WIDTHS[0]):
        watched.page.set_viewport_size({"width": width, "height": 900})
        watched.page.goto(path.as_uri())
        watched.page.evaluate(LOADED)
        return watched.page

    return at


def every_page(site):
    return sorted([*site.glob("*/pages/*.html"), site / "index.html"])


def check(page, width):
    """Hold one page to what every page must be."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(WIDE) == []
    assert page.evaluate(BROKEN) == []
    assert page.evaluate(EMPTY) == []


def check_quiet(watched):
    assert watched.complaints == []
    assert {urlsplit(address).scheme for address in watched.asked} <= {"file", "data"}


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_are_whole_and_ask_nobody(site, opened, watched, width):
    for path in every_page(site):
        check(opened(path, width), width)
    check_quiet(watched)


@pytest.mark.parametrize("width", WIDTHS)
def test_committed_pages_fit_are_whole_and_ask_nobody(opened, watched, width):
    for path in [*COMMITTED, *filter(lambda index: index.exists(), [INDEX])]:
        check(opened(path, width), width)
    check_quiet(watched)


def test_hostile_titles_are_inert_and_there_to_read(site, opened, watched):
    page = opened(site / "synthetic" / "pages" / "01_data.html")
    assert page.title() == "1 · Titles here · MuSE on synthetic"
    assert page.evaluate(LIVE) == []
    cells = page.locator("tbody tr td:first-child").all_text_contents()
    assert cells == [title if len(title) <= 60 else f"{title[:59]}…" for title in HOSTILE]
    assert page.locator(".computed").count() == len(HOSTILE)
    check_quiet(watched)


def test_links_lead_to_what_is_there(site, opened):
    roots = [site, *([RESULTS] if INDEX.exists() else [])]
    dead = []
    for path in [path for root in roots for path in every_page(root)]:
        page = opened(path)
        for link in page.evaluate("[...document.links].map((link) => link.href)"):
            parts = urlsplit(link)
            target = path.parent.joinpath(unquote(parts.path))
            found = parts.scheme == "file" and target.is_file()
            if parts.fragment and found:
                found = f'id="{unquote(parts.fragment)}"' in target.read_text("utf-8")
            if not found:
                dead.append((path.name, link))
    assert dead == []


def test_code_is_folded_and_one_click_away(site, opened):
    page = opened(site / "synthetic" / "pages" / "01_data.html")
    code = page.get_by_text("frame = pd.DataFrame").first
    assert not code.is_visible()
    page.locator("summary", has_text="Code").nth(1).click()
    assert code.is_visible()


def test_wide_tables_scroll_in_themselves_texts_left_and_numbers_right(site, opened):
    page = opened(site / "synthetic" / "pages" / "01_data.html", 400)
    table = page.locator(".scroll", has=page.locator("table")).first
    assert table.evaluate("(one) => one.scrollWidth > 2 * one.clientWidth")
    sides = "(cell) => getComputedStyle(cell).textAlign"
    assert table.locator("td").nth(0).evaluate(sides) == "left"
    assert table.locator("td").nth(1).evaluate(sides) == "right"


def test_equations_are_drawn_at_the_size_of_the_text(site, opened):
    page = opened(site / "synthetic" / "pages" / "01_data.html")
    inline, block = page.locator("svg[role=img]").nth(0), page.locator(".equation svg")
    assert 8 < inline.bounding_box()["height"] < 30
    assert block.bounding_box()["height"] > 40


@pytest.mark.parametrize("index", ["index.html", "synthetic/pages/index.html"])
def test_the_search_lists_sections_that_hold_every_word(site, opened, watched, index):
    page = opened(site / index)
    search, found = page.get_by_role("searchbox"), page.locator("#results a")
    search.fill("LINE rises")
    assert found.all_text_contents() == ["6 · A picture"]
    assert page.get_by_role("status").text_content() == "1 of 1 that match, among 6 sections"
    search.fill("no such word")
    assert page.get_by_role("status").text_content() == "no section matches"
    search.fill("")
    assert found.count() == 0
    search.fill("sentences called")
    found.first.click()
    assert urlsplit(page.url).path.endswith("synthetic/pages/01_data.html")
    check_quiet(watched)


def test_hostile_titles_are_found_and_stay_text(site, opened, watched):
    page = opened(site / "index.html")
    page.get_by_role("searchbox").fill("alert(1)")
    assert page.locator("#results li").count() > 0
    assert page.locator("#results :not(li, a, small)").count() == 0
    check_quiet(watched)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_as_light_or_dark_as_their_reader_prefers(site, opened, watched, scheme):
    watched.page.emulate_media(color_scheme=scheme)
    for path in every_page(site):
        page = opened(path)
        for side, dark in (("backgroundColor", scheme == "dark"), ("color", scheme == "light")):
            colour = page.evaluate(f"getComputedStyle(document.body).{side}")
            assert (sum(map(int, re.findall(r"\d+", colour)[:3])) < 384) == dark


def test_the_first_column_of_a_wide_table_stays_in_sight(site, opened):
    page = opened(site / "synthetic" / "pages" / "01_data.html", 400)
    table = page.locator(".scroll", has=page.locator("table")).first
    first = table.locator("tbody td").first
    before = first.bounding_box()["x"]
    table.evaluate("(one) => { one.scrollLeft = 500; }")
    assert table.evaluate("(one) => one.scrollLeft") == 500
    assert first.bounding_box()["x"] == pytest.approx(before, abs=1)


def test_the_first_screen_has_the_findings_and_a_whole_picture(site, opened, tmp_path):
    copied = shutil.copytree(site, tmp_path / "results") / "synthetic"
    shutil.copy(copied / "figures" / "line_rising.png", copied / "figures" / "map.png")
    make_pages(copied)
    opened(copied.parent / "index.html").set_viewport_size({"width": 1280, "height": 800})
    box = opened(copied.parent / "index.html").locator(".lead img").bounding_box()
    assert box["y"] + box["height"] <= 800


def test_from_the_index_one_reaches_every_page_by_clicking(site, opened):
    page = opened(site / "index.html")
    page.get_by_role("link", name="1 · Titles here").click()
    page.get_by_role("link", name="6 · A picture →").click()
    page.get_by_role("link", name="MuSE", exact=True).click()
    assert page.title() == "MuSE: what was found"
