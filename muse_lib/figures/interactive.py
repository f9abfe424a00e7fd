"""An interactive map of songs, drawn by Bokeh: search, colours and nearest songs."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from bokeh.core.property.vectorization import Field
from bokeh.layouts import column, row
from bokeh.models.annotations import ColorBar
from bokeh.models.callbacks import CustomJS
from bokeh.models.css import InlineStyleSheet
from bokeh.models.layouts import Column
from bokeh.models.renderers import DataRenderer, GlyphRenderer
from bokeh.models.sources import ColumnDataSource
from bokeh.models.tools import HoverTool, TapTool
from bokeh.models.ui.ui_element import UIElement
from bokeh.models.widgets import Div, MultiSelect, Select, TextInput
from bokeh.palettes import Cividis256
from bokeh.plotting import figure
from bokeh.transform import factor_cmap, factor_mark, log_cmap

from muse_lib.figures.maps import most_frequent
from muse_lib.figures.page import LIBRARY, page
from muse_lib.figures.style import ON_MAPS, cut
from muse_lib.names import SEARCHABLE_JS

MARKERS = {
    "circle": '<circle cx="6" cy="6" r="4.5"/>',
    "square": '<path d="M2 2h8v8H2z"/>',
    "triangle": '<path d="M6 1l5 9H1z"/>',
    "diamond": '<path d="M6 0l4 6-4 6-4-6z"/>',
    "inverted_triangle": '<path d="M6 11L1 2h10z"/>',
    "plus": '<path d="M4.5 1h3v3.5H11v3H7.5V11h-3V7.5H1v-3h3.5z"/>',
    "star": '<path d="M6 0l1.5 4.2H12L8.4 7l1.3 4.5L6 8.8 2.3 11.5 3.6 7 0 4.2h4.5z"/>',
    "hex": '<path d="M3.3 1h5.4L11.5 6 8.7 11H3.3L.5 6z"/>',
    "square_pin": '<path d="M1 1q5 2.5 10 0-2.5 5 0 10-5-2.5-10 0 2.5-5 0-10z"/>',
    "triangle_pin": '<path d="M6 0q1 6 6 10-6-2-12 0 5-4 6-10z"/>',
}
"""Bokeh's markers as SVG for the colour key, each in a 12 x 12 square."""

PALETTE = list(ON_MAPS)
OTHERS, CHOSEN, LABELS = "#a3a3a3", "#d62728", "#808890"
"""Songs without a frequent label, the selection, and text: each visible on white and black."""

DARK = """@media (prefers-color-scheme: dark) { :host {
  --color: #e4e7eb; --background-color: #1f262d; --surface-background-color: #2b333b;
  --border-color: #4a545e; --divider-color: #39424c; --hover-color: #2b333b; --icon-color: #9da7b1;
  --placeholder-color: #9da7b1; --active-bg: #2d4a66; --active-fg: #7db8fb;
} }"""
"""Bokeh's own colours for a reader who prefers dark pages."""

JOINERS = "\u200c\u200d"
MOST_FOUND = 50
"""Maximum songs in the list of search results."""

WEBGL_FROM = 5_000
"""Number of songs from which the map is drawn with WebGL."""

SHOW = """
const song = source.selected.indices[0];
const {x, y, track, artist} = source.data;
const places = song === undefined ? [] : [...Array(k).keys()].map((rank) => song * k + rank);
const near = places.map((place) => nearest[place]);
const name = (i) => track[i] + " - " + artist[i];
rings.data = {x: near.map((i) => x[i]), y: near.map((i) => y[i])};
chosen.text = song === undefined ? "Click on a song." : name(song);
list.value = [];
list.options = near.map((i, rank) => [
    String(i), (percent[places[rank]] / 100).toFixed(2) + "  " + name(i)
]);
"""

SEARCH = f"""{SEARCHABLE_JS}
const words = searchable(cb_obj.value_input).split(/\\s+/).filter(Boolean);
const {{track, artist, popularity}} = source.data;
const matches = [];
for (let i = 0; words.length && i < track.length; i++) {{
    const name = searchable(track[i] + " - " + artist[i]);
    if (words.every((word) => name.includes(word))) matches.push(i);
}}
matches.sort((one, other) => popularity[other] - popularity[one]);
const shown = Math.min(most, matches.length);
found.value = [];
found.title = !words.length ? "Found"
    : !matches.length ? "Found: no song matches"
    : `Found: ${{shown}} of ${{matches.length}}, most popular first`;
found.options = matches.slice(0, most).map((i) => [String(i), track[i] + " - " + artist[i]]);
source.selected.indices = matches;
"""

NEW = f"""{SEARCHABLE_JS}
const wanted = searchable(cb_obj.value_input).trim().replace(/\\s+/g, " ");
const artist = wanted ? names.findIndex((one) => searchable(one) === wanted) : -1;
source.selected.indices = [];
const places = artist < 0 ? [] : [...Array(k).keys()].map((rank) => artist * k + rank);
const near = places.map((place) => nearest[place]);
const {{x, y, track, artist: by}} = source.data;
rings.data = {{x: near.map((i) => x[i]), y: near.map((i) => y[i])}};
chosen.text = !wanted ? "Click on a song."
    : artist < 0 ? "No song on this map is by that artist."
    : "A new song by " + names[artist] + ", at the mean of the artist's songs on this map.";
list.value = [];
list.options = near.map((i, rank) => [
    String(i), (percent[places[rank]] / 100).toFixed(2) + "  " + track[i] + " - " + by[i]
]);
"""

PICK = "if (cb_obj.value.length) source.selected.indices = [Number(cb_obj.value[0])]"

COLOUR = """
for (const [dots, key] of parts) dots.visible = key.visible = dots.name === cb_obj.value;
"""

OfArtists = tuple[Sequence[str], np.ndarray, np.ndarray]
"""Names of artists, and for each the rows and the cosines of the songs nearest to their mean."""

Part = tuple[GlyphRenderer, Div | ColorBar]
"""The songs in one colouring, and the key to its colours."""


def map_page(
    songs: pd.DataFrame,
    nearest: np.ndarray,
    cosine: np.ndarray,
    title: str,
    *,
    n_coloured: int = 10,
    of_artists: OfArtists | None = None,
    links: Mapping[str, str] | None = None,
    library: str = LIBRARY,
) -> str:
    """Return a page with a map to pan, zoom, hover over, search, colour, and find nearest songs.

    Parameters
    ----------
    songs : DataFrame
        One row per song: ``x``, ``y``, ``track``, ``artist``, ``popularity`` (its number of
        playlists) and, if the corpus has it, ``genre``, empty if unknown.
    nearest : ndarray
        (n_songs, k) int: rows of the nearest songs in the space of the vectors, nearest first.
    cosine : ndarray
        (n_songs, k) float: their cosines, in [-1, 1].
    title : str
        The title of the page.
    n_coloured : int
        Number of the most frequent genres and artists with a colour and a marker, at most ten.
    of_artists : tuple, optional
        See `OfArtists`. With it, the page also places a new song that is in no playlist: the user
        types its artist, and the page, which cannot encode names, uses the artist's mean.
    links : mapping, optional
        Navigation links: names with addresses.
    library : str
        The address of the file with `muse_lib.figures.page.library`, by default next to the page.

    Returns
    -------
    str
        HTML that needs only that file; the same songs give the same bytes.
    """
    kinds = [kind for kind in ("genre", "artist") if kind in songs]
    names = songs[["track", *kinds]].map(_one_line)
    numbers = songs[["x", "y"]].astype(np.float32), songs["popularity"].astype(np.int32)
    cleaned = pd.concat([*numbers, names], axis=1)
    source = ColumnDataSource({str(name): cleaned[name].to_numpy() for name in cleaned})
    webgl = len(songs) >= WEBGL_FROM
    plot = _empty_plot(webgl=webgl)
    parts = [_by_label(plot, source, names[kind], n_coloured) for kind in kinds]
    parts.append(_by_popularity(plot, source, songs["popularity"].max()))
    dots: list[DataRenderer] = [renderer for renderer, _ in parts]
    plot.add_tools(
        HoverTool(renderers=dots, tooltips="<b>@track</b> - @artist", point_policy="snap_to_data"),
        TapTool(renderers=dots),
    )
    side = _side(plot, source, parts, nearest, cosine, of_artists)
    keys = [key for _, key in parts if isinstance(key, Div)]
    left = column(plot, *keys, sizing_mode="stretch_width", styles={"flex": "1 1 300px"})
    root = row(left, side, sizing_mode="stretch_width", styles={"flex-wrap": "wrap"})
    style = InlineStyleSheet(css=DARK)
    for widget in root.references():
        if isinstance(widget, UIElement):
            widget.stylesheets = [*widget.stylesheets, style]
    about = (
        f"{len(songs):,} songs on a t-SNE map. Drag to move, scroll or pinch to zoom, click on a "
        "song to see which of these songs are nearest to it in the full vector space."
    )
    return page(root, _one_line(title), about, links or {}, library)


def _one_line(text: str) -> str:
    """Return a name without control characters, except the joiners of emoji and Persian."""
    return " ".join("".join(c if c.isprintable() or c in JOINERS else " " for c in text).split())


def _empty_plot(*, webgl: bool) -> figure:
    plot = figure(
        name="map",
        tools="pan,wheel_zoom,box_zoom,reset,save",
        active_scroll="wheel_zoom",
        match_aspect=True,
        height=640,
        min_width=300,
        sizing_mode="stretch_width",
        output_backend="webgl" if webgl else "canvas",
        outline_line_color=None,
        background_fill_color=None,  # the page's background, light or dark
        border_fill_color=None,
    )
    plot.axis.visible = False
    plot.grid.visible = False
    plot.toolbar.logo = None
    return plot


def _by_label(plot: figure, source: ColumnDataSource, values: pd.Series, n_coloured: int) -> Part:
    """Draw the songs coloured by genre or artist; each frequent label has a marker."""
    kind, frequent = str(values.name), most_frequent(values, n_coloured)
    colours = factor_cmap(kind, PALETTE, frequent, nan_color=OTHERS)
    dots = _dots(plot, source, kind, colours, factor_mark(kind, [*MARKERS], frequent))
    keys = [
        f'<span style="white-space: nowrap"><svg width="12" height="12" fill="{colour}">{shape}'
        f"</svg> {html.escape(cut(name))}</span>"
        for name, colour, shape in [
            *zip(frequent, PALETTE, MARKERS.values(), strict=False),
            ("other or unknown", OTHERS, MARKERS["circle"]),
        ]
    ]
    # HTML text, since a narrow window would cut off Bokeh's own legend
    key = Div(text=" ".join(keys), disable_math=True, sizing_mode="stretch_width")
    key.styles = {"line-height": "1.7", "overflow-wrap": "anywhere", "word-spacing": ".1em"}
    return dots, key


def _by_popularity(plot: figure, source: ColumnDataSource, most: int) -> Part:
    """Draw the songs coloured by their number of playlists."""
    colours = log_cmap("popularity", Cividis256, 1, max(2, int(most)))
    dots = _dots(plot, source, "popularity", colours)
    bar = ColorBar(
        color_mapper=colours["transform"],
        title="number of playlists",
        height=12,
        background_fill_color=None,
        title_text_color=LABELS,
        major_label_text_color=LABELS,
    )
    plot.add_layout(bar, "below")
    return dots, bar


def _dots(
    plot: figure,
    source: ColumnDataSource,
    kind: str,
    colours: Field,
    markers: Field | str = "circle",
) -> GlyphRenderer:
    return plot.scatter(
        "x",
        "y",
        source=source,
        size=6,
        marker=markers,
        fill_color=colours,
        line_color=None,
        selection_line_color=CHOSEN,
        nonselection_fill_alpha=0.25,
        name=kind,
    )


def _side(
    plot: figure,
    source: ColumnDataSource,
    parts: list[Part],
    nearest: np.ndarray,
    cosine: np.ndarray,
    of_artists: OfArtists | None,
) -> Column:
    """Return the side panel with its callbacks: colours, search, nearest songs."""
    kinds = [dots.name for dots, _ in parts]
    for dots, key in parts:
        dots.visible = key.visible = dots.name == kinds[0]
    colour = Select(title="Colour by", value=kinds[0], options=kinds)
    colour.js_on_change("value", CustomJS(args={"parts": parts}, code=COLOUR))

    found = MultiSelect(title="Found", size=8)
    search = TextInput(title="Search for songs or artists", placeholder="words in any order")
    args = {"source": source, "found": found, "most": MOST_FOUND}
    search.js_on_change("value_input", CustomJS(args=args, code=SEARCH))

    rings = ColumnDataSource({"x": [], "y": []})
    plot.scatter(
        "x", "y", source=rings, size=12, fill_color=None, line_color=CHOSEN, line_width=1.5
    )
    chosen = Div(text="Click on a song.", render_as_text=True, disable_math=True)
    chosen.styles = {"overflow-wrap": "anywhere"}
    near = MultiSelect(title="Nearest to it, with cosines", size=nearest.shape[1])
    args = {"source": source, "rings": rings, "chosen": chosen, "list": near}
    n_songs, shown = len(nearest), args
    args = shown | _near(nearest, cosine, n_songs)
    source.selected.js_on_change("indices", CustomJS(args=args, code=SHOW))
    new = TextInput(title="New song by artist", placeholder="an artist on this map")
    if of_artists is not None:
        names, near_artists, near_cosine = of_artists
        carried = {"names": [_one_line(name) for name in names]}
        args = shown | carried | _near(near_artists, near_cosine, n_songs)
        new.js_on_change("value_input", CustomJS(args=args, code=NEW))

    pick = CustomJS(args={"source": source}, code=PICK)
    for choice in (found, near):
        choice.js_on_change("value", pick)
    shown_widgets = [colour, search, found, *([new] if of_artists else []), chosen, near]
    for widget in shown_widgets:
        widget.sizing_mode = "stretch_width"
    return column(*shown_widgets, width=330)


def _near(nearest: np.ndarray, cosine: np.ndarray, n_songs: int) -> dict[str, Any]:
    """Return the nearest songs in compact form for the page: small integers, row by row."""
    return {
        "k": nearest.shape[1],
        "nearest": nearest.astype(np.min_scalar_type(n_songs)).ravel(),
        "percent": np.rint(100 * cosine).astype(np.int8).ravel(),
    }
