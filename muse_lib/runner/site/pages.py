"""Make the pages of one corpus and the index of all corpora, and publish them when complete."""

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup
from pygments.formatters import HtmlFormatter

from muse_lib.data.corpora import CORPORA
from muse_lib.errors import InputError
from muse_lib.evaluation.neighbourhoods import purest
from muse_lib.models.muse.switches import VARIANTS
from muse_lib.names import SEARCHABLE_JS, searchable
from muse_lib.poster.replication import SYNTHETIC
from muse_lib.report.findings import findings
from muse_lib.report.glossary import GLOSSARY, anchor, linked
from muse_lib.report.overview import READING, overview
from muse_lib.runner.locks import in_turn
from muse_lib.runner.parameters import SET_BY_RUNNER, declared, read_notebook
from muse_lib.runner.places import OWN
from muse_lib.runner.publish import publish, signals_blocked
from muse_lib.runner.run_record import RUN
from muse_lib.runner.site.cells import Reader, Shown
from muse_lib.runner.site.library import share_library
from muse_lib.runner.site.prose import Links, coded, computed
from muse_lib.storage.files import replacing

TEMPLATES = Path(__file__).parent / "templates"
PICTURES = ("map", "tsne_genre", "tsne_artist")
"""Figures that can represent a corpus, best first."""

WORDS = "words.js"
"""The text of a corpus's pages, searched by its own index and the index of all corpora."""

STYLE = "style.css"
"""The style of a corpus's pages."""

PLAY = "maps/play.html"

DIGEST_SHOWN = 12


@dataclass(frozen=True)
class Page:
    """A notebook's page.

    Attributes
    ----------
    name : str
        The notebook's name; with ``.html``, the page's file name.
    title : str
        Its first heading, which names the variant if there are several.
    shown : Shown
        Its content.
    facts : list of tuple
        Names and values for its footer: how it was made.
    """

    name: str
    title: str
    shown: Shown
    facts: list[tuple[str, str]]


def make_pages(results: Path) -> None:
    """Regenerate ``pages/`` from a corpus's executed notebooks, and what all corpora share.

    That is their index and the script that draws their maps. The same notebooks and ``run.json``
    give the same bytes.

    Parameters
    ----------
    results : Path
        The corpus's folder of results; it contains the pages, and its parent what is shared.

    Raises
    ------
    InputError
        If an executed notebook or ``run.json`` is damaged.
    """
    draft = results.parent / ".draft" / results.name / "pages"
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "pages").mkdir(parents=True)
    try:
        for name, text in _corpus(results):
            (draft / "pages" / name).write_text(text, "utf-8")
        with signals_blocked():
            old = {f"pages/{path.name}" for path in (results / "pages").glob("*.*")}
            publish(draft, results, stale=old)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    with in_turn(results.parent):
        share_library(results.parent)
        with replacing(results.parent / "index.html") as index:
            index.write_text(_index(results.parent), "utf-8")


def _corpus(results: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and text of every page of a corpus."""
    run = _run(results)
    paths = sorted((results / "notebooks").glob("*.ipynb"), key=lambda path: path.stem)
    outputs = [name for name in _outputs(results, run) if name.startswith(_KINDS)]
    links = _links([path.stem for path in paths]) | {name: f"../{name}" for name in outputs}
    pages = [_page(path, results, run, links) for path in paths]
    common = {**_about(results, run), "pages": pages}
    for k, page in enumerate(pages):
        before, after = pages[k - 1] if k else None, pages[k + 1] if k + 1 < len(pages) else None
        yield (
            f"{page.name}.html",
            _render("page", page=page, before=before, after=after, facts=page.facts, **common),
        )
    yield STYLE, _style()
    yield WORDS, _words(str(common["corpus"]), pages)
    lists = {kind: [name for name in outputs if name.startswith(kind)] for kind in _KINDS}
    picture = _picture(results)
    shown = "".join(part for page in pages for part in page.shown.parts)
    common |= {"picture": picture, "alt": _alt(shown, picture)}
    yield "index.html", _render("contents", lists=lists, facts=_facts(run), **common)


_KINDS = ("tables/", "figures/", "maps/")


def _page(path: Path, results: Path, run: dict[str, Any], links: Links) -> Page:
    notebook = read_notebook(path)
    stage = run.get("stages", {}).get(path.stem, {})
    outputs = [name for name in stage.get("outputs", {}) if (results / name).is_file()]
    if variant := _parts(path.stem)[1]:  # all variants have the same heading
        first = notebook.cells[0]
        first.source = re.sub("^# .*", rf"\g<0>: `{variant}`", first.source, count=1)
    shown = Reader(results, outputs, links).read(notebook)
    changed = _changed(notebook, path, stage.get("parameters", {}))
    facts = [*_facts(run), ("parameters changed", changed)]
    return Page(path.stem, shown.title or path.stem, shown, facts)


def _words(corpus: str, pages: list[Page]) -> str:
    """Return a script that adds the sections of all pages to the search index.

    A search looks for single words, so each word of a section stands there once.
    """
    sections = [
        {
            "page": page.name,
            "title": page.title,
            "anchor": section.anchor,
            "heading": section.heading,
            "words": " ".join(dict.fromkeys(searchable(section.text).split())),
        }
        for page in pages
        for section in page.shown.sections
    ]
    added = json.dumps({"corpus": corpus, "sections": sections}, ensure_ascii=False)
    base = "base: document.currentScript.dataset.base"
    return f"(globalThis.museWords ??= []).push({{{base}, ...{added}}});\n"


def _picture(results: Path) -> str:
    """Return the figure that represents a corpus, or an empty string."""
    pictures = (f"figures/{name}.png" for name in PICTURES)
    return next((name for name in pictures if (results / name).is_file()), "")


def _interactive_pages(results: Path) -> dict[str, str]:
    """Return links to what is interactive: a map, and the play page.

    The map is that of the variant on the picture if it is known, else that of the last variant.
    """
    report = results / "tables" / "neighbourhoods.csv"
    best = [purest(pd.read_csv(report))] if report.is_file() else []
    maps = [f"maps/{variant}.html" for variant in (*VARIANTS, *best)]
    there = [name for name in maps if (results / name).is_file()]
    pages = {"Explore the map": there[-1]} if there else {}
    return pages | ({"Continue a playlist": PLAY} if (results / PLAY).is_file() else {})


def _changed(notebook: Any, path: Path, parameters: dict[str, Any]) -> str:
    """Return which parameters of a run differ from the notebook's own values."""
    try:
        defaults = declared(notebook, path)
    except InputError:  # a notebook without parameters
        return "none"
    changed = [
        f"{name} = {value!r}"
        for name, value in parameters.items()
        if name not in SET_BY_RUNNER and name in defaults and value != defaults[name]
    ]
    return ", ".join(changed) or "none"


API = "api/muse_lib.html"


def _index(root: Path) -> str:
    """Return the index of all results in a folder; those of generated playlists come last."""
    folders = [path.parent.parent for path in root.glob("*/pages/index.html")]
    folders.sort(key=lambda folder: (folder.name == SYNTHETIC, folder.name))
    corpora = [_summary(folder) for folder in folders]
    whole = [
        folder
        for folder, entry in zip(folders, corpora, strict=True)
        if entry["scale"] == "full" and not entry["own"]
    ]
    terms = {anchor(term): (coded(term), computed(said, {})) for term, said in GLOSSARY.items()}
    said = linked("\n\n".join([*overview(whole), READING]), "").split("\n\n")
    *found, reading = [computed(sentence, {}, anchors=terms) for sentence in said]
    hero = next((entry for entry in corpora if entry["picture"]), {"picture": "", "doors": {}})
    api = API if (root / API).is_file() else ""
    lead = {"overview": found, "reading": reading, "hero": hero}
    return _render("index", facts=[], corpora=corpora, api=api, terms=terms, **lead)


def _summary(results: Path) -> dict[str, Any]:
    run = _run(results)
    names = sorted(path.stem for path in (results / "pages").glob("*.html"))
    pages = {name: _heading(results, name) for name in names if name != "index"}
    picture = _picture(results)
    words = (results / "pages" / WORDS).is_file()
    alt = _alt((results / "pages" / "index.html").read_text("utf-8"), picture)
    own = {"pages": pages, "picture": picture, "alt": alt, "words": words, "name": results.name}
    return {**_about(results, run), **own}


def _alt(html: str, picture: str) -> str:
    """Return the alternative text of a picture in some pages."""
    found = re.search(f'<img src="../{re.escape(picture)}" alt="(.*?)"', html)
    return Markup(found[1]).unescape() if found else "A map of popular songs."  # noqa: S704


def _heading(results: Path, name: str) -> str:
    """Return the title of a page."""
    text = (results / "pages" / f"{name}.html").read_text("utf-8")
    found = re.search(r"<title>(.*) · MuSE", text)
    return Markup(found[1] if found else name).unescape()  # noqa: S704


def _about(results: Path, run: dict[str, Any]) -> dict[str, Any]:
    corpus = str(run.get("corpus", results.name))
    about = CORPORA[corpus].about if corpus in CORPORA else ""
    found = [computed(sentence, {}) for sentence in findings(results, corpus)]
    is_own = results.parent.name == OWN
    return {
        "corpus": results.name if is_own else corpus,
        "about": about,
        "findings": found,
        "doors": _interactive_pages(results),
        "scale": run.get("scale", "full"),
        "own": corpus if is_own else "",
    }


def _run(results: Path) -> dict[str, Any]:
    """Return ``run.json``; empty if a run has not got that far."""
    try:
        run = json.loads((results / RUN).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise InputError(
            f"{results.name}/{RUN} is damaged ({error}): run the study again with --force."
        ) from None
    return run if isinstance(run, dict) else {}


def _facts(run: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the facts in ``run.json`` about the run as a whole, with shortened digests."""
    facts = []
    for name, value in run.items():
        if isinstance(value, dict) and name != "stages":
            value = ", ".join(f"{key} {one}" for key, one in value.items() if one is not None)
        if isinstance(value, str) and re.fullmatch("[0-9a-f]{40,}.*", value):
            value = re.sub("[0-9a-f]{40,}", lambda digest: digest[0][:DIGEST_SHOWN], value)
        if isinstance(value, bool | int | float | str) and value != "":
            facts.append((name.replace("_", " "), str(value)))
    return facts


def _outputs(results: Path, run: dict[str, Any]) -> list[str]:
    """Return all files published by the stages of a run that still exist."""
    names = {name for stage in run.get("stages", {}).values() for name in stage.get("outputs", {})}
    return sorted(name for name in names if (results / name).is_file())


def _parts(name: str) -> tuple[str, str]:
    """Split an executed notebook's name into notebook and variant."""
    notebook, _, variant = name.rpartition("_")
    return (notebook, variant) if variant in VARIANTS else (name, "")


def _links(names: list[str]) -> dict[str, str]:
    """Return the page of every notebook; one with variants links to its first variant."""
    first = {_parts(name)[0]: f"{name}.html" for name in reversed(names)}
    return first | {name: f"{name}.html" for name in names}


def _render(template: str, **values: Any) -> str:
    """Render a template; values that are not markup are escaped."""
    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}
    style = Markup(_style())  # noqa: S704
    code = SEARCHABLE_JS + (TEMPLATES / "search.js").read_text("utf-8")
    script = Markup(code)  # noqa: S704
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = environment.get_template(f"{template}.html.j2")
    return page.render(style=style, script=script, script_digest=digest, **values)


def _style() -> str:
    """Return the CSS of all pages, with that of code in light and dark mode."""
    light, dark = (
        HtmlFormatter(style=style).get_style_defs(".code pre")
        for style in ("default", "github-dark")
    )
    style = (TEMPLATES / STYLE).read_text("utf-8")
    return f"{style}{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"
