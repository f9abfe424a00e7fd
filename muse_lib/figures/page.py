"""A Bokeh plot as an HTML file that needs no network and escapes all names.

Pages share one copy of Bokeh, a separate file: it is ten times as large as their content.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from itertools import count
from string import Template
from typing import Any

from bokeh import __version__
from bokeh.embed import json_item
from bokeh.model import Model
from bokeh.resources import Component, Resources

from muse_lib.figures.packed import UNPACKED_JS, packed

PAGE = Template(
    """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="$policy">
<link rel="icon" href="data:,">
<title>$title</title>
<style>
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --link: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e7eb; --paper: #14181d; --link: #7db8fb; }
}
body { font-family: system-ui, sans-serif; margin: 1em; }
body { color: var(--ink); background: var(--paper); }
nav { display: flex; flex-wrap: wrap; gap: .3em 1em; margin-bottom: .8em; font-size: .9em; }
a { color: var(--link); }
h1 { font-size: 1.2em; margin: 0 0 .3em; }
p { margin: 0 0 .6em; max-width: 60em; }
</style>
</head>
<body>
<nav>$links</nav>
<h1>$title</h1>
<p>$about</p>
<div id="plot"></div>
<script type="text/plain" id="content">$content</script>
<script src="$library" id="library"></script>
<script>$start</script>
</body>
</html>
"""
)
LIBRARY = f"bokeh-{__version__}.js"
"""The script that draws the pages; those made with another version keep theirs."""

START = f"""{UNPACKED_JS}
const plot = document.getElementById("plot");
if (globalThis.Bokeh) {{
  unpacked(document.getElementById("content").textContent).json()
    .then((item) => Bokeh.embed.embed_item(item, plot.id));
}} else {{
  const missing = document.getElementById("library").getAttribute("src");
  plot.textContent = `This page is drawn by ${{missing}}, which is missing: copy it as well.`;
}}
"""


def library(*, webgl: bool = False) -> str:
    """Return the script that plot pages share, `LIBRARY`.

    Parameters
    ----------
    webgl : bool
        Whether to include WebGL support, 0.2 MB, for very many points.
    """
    components: list[Component] = ["bokeh", "bokeh-widgets"]
    components += ["bokeh-gl"] if webgl else []
    return "\n".join(Resources("inline", components=components, log_level="error").js_raw)


def page(root: Model, title: str, about: str, links: Mapping[str, str], library: str) -> str:
    """Return the page that shows ``root``; the same plot gives the same bytes.

    Parameters
    ----------
    root : Model
        The Bokeh model to show.
    title, about : str
        Plain text: the heading, and the paragraph below it.
    links : mapping
        Navigation links: names with addresses.
    library : str
        The address of `LIBRARY`, relative to the page.
    """
    content = json.dumps(
        _numbered(dict(json_item(root))), ensure_ascii=False, separators=(",", ":")
    )
    digest = base64.b64encode(hashlib.sha256(START.encode()).digest()).decode()
    return PAGE.substitute(
        title=html.escape(title),
        about=html.escape(about),
        links=" ".join(
            f'<a href="{html.escape(to)}">{html.escape(name)}</a>' for name, to in links.items()
        ),
        policy=POLICY.substitute(digest=digest),
        content=packed(content.encode()),
        library=html.escape(library),
        start=START,
    )


POLICY = Template(
    "default-src 'none'; script-src 'self' file: 'sha256-$digest' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
)
"""Allows only scripts of the same site or folder, and the page's own one.

Bokeh compiles its callbacks from text, hence ``unsafe-eval``.
"""


def _numbered(item: dict[str, Any]) -> Any:
    """Return Bokeh's description of a plot with its models numbered from 1.

    Bokeh numbers all models of a process, so a page would depend on the pages made before it.
    """
    numbers: dict[str, str] = {}
    counter = count(1)

    def visit(part: Any) -> Any:
        if isinstance(part, list | tuple):
            return [visit(each) for each in part]
        if not isinstance(part, dict):
            return part
        renamed = {}
        for key, value in part.items():
            if key in ("id", "root_id") and re.fullmatch(r"p\d+", str(value)):
                if value not in numbers:
                    numbers[value] = f"m{next(counter)}"
                renamed[key] = numbers[value]
            else:
                renamed[key] = visit(value)
        return renamed

    return visit(item)
