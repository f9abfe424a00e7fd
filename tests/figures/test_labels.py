"""Names as figures draw them: whole, with a glyph for every sign, and never as markup."""

import logging
import unicodedata
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from matplotlib import font_manager, get_data_path
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.ft2font import LoadFlags

from muse_lib import figures
from muse_lib.config import DataConfig
from muse_lib.data.corpora import load
from muse_lib.figures.fonts import PACKAGES, font_families
from tests.helpers.awkward import AWKWARD

LONGEST = 40


@pytest.fixture(autouse=True)
def axes():
    figures.use_house_style()
    figure, ax = plt.subplots(figsize=(40, 40), dpi=40)  # room for all names everywhere
    yield ax
    plt.close(figure)


@pytest.fixture(scope="module")
def character_map():
    """Which signs the fonts have, read by another library than the one that draws."""
    fonts = (TTFont(font_manager.findfont(family)) for family in font_families())
    return {sign for font in fonts for sign in font.getBestCmap()}


def columns(text):
    narrow = [sign for sign in text if unicodedata.category(sign) not in ("Mn", "Me", "Cf")]
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in narrow)


def picture(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def laid_out(name):
    """The glyphs of a label, each with its place."""
    paths = [font_manager.findfont(family) for family in font_families()]
    return font_manager.get_font(paths)._layout(figures.label(name), LoadFlags.DEFAULT)


def test_all_names_are_drawn_in_every_place_without_a_complaint(axes, caplog):
    """Warnings are errors here, and a sign without a glyph is a warning."""
    caplog.set_level(logging.WARNING, logger="matplotlib")
    names = [figures.label(name) for name in AWKWARD]
    for k, name in enumerate(names):
        axes.plot([0, 1], [k, k], label=name)
        axes.annotate(name, (0, k))
    axes.set_yticks(range(len(names)), names)
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set(title="\n".join(names), xlabel="\n".join(names), ylabel="\n".join(names))
    axes.legend(title="\n".join(names))
    axes.figure.suptitle("\n".join(names))
    axes.figure.canvas.draw()
    assert caplog.messages == []


@pytest.mark.parametrize("name", AWKWARD)
def test_every_sign_of_a_label_has_a_glyph(name, character_map):
    assert [sign for sign in figures.label(name) if ord(sign) not in character_map] == []


@pytest.mark.parametrize("name", AWKWARD)
def test_no_glyph_of_a_label_is_the_box_for_missing_ones(name):
    assert [item.char for item in laid_out(name) if item.glyph_index == 0] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("静", "部"), ("夜", "朝"), ("한", "국"), ("🌙", "🌊"), ("ภ", "ษ"), ("بحر", "ب ح ر")],
)
def test_different_signs_look_different(one, other):
    """Two that have no glyph would both be the same box, and unjoined letters look the same."""
    pictures = []
    for text in (one, other):
        figure = plt.figure(figsize=(1, 1))
        figure.text(0.2, 0.4, figures.label(text))
        pictures.append(picture(figure))
        plt.close(figure)
    assert (pictures[0] != pictures[1]).any()


def test_right_to_left_text_runs_from_right_to_left():
    place = {item.char: item.x for item in laid_out("אב")}
    assert place["ב"] < place["א"]


@pytest.mark.parametrize("name", AWKWARD)
def test_a_label_is_text_of_one_line_and_not_too_long(name, axes):
    text = axes.text(0.5, 0.5, figures.label(name))
    assert text._preprocess_math(text.get_text())[1] is False  # not a formula
    assert "\n" not in text.get_text()
    assert columns(text.get_text().replace("\\$", "$").removeprefix(" ")) <= LONGEST


@pytest.mark.parametrize(
    "name",
    ["Ñandú Øre Ğün & Тихий", "静かな部屋", "بحر هادئ", "🌙🌊 chill 🫠", "👩🏽‍💻 work"],
)
def test_a_name_is_drawn_as_it_is_written(name):
    assert figures.label(name) == name


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("A$AP & Ke$ha", r"A\$AP & Ke\$ha"),
        (" two  words ", "two words"),
        ("\U0001fae9 tired", "face with bags under eyes tired"),  # of 2024, after the font
        ("x\ue000", "x□"),  # private use
        ("bell\a\0", "bell"),
        ("a\U000e0001b", "ab"),  # a tag, which nothing shows
        ("x" * 41, "x" * 39 + "…"),
        ("静" * 21, "静" * 19 + "…"),
        ("e\u0301" * 50, "e\u0301" * 39 + "…"),
        ("x" * 38 + "👩‍💻" * 2, "x" * 38 + "…"),
    ],
)
def test_what_cannot_be_drawn_becomes(name, drawn):
    assert figures.label(name) == drawn


def test_a_label_that_begins_with_an_underscore_is_in_the_legend(axes):
    axes.plot([0, 1], label=figures.label("_lofi"))
    (entry,) = axes.legend().get_texts()
    assert entry.get_text().strip() == "_lofi"


def test_a_font_of_this_machine_is_not_taken():
    """It may hold another version, and the same study would have other pictures."""
    folders = {Path(str(resources.files(package))) for package in PACKAGES}
    folders.add(Path(get_data_path()) / "fonts" / "ttf")
    paths = [Path(font_manager.findfont(family)) for family in font_families()]
    assert [path for path in paths if path.parent not in folders] == []


@pytest.mark.real
@pytest.mark.parametrize("corpus", ["archive", "tidytuesday"])
@pytest.mark.usefixtures("real_data")
def test_every_sign_of_real_names_is_drawn(corpus, character_map):
    read = load(DataConfig(corpus=corpus))
    names = {*read.songs["track"], *read.songs["artist"], *read.playlists["title"]}
    labels = set(map(figures.label, names))
    assert {sign for text in labels for sign in text if ord(sign) not in character_map} == set()
    assert sum("□" in text for text in labels) <= 1  # U+27C1, a triangle in a triangle
