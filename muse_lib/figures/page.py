"""A Bokeh plot as one HTML file that needs no network and lets no name become markup."""

import base64
import hashlib
import html
import json
import re
from itertools import count
from string import Template
from typing import Any

from bokeh.embed import json_item
from bokeh.model import Model
from bokeh.resources import Component, Resources

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
body { font-family: sans-serif; margin: 1em; }
h1 { font-size: 1.2em; margin: 0 0 .3em; }
p { margin: 0 0 .6em; max-width: 60em; }
</style>
</head>
<body>
<h1>$title</h1>
<p>$about</p>
<div id="plot"></div>
<script type="application/json" id="content">$content</script>
<script>$library</script>
<script>$start</script>
</body>
</html>
"""
)
START = 'Bokeh.embed.embed_item(JSON.parse(document.getElementById("content").textContent), "plot")'


def page(root: Model, title: str, about: str, *, webgl: bool) -> str:
    """Return the page that shows ``root``; the same plot gives the same bytes.

    Parameters
    ----------
    root : Model
        What Bokeh shows.
    title, about : str
        Plain text: the heading, and what stands below it.
    webgl : bool
        Whether the page carries what the graphics card needs, 0.2 MB.
    """
    components: list[Component] = ["bokeh", "bokeh-widgets"]
    components += ["bokeh-gl"] if webgl else []
    library = "\n".join(Resources("inline", components=components, log_level="error").js_raw)
    content = json.dumps(
        _numbered(dict(json_item(root))), ensure_ascii=False, separators=(",", ":")
    )
    return PAGE.substitute(
        title=html.escape(title),
        about=html.escape(about),
        policy=_policy(library, START),
        content=content.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026"),
        library=library,
        start=START,
    )


def _policy(*scripts: str) -> str:
    """Return a policy that loads nothing from anywhere and runs these scripts alone.

    Bokeh makes functions of its callbacks' text, hence ``unsafe-eval``.
    """
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed} 'unsafe-eval'; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _numbered(item: dict[str, Any]) -> Any:
    """Return Bokeh's description of a plot with its models counted from 1.

    Bokeh counts all models that a process has made, so a page would depend on those before it.
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
