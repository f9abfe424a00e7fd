"""Markdown as HTML: equations become drawings, and nothing that was computed becomes markup."""

import re
from collections.abc import Collection, Iterable, Mapping
from html import unescape
from xml.etree.ElementTree import Element, tostring

import mistune
from markupsafe import Markup, escape
from ziafont.config import config
from ziamath.zmath import Latex

from muse_lib.errors import InputError

config.svg2 = False  # every drawing whole: shared symbols need ids, and ids collide

SIZE = 20.0
"""Font size at which equations are drawn; on the page they scale with the text around them."""

Links = Mapping[str, str]
"""Names of notebooks, each with the page that shows it."""

DISPLAYED = r"^ {0,3}\$\$(?P<displayed_tex>[^$]+)\$\$[ \t]*(?:\n|$)"
"""An equation of its own, over as many lines as the author likes."""


def authored(text: str, links: Links, anchors: set[str]) -> Markup:
    """Return what the author of a notebook wrote, Markdown with ``$...$`` and ``$$...$$``.

    Parameters
    ----------
    text : str
        Markdown; raw HTML in it stays text.
    links : mapping
        Names that become links where they stand as ``code``.
    anchors : set of str
        Ids of headings that the page has so far; those of this text are added.
    """
    return _html(_Authored(links, anchors), text)


def computed(
    text: str, links: Links, written: Iterable[str] = (), files: Collection[str] = ()
) -> Markup:
    """Return a sentence that a notebook computed; a title quoted in it can be anything.

    Raw HTML and pictures stay text, and so do links to anything but ``files`` of the study and
    dollars unless the equation between them is ``written`` out in the code; at worst a title is
    set in italics.
    """
    return _html(_Computed(links, written, files), text)


def plain(html: str) -> str:
    """Return the words of some HTML without markup, equations as they were written."""
    written = re.sub(r'<svg[^>]*aria-label="([^"]*)".*?</svg>', r"\1", str(html), flags=re.DOTALL)
    return Markup(written).striptags()  # noqa: S704


def slug(text: str, taken: set[str]) -> str:
    """Return an id made of the words of ``text`` that is not ``taken`` yet, and take it."""
    words = "-".join(re.findall(r"[a-z0-9]+", text.casefold())) or "section"
    number, name = 1, words
    while name in taken:
        number += 1
        name = f"{words}-{number}"
    taken.add(name)
    return name


def equation(tex: str, *, inline: bool) -> Markup:
    """Draw an equation of LaTeX as SVG that scales with the text and sits on its line.

    Drawn, because MathML without a font for mathematics has small sums and brackets, and few
    systems have such a font.

    Raises
    ------
    InputError
        If it is not LaTeX that can be drawn.
    """
    tex = " ".join(tex.split())
    try:
        drawn = Latex(tex, size=SIZE, inline=inline)
        svg, depth = drawn.svgxml(), drawn.getyofst()
    except Exception as error:  # its parser has no class of errors of its own
        raise InputError(f"the equation {tex!r} cannot be drawn ({error}): mend it.") from None
    return Markup(tostring(_scaled(svg, tex, depth), encoding="unicode"))  # noqa: S704


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
    """Teach a reader of Markdown equations of several lines."""

    def parse(_: object, found: re.Match[str], state: mistune.BlockState) -> int:
        state.append_token({"type": "block_math", "raw": found["displayed_tex"]})
        return found.end()

    md.block.register("displayed_math", DISPLAYED, parse, before="list")


class _Computed(mistune.HTMLRenderer):
    """Escapes raw HTML, and takes links, pictures and dollars for text."""

    def __init__(self, links: Links, written: Iterable[str], files: Collection[str]) -> None:
        super().__init__(escape=True)
        self._addresses = {f"../{file}" for file in files}
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
    """Draws equations, gives headings ids and keeps links."""

    def __init__(self, links: Links, anchors: set[str]) -> None:
        super().__init__(links, written=(), files=())
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
