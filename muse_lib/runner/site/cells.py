"""Convert the cells of an executed notebook to the parts of a page."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bleach
import nbformat
from bleach.css_sanitizer import CSSSanitizer
from markupsafe import Markup, escape
from PIL import Image
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from muse_lib.runner.site.prose import Links, authored, computed, plain
from muse_lib.storage.picture import MIME

TABLE = ("table", "thead", "tbody", "tr", "th", "td", "br", "small")
STYLE = {"*": ["style"]}
ALIGNED = CSSSanitizer(allowed_css_properties=["text-align"])
CODE = HtmlFormatter(nowrap=True)
UNCOLOURED = re.compile(r'<span class="[np]">(.*?)</span>')
"""Names and punctuation, half of all code, which look the same without an element of their own."""

JOINED = re.compile(r"(?<=\w)\+(?=\w)")
"""Where the name of a model such as als+artist may be broken on a narrow screen."""

PIXELS_AN_INCH = 96


@dataclass(frozen=True)
class Section:
    """A heading of a page and the text below it, for the search.

    Attributes
    ----------
    anchor, heading : str
        The heading's id and text.
    words : list of str
        The text below it.
    """

    anchor: str
    heading: str
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The heading and the text below it."""
        return " ".join([self.heading, *self.words])


@dataclass(frozen=True)
class Shown:
    """The content of a notebook's page.

    Attributes
    ----------
    title : str
        Its first heading.
    parts : list of Markup
        Prose, folded code and outputs, in order.
    sections : list of Section
        Its headings.
    """

    title: str
    parts: list[Markup]
    sections: list[Section]


@dataclass
class Reader:
    """Read one executed notebook.

    Attributes
    ----------
    results : Path
        The corpus's folder, which contains tables and figures.
    outputs : list of str
        The files that the notebook published, relative to ``results``.
    links : mapping
        Names of notebooks, each with its page.
    """

    results: Path
    outputs: list[str]
    links: Links
    _anchors: set[str] = field(default_factory=set)
    _sections: list[Section] = field(default_factory=list)
    _last_text: str = ""

    def read(self, notebook: nbformat.NotebookNode) -> Shown:
        """Return the notebook's parts; cells without output are folded together with the next."""
        parts: list[Markup] = []
        folded: list[nbformat.NotebookNode] = []
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                parts += [*_code(folded), self._prose(cell.source)]
                folded = []
            elif cell.cell_type == "code" and cell.source.strip():
                if folded and _label(folded[-1]) != _label(cell):
                    parts += _code(folded)
                    folded = []
                folded.append(cell)
                shown = [self._output(output, cell.source) for output in cell.outputs]
                if any(shown):
                    parts += [*_code(folded), *shown]
                    folded = []
        parts += _code(folded)
        return Shown(self._sections[0].heading if self._sections else "", parts, self._sections)

    def _prose(self, text: str) -> Markup:
        html = authored(text, self.links, self._anchors)
        pieces = re.split(r'(<h\d id="[^"]*">.*?</h\d>)', html)
        for piece in pieces:
            heading = re.match(r'<h\d id="([^"]*)">(.*)</h\d>', piece, re.DOTALL)
            if heading:
                self._sections.append(Section(heading[1], plain(heading[2])))
                self._last_text = ""
            else:
                self._keep_text(plain(piece))
        return html

    def _keep_text(self, text: str) -> None:
        """Keep a sentence for the search, and as description of a figure that follows it."""
        self._last_text = text or self._last_text
        self._add_words(text)

    def _add_words(self, text: str) -> None:
        if self._sections and text:
            self._sections[-1].words.append(text)

    def _output(self, output: nbformat.NotebookNode, source: str) -> Markup:
        """Show the richest representation of an output that cannot run code in the browser."""
        data: Mapping[str, Any] = output.get("data", {})
        if "image/png" in data:
            return self._figure(data["image/png"], data.get(MIME, {}))
        if "text/html" in data:
            cleaned = bleach.clean(data["text/html"], TABLE, STYLE, css_sanitizer=ALIGNED)
            self._add_words(plain(cleaned.replace("</t", " </t")))
            html = Markup(JOINED.sub("+<wbr>", cleaned))  # noqa: S704
            return Markup('<div class="scroll" tabindex="0">{}</div>').format(html)
        if "text/markdown" in data:
            html = computed(data["text/markdown"], self.links, texts(source), self.outputs)
            self._keep_text(plain(html))
            return Markup('<div class="computed">{}</div>').format(html)
        text = data.get("text/plain") or output.get("text", "")
        return (
            Markup('<pre class="scroll" tabindex="0">{}</pre>').format(text) if text else Markup()
        )

    def _figure(self, embedded: str, picture: Mapping[str, Any]) -> Markup:
        """Show a figure from its published file, or else from the notebook.

        Its alternative text comes from the notebook, or else from the heading and text before it.
        """
        headings = [f"{section.heading}." for section in self._sections[-1:]]
        about = picture.get("seen") or " ".join([*headings, self._last_text]).strip() or "A figure."
        named = [*picture.get("files", []), *picture.get("tables", [])]
        published = [name for name in named if name in self.outputs]
        if not published or published[0] != named[0]:
            image = Markup('<img src="data:image/png;base64,{}" alt="{}">')
            return Markup("<figure>{}</figure>").format(image.format(embedded.strip(), about))
        file, *others = published
        with Image.open(self.results / file) as opened:
            dots = opened.info.get("dpi", (PIXELS_AN_INCH, PIXELS_AN_INCH))[0]
            width, height = (round(side * PIXELS_AN_INCH / dots) for side in opened.size)
        image = Markup('<img src="../{}" alt="{}" width="{}" height="{}" loading="lazy">')
        image = image.format(file, about, width, height)
        link = Markup('<a href="../{0}">{0}</a>')
        caption = Markup(" · ").join(link.format(name) for name in others)
        return Markup("<figure>{}<figcaption>{}</figcaption></figure>").format(image, caption)


def texts(source: str) -> list[str]:
    """Return the string literals in some code, including the constant parts of f-strings."""
    try:
        nodes = [*ast.walk(ast.parse(source))]
    except SyntaxError:  # an IPython magic
        return []
    constants = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return [value for value in constants if isinstance(value, str)]


def _label(cell: nbformat.NotebookNode) -> str:
    """Return the label of a folded cell."""
    tags = cell.metadata.get("tags", [])
    if "parameters" in tags:
        return "Parameters"
    return "Parameters of this run" if "injected-parameters" in tags else "Code"


def _code(cells: list[nbformat.NotebookNode]) -> list[Markup]:
    if not cells:
        return []
    lexer = PythonLexer()
    coloured = [UNCOLOURED.sub(r"\1", highlight(cell.source, lexer, CODE)) for cell in cells]
    sources = [Markup(code) for code in coloured]  # noqa: S704
    blocks = Markup("").join(Markup("<pre>{}</pre>").format(source) for source in sources)
    folded = Markup('<details class="code"><summary>{}</summary>{}</details>')
    return [folded.format(escape(_label(cells[0])), blocks)]
