"""Write what is computed in the documentation: README, RESULTS.md, the glossary and the badges.

``python scripts/readme_results.py`` rewrites what stands between ``<!-- generated: NAME -->`` and
``<!-- end -->`` in the README. A test compares all files with what this would write, so no number
in them is typed.
"""

import contextlib
import io
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
from results_page import markdown, page

from muse_lib.data.corpora import CORPORA
from muse_lib.evaluation.continuations import HALF
from muse_lib.evaluation.entrants import RIVAL, sees
from muse_lib.evaluation.labels import PLAYLISTS
from muse_lib.evaluation.primary import CONTRASTS
from muse_lib.paths import RESULTS, ROOT
from muse_lib.poster.replication import SYNTHETIC
from muse_lib.report.findings import published
from muse_lib.report.glossary import glossary_page, linked
from muse_lib.report.overview import READING, overview
from muse_lib.report.sentences import interval, listed

README = ROOT / "README.md"
GLOSSARY = "docs/glossary.md"
MEASURED = ROOT / "benchmarks" / "results"
MARKED = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

EXAMPLE = """\
from muse_lib import MuSE
from muse_lib.paths import SMALL_MODEL

muse = MuSE.load(SMALL_MODEL)
print(muse.similar("Blinding Lights", k=3))
print(muse.recommend(["Blinding Lights", "Save Your Tears"], k=3)[["track", "artist"]])
"""
"""The README's first lines of Python."""

SIZES = {527: "the poster's", 100_000: "", 1_000_000: ""}
"""Numbers of playlists in the README's table of speed, with what they are."""


def documents() -> dict[str, str]:
    """Return every generated file, by its path below the project's root."""
    readme = README.read_text("utf-8")
    made = {
        "README.md": filled(readme),
        "RESULTS.md": page(studies()),
        GLOSSARY: glossary_page(),
    }
    return made | {f"docs/badges/{name}.svg": badge(*words) for name, words in badges().items()}


def filled(readme: str) -> str:
    """Return the README with its computed parts made anew and its terms linked."""
    sections = {
        "badges": badge_line,
        "findings": findings_of_all,
        "example": example,
        "table": table,
        "corpora": corpora,
        "speed": speed,
    }
    text = MARKED.sub(lambda mark: f"{mark[1]}{sections[mark[2]]()}{mark[3]}", readme)
    return linked(text, GLOSSARY)


def studies() -> list[Path]:
    """Return the folders of results that have been evaluated, generated playlists last."""
    folders = [path.parents[1] for path in RESULTS.glob("*/tables/pairs.csv")]
    return sorted(folders, key=lambda folder: (folder.name == SYNTHETIC, folder.name))


def findings_of_all() -> str:
    """Return the findings as a list, and how to read them."""
    found = "".join(f"- {sentence}\n" for sentence in overview(studies()))
    return f"{found}\n{READING}\n"


def example() -> str:
    """Return the first lines of Python with what they print."""
    printed = io.StringIO()
    wide = pd.option_context("display.width", 100, "display.max_columns", 9)  # on any terminal
    with contextlib.redirect_stdout(printed), wide:
        exec(EXAMPLE, {})  # noqa: S102 - the lines above
    return f"```python\n{EXAMPLE}```\n\n```text\n{printed.getvalue()}```\n"


def table() -> str:
    """Return the models of the declared comparisons: pairs and rankings on each real corpus."""
    real = [folder for folder in studies() if folder.name != SYNTHETIC]
    models = dict.fromkeys(model for _, *both in CONTRASTS for model in both)
    heads = ["model", "sees"]
    cells: dict[str, list[str]] = {model: [f"`{model}`", sees(model)] for model in models}
    n_splits, higher = set(), []
    for folder in real:
        pairs, ranking = (published(folder, name) for name in ("pairs", "ranking"))
        heads += [f"pairs, {folder.name}", f"lists, {folder.name}"]
        headline = pairs[pairs["label_source"] == PLAYLISTS]
        half = ranking[(ranking["given"] == HALF) & (ranking["metric"] == "ndcg")]
        n_splits |= set(pairs["n_splits"])
        for outcome, measured in (("pairs", headline), ("lists", half)):
            rivals = measured[measured["group"] == RIVAL].sort_values("value", kind="stable")
            if len(rivals) and (best := rivals.iloc[-1])["model"] not in models:
                higher.append(f"`{best['model']}` {interval(best)} ({outcome}, {folder.name})")
            of = {row["model"]: interval(row) for _, row in measured.iterrows()}
            for model in models:
                cells[model].append(of.get(model, ""))
    order = sorted(models, key=lambda model: (sees(model), not model.startswith("muse")))
    aside = f" Highest rivals, not in the table: {listed(higher)}." if higher else ""
    over = f"{' or '.join(map(str, sorted(n_splits)))} folds"
    return (
        f"*Pairs*: AUC on pairs of songs that never co-occurred in training. *Lists*: NDCG of the "
        f"other half of a playlist. With 95 % intervals over {over}. All are tuned on validation "
        f"playlists; every search starts with the same number of candidates, or with all that a "
        f"smaller space holds. The kNN of playlists scores no pairs."
        f"{aside}\n\n"
        f"{markdown(heads, [cells[model] for model in order], n_texts=2)}"
    )


def corpora() -> str:
    """Return the corpora with results: what they are, their size, minutes and memory."""
    times = _measured("stages")
    rows = []
    for folder in studies():
        facts = dict(published(folder, "datasheet").to_numpy().tolist())
        run = times.get(folder.name)
        rows.append(
            (
                f"`{folder.name}`",
                CORPORA[folder.name].about.rstrip("."),
                *(f"{int(facts[name]):,}" for name in ("playlists", "songs")),
                f"{run['minutes']:.0f} min, {run['peak_mb'] / 1e3:.1f} GB" if run else "",
            )
        )
    cores = sorted({run["cores"] for run in times.values()})
    on = f" on {' or '.join(map(str, cores))} cores" if cores else ""
    head = f"whole study{on}: time and peak memory, at most"
    return markdown(["corpus", "what", "playlists", "songs", head], rows, n_texts=2)


def speed() -> str:
    """Return how far training goes, beside what else one would use on the same data."""
    growth = {row["n_playlists"]: row for row in _measured("growth")}
    epoch = {(row["dim"], row["blas"]): row for row in _measured("epoch")}
    first = next(iter(growth.values()))
    rows = [
        (
            f"{n:,}{f' ({note})' if note else ''}",
            f"{row['n_songs']:,}",
            *(_seconds(row[f"{what}_clock"]) for what in ("counting", "epoch")),
            f"{row['peak_gb']:.1f} GB",
            *(_seconds(row[f"{other}_epoch_clock"]) for other in ("gensim", "implicit")),
        )
        for n, note in SIZES.items()
        if (row := growth.get(n))
    ]
    heads = ["playlists", "songs", "MuSE: counting", "MuSE: an epoch", "peak memory"]
    heads += ["gensim skip-gram: an epoch", "implicit ALS: an iteration"]
    ratios = [row["ratio_to_products"] for (dim, _), row in epoch.items() if dim == 500]
    dense = [row["ratio_dense"] for row in epoch.values() if "ratio_dense" in row]
    world = next(iter(epoch.values()))
    return (
        f"Wall-clock time, d = {first['dim']}, {first['n_threads']} threads of an "
        f"{first['processor']}, generated playlists, all in one run "
        f"([plot](benchmarks/results/growth.png)):\n\n"
        f"{markdown(heads, rows)}\n"
        f"With {world['n_cliques']:,} playlists of {world['n_songs']:,} songs and d = 500, the "
        f"exact gradient over all pairs takes "
        f"{min(ratios):.2f} to {max(ratios):.2f} times as long as its bare matrix products, and "
        f"is {max(dense):.0f} times faster than dense NumPy.\n"
    )


def _seconds(value: float) -> str:
    """Return seconds with two digits, or whole from ten on."""
    return f"{value:.0f} s" if value >= 10 else f"{value:.2g} s"


def _measured(name: str) -> Any:
    """Return what a benchmark has measured; empty if there is no such file."""
    path = MEASURED / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def badges() -> dict[str, tuple[str, str]]:
    """Return the badges: by file, what is claimed and its value, both from pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {
        "version": ("version", project["version"]),
        "python": ("python", project["requires-python"].replace(">=", "≥ ")),
        "licence": ("licence", project["license"]),
    }


def badge_line() -> str:
    """Return the badges as images in one line."""
    links = {"version": "CHANGELOG.md", "python": "docs/platforms.md", "licence": "LICENSE"}
    return "".join(
        f"[![{' '.join(words)}](docs/badges/{name}.svg)]({links[name]})\n"
        for name, words in badges().items()
    )


def badge(claim: str, value: str) -> str:
    """Return a badge as SVG."""
    left, right = (7 * len(words) + 14 for words in (claim, value))
    texts = "".join(
        f'<text x="{x}" y="14" text-anchor="middle">{words}</text>'
        for x, words in ((left / 2, claim), (left + right / 2, value))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img">'
        f"<title>{claim} {value}</title>"
        f'<rect width="{left + right}" height="20" rx="3" fill="#0b5cad"/>'
        f'<path d="M3 0h{left - 3}v20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="#454c54"/>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">{texts}</g>'
        "</svg>\n"
    )


def main(root: Path = ROOT) -> None:
    """Write all documents."""
    for name, text in documents().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
