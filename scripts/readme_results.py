"""Write the README's tables of results from the tables under results/.

``python scripts/readme_results.py`` rewrites what stands between the two marks; a test compares
the README with what this would write, so the numbers there are never typed.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from muse_lib.evaluation.labels import PLAYLISTS
from muse_lib.paths import RESULTS, ROOT
from muse_lib.poster import printed as poster
from muse_lib.poster.replication import SYNTHETIC

README = ROOT / "README.md"
BEGIN, END = "<!-- results: generated -->\n", "<!-- results: end -->\n"
REAL = ("archive", "tidytuesday")
SHOWN = ("accuracy", "f1")
GENRES = "genres"


def filled(readme: str) -> str:
    """Return the README with its tables made anew."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    tables = {corpus: headline(corpus) for corpus in (*REAL, SYNTHETIC)}
    text = (
        f"The poster's table beside ours: held-out playlists, {share(tables[REAL[0]])} of the "
        f"pairs similar, no pairs of one\nartist; per cent, with 95 % intervals "
        f"{spread(tables[REAL[0]])}.\n\n"
        f"{beside_the_poster({corpus: tables[corpus] for corpus in REAL})}\n{read_backwards()}\n"
        f"These results precede the present evaluation, which asks about pairs that never "
        f"co-occurred in training.\nHere pairs may have co-occurred, long playlists dominate, and "
        f"the genres of `tidytuesday` derive from its\nplaylists.\n\n"
        f"Area under the ROC curve, which that rule cannot move from 50, by labels from held-out "
        f"playlists\nand by genres; `-tuned` and the simple rules at "
        f"hyper-parameters\nthat one search chose for all on validation pairs:\n\n"
        f"{by_labels({corpus: tables[corpus] for corpus in REAL})}\n"
        f"Generated playlists, which show that the pipeline works and say nothing about music "
        f"({spread(tables[SYNTHETIC])}):\n\n"
        f"{by_labels({SYNTHETIC: tables[SYNTHETIC]})}\n"
    )
    return f"{before}{BEGIN}{text}{END}{after}"


def headline(corpus: str) -> pd.DataFrame:
    """Return the rows of one corpus at the poster's share of similar pairs, by either label."""
    table = pd.read_csv(RESULTS / corpus / "tables" / "classification.csv")
    share = table["share_similar"].iloc[0]
    return table[(table["share_similar"] == share) & ~table["same_artist_pairs"]]


def share(table: pd.DataFrame) -> str:
    """Say how many of the pairs are similar."""
    return f"{table['share_similar'].iloc[0]:.0%}".replace("%", " %")


def read_backwards() -> str:
    """Say what test sets the poster's rows come from, and what a rule that looks at nothing scores.

    A row's fits are multiples of its smallest, so all of them have its share of similar pairs.
    """
    fits = pd.read_csv(RESULTS / REAL[0] / "tables" / "poster_fits.csv")
    smallest = fits[fits["multiple"] == 1].drop_duplicates("model")
    similar = smallest["share_similar"]
    f1 = 2 * similar / (1 + similar)
    *first, last = smallest["n_pairs"]
    return (
        f"Read backwards, the poster's rows come from test sets of {', '.join(map(str, first))} "
        f"and {last} pairs, or\nmultiples of these, {100 * similar.min():.0f} to "
        f"{100 * similar.max():.0f} % of them similar. There always answering “similar” has\nan F1 "
        f"of {100 * f1.min():.1f} to {100 * f1.max():.1f} %.\n"
    )


def spread(table: pd.DataFrame) -> str:
    """Say what the intervals of a corpus are over."""
    n_seeds = table["n_seeds"].iloc[0]
    return f"over {n_seeds} seeds" if n_seeds > 1 else "over pairs, one seed"


def beside_the_poster(tables: dict[str, pd.DataFrame]) -> str:
    """Return the poster's rows, and the rule that says always similar, as a Markdown table."""
    heads = [f"{name}: {metric}" for name in ("poster", *tables) for metric in ("accuracy", "F1")]
    rows = []
    for model, name in [*poster.NAMES.items(), ("always_similar", "always answering “similar”")]:
        printed = dict(zip(poster.METRICS, poster.TABLE.get(model, ()), strict=False))
        ours = (cell(table, model, PLAYLISTS, m) for table in tables.values() for m in SHOWN)
        rows.append((name, *(f"{printed[m]:.2f}" if printed else "" for m in SHOWN), *ours))
    return markdown(["model", *heads], rows)


def by_labels(tables: dict[str, pd.DataFrame]) -> str:
    """Return the AUC of every model under both kinds of labels as a Markdown table."""
    heads = [f"`{corpus}`: {kind}" for corpus in tables for kind in ("playlists", "genres")]
    models = dict.fromkeys(model for table in tables.values() for model in table["model"])
    rows = [
        (
            f"`{model}`",
            *(
                cell(table, model, source, "roc_auc")
                for table in tables.values()
                for source in (PLAYLISTS, GENRES)
            ),
        )
        for model in models
    ]
    return markdown(["model", *heads], rows)


def cell(table: pd.DataFrame, model: str, source: str, metric: str) -> str:
    """Return one value with its interval, in per cent; empty if it was not measured."""
    row = table[table["model"].eq(model) & table["label_source"].eq(source)]
    row = row[row["metric"] == metric]
    if row.empty:
        return ""
    value, low, high = 100 * row[["value", "low", "high"]].iloc[0]
    return f"{value:.1f} ({low:.1f}–{high:.1f})"  # noqa: RUF001


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table, numbers to the right."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main(readme: Path = README) -> None:
    """Rewrite the README."""
    readme.write_text(filled(readme.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
