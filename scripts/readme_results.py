"""Write the README's tables of results from the tables under results/.

``python scripts/readme_results.py`` rewrites what stands between the two marks; a test compares
the README with what this would write, so the numbers there are never typed.
"""

from pathlib import Path

import pandas as pd

from muse_lib import poster
from muse_lib.evaluation import PLAYLISTS, SYNTHETIC
from muse_lib.paths import RESULTS, ROOT

README = ROOT / "README.md"
BEGIN, END = "<!-- results: generated -->\n", "<!-- results: end -->\n"
COLUMNS = (*poster.METRICS, "roc_auc")
REAL = ("archive", "tidytuesday")


def filled(readme: str) -> str:
    """Return the README with its tables made anew."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    printed = [
        ("the poster's playlists", poster.NAMES[name], *(f"{value:.2f}" for value in row), "")
        for name, row in poster.TABLE.items()
    ]
    real = [row for corpus in REAL for row in rows(corpus)]
    text = (
        "Labels from held-out playlists, 68 % of the pairs similar, no pairs of one artist; per "
        "cent, with\n95 % intervals over pairs:\n\n"
        f"{markdown(printed + real)}\nGenerated playlists, which say that the pipeline works and "
        f"nothing about music:\n\n{markdown(rows(SYNTHETIC))}"
    )
    return f"{before}{BEGIN}{text}{END}{after}"


def rows(corpus: str) -> list[tuple[str, ...]]:
    """Return the headline of one corpus: models in the order of its table."""
    table = pd.read_csv(RESULTS / corpus / "tables" / "classification.csv")
    headline = table[
        (table["label_source"] == PLAYLISTS)
        & (table["share_similar"] == table["share_similar"].iloc[0])
        & ~table["same_artist_pairs"]
    ]
    made = []
    for model, values in headline.groupby("model", sort=False):
        percent = 100 * values.set_index("metric").loc[list(COLUMNS), ["value", "low", "high"]]
        cells = (f"{value:.1f} ({low:.1f}–{high:.1f})" for value, low, high in percent.to_numpy())  # noqa: RUF001
        made.append((f"`{corpus}`", f"`{model}`", *cells))
    return made


def markdown(table: list[tuple[str, ...]]) -> str:
    """Return rows as a Markdown table."""
    names = ("playlists", "model", "accuracy", "precision", "recall", "F1", "AUC")
    lines = [names, ("---",) * len(names), *table]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main(readme: Path = README) -> None:
    """Rewrite the README."""
    readme.write_text(filled(readme.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
