"""Convert Markdown to HTML: equations become drawings, and computed text never becomes markup."""

import re
from collections.abc import Collection, Iterable, Mapping
from html import unescape
from xml.etree.ElementTree import Element, tostring

import mistune
from markupsafe import Markup, escape
from ziafont.config import config
from ziamath.zmath import Latex

from muse_lib.errors import InputError

config.svg2 = False  # self-contained drawings: shared symbols need ids, which collide

SIZE = 200.0
"""Font size at which equations are drawn, large enough for whole numbers; on the page they scale
with the surrounding text."""

STEP = re.compile("([A-Z])([^A-Z]*)")
"""A command in the path of a drawing, and its points."""

Links = Mapping[str, str]
"""Names of notebooks, each with its page."""

DISPLAYED = r"^ {0,3}\$\$(?P<displayed_tex>[^$]+)\$\$[ \t]*(?:\n|$)"
"""A displayed equation, over any number of lines."""


def authored(text: str, links: Links, anchors: set[str]) -> Markup:
    """Convert the author's Markdown, with ``$...$`` and ``$$...$$``, to HTML.

    Parameters
    ----------
    text : str
        Markdown; raw HTML in it stays text.
    links : mapping
        Names that become links where they appear as ``code``.
    anchors : set of str
        Ids of the page's headings so far; those of this text are added.
    """
    return _html(_Authored(links, anchors), text)


def computed(
    text: str,
    links: Links,
    written: Iterable[str] = (),
    files: Collection[str] = (),
    anchors: Collection[str] = (),
) -> Markup:
    """Convert a sentence computed by a notebook, which may quote arbitrary titles, to HTML.

    Raw HTML and images stay text, and so do links to anything but ``files`` of the study and
    ``anchors`` of the page, and dollar signs unless the equation between them is ``written`` in the
    code. At worst, a title is set in italics.
    """
    addresses = {f"../{file}" for file in files} | {f"#{name}" for name in anchors}
    return _html(_Computed(links, written, addresses), text)


def coded(name: str) -> Markup:
    """Convert a name, which may be code between backticks, to HTML."""
    return Markup(re.sub("`(.*?)`", r"<code>\1</code>", str(escape(name))))  # noqa: S704


def plain(html: str) -> str:
    """Return the text of some HTML without markup, with equations as LaTeX."""
    written = re.sub(r'<svg[^>]*aria-label="([^"]*)".*?</svg>', r"\1", str(html), flags=re.DOTALL)
    return Markup(written).striptags()  # noqa: S704


def slug(text: str, taken: set[str]) -> str:
    """Return an id made of the words of ``text`` that is not in ``taken``, and add it."""
    words = "-".join(re.findall(r"[a-z0-9]+", text.casefold())) or "section"
    number, name = 1, words
    while name in taken:
        number += 1
        name = f"{words}-{number}"
    taken.add(name)
    return name


def equation(tex: str, *, inline: bool) -> Markup:
    """Draw a LaTeX equation as SVG that scales with the text and is aligned with its baseline.

    MathML would have small sums and brackets without a mathematics font, which few systems have.

    Raises
    ------
    InputError
        If the equation cannot be drawn.
    """
    tex = " ".join(tex.split())
    try:
        drawn = Latex(tex, size=SIZE, inline=inline)
        svg, depth = drawn.svgxml(), drawn.getyofst()
    except Exception as error:  # its parser has no exception class of its own
        raise InputError(f"the equation {tex!r} cannot be drawn ({error}): fix it.") from None
    for path in svg.iter("path"):
        path.set("d", _shortened(path.get("d", "")))
    return Markup(tostring(_scaled(svg, tex, depth), encoding="unicode"))  # noqa: S704


def _shortened(path: str) -> str:
    """Return a path of an SVG in whole numbers relative to the last point: a third as long."""
    text, here, start = "", [0, 0], [0, 0]
    for command, numbers in STEP.findall(path):
        points = [round(float(number)) for number in numbers.split()]
        moved = [number - here[k % 2] for k, number in enumerate(points)]
        text += command.lower() + " ".join(map(str, moved)).replace(" -", "-")
        here = points[-2:] or start  # closing a contour returns to its start
        start = here if command == "M" else start
    return text


def _scaled(svg: Element, tex: str, depth: float) -> Element:
    for side in ("width", "height"):
        svg.set(side, f"{float(svg.get(side, 0)) / SIZE:.3f}em")
    svg.set("style", f"vertical-align: {depth / SIZE:.3f}em")
    svg.set("role", "img")
    svg.set("aria-label", tex)
    return svg


def _html(renderer: mistune.HTMLRenderer, text: str) -> Markup:
    parts = [mistune.plugins.import_plugin(name) for name in ("math", "table")]
    return Markup(mistune.Markdown(renderer, plugins=[*parts, _displayed])(text))  # noqa: S704


def _displayed(md: mistune.Markdown) -> None:
    """Add multi-line displayed equations to a Markdown parser."""

    def parse(_: object, found: re.Match[str], state: mistune.BlockState) -> int:
        state.append_token({"type": "block_math", "raw": found["displayed_tex"]})
        return found.end()

    md.block.register("displayed_math", DISPLAYED, parse, before="list")


class _Computed(mistune.HTMLRenderer):
    """Escape raw HTML, and treat links, images and dollar signs as text."""

    def __init__(self, links: Links, written: Iterable[str], addresses: set[str]) -> None:
        super().__init__(escape=True)
        self._addresses = addresses
        self._links = links
        self._written = "\n".join(written)

    def codespan(self, text: str) -> str:
        code, page = f"<code>{escape(text)}</code>", self._links.get(text)
        return f'<a href="{escape(page)}">{code}</a>' if page else code

    def link(self, text: str, url: str, title: str | None = None) -> str:
        if url in self._addresses:
            return super().link(text, url, title)
        return text if unescape(text) == url else f"[{text}]({escape(url)})"

    def image(self, text: str, url: str, title: str | None = None) -> str:  # noqa: ARG002
        return f"![{text}]({escape(url)})"

    def table(self, text: str) -> str:
        return f'<div class="scroll" tabindex="0"><table>{text}</table></div>'

    def inline_math(self, text: str) -> str:
        dollars = f"${text}$"
        return equation(text, inline=True) if dollars in self._written else escape(dollars)

    def block_math(self, text: str) -> str:
        return escape(f"$${text}$$")


class _Authored(_Computed):
    """Draw equations, give headings ids and keep links."""

    def __init__(self, links: Links, anchors: set[str]) -> None:
        super().__init__(links, written=(), addresses=set())
        self._anchors = anchors

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return mistune.HTMLRenderer.link(self, text, url, title)

    def heading(self, text: str, level: int, **attrs: object) -> str:  # noqa: ARG002
        name = slug(plain(text), self._anchors)
        return f'<h{level} id="{name}"><a href="#{name}">{text}</a></h{level}>\n'

    def inline_math(self, text: str) -> str:
        return equation(text, inline=True)

    def block_math(self, text: str) -> str:
        return f'<div class="scroll equation" tabindex="0">{equation(text, inline=False)}</div>\n'
