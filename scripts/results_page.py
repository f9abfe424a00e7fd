"""The tables of all studies as one Markdown page, RESULTS.md.

Each function returns Markdown computed from the tables under results/.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from muse_lib.evaluation.continuations import HALF
from muse_lib.evaluation.entrants import CONTROL, GROUPS, SEEING
from muse_lib.evaluation.labels import PLAYLISTS
from muse_lib.evaluation.measurement import POSTER
from muse_lib.evaluation.new_songs import WITH_SEEN
from muse_lib.poster.replication import SYNTHETIC
from muse_lib.report.display import p_value
from muse_lib.report.findings import findings, published
from muse_lib.report.sentences import interval


def page(folders: Sequence[Path]) -> str:
    """Return the page: a section per study, generated playlists last."""
    parts = [
        "# Results\n\n"
        "Generated from the tables under `results/`; every number is there as CSV. Intervals are "
        "95 % intervals over folds, each of which tests other playlists; with one split, over its "
        "test playlists. Models named `-tuned` and all rivals with hyper-parameters are tuned on "
        "validation playlists, once for pairs and once for rankings; every search starts with the "
        "same number of candidates, or with all that a smaller space holds. Only the declared "
        "comparisons are confirmatory; all other differences are exploratory. Intervals are not "
        "corrected for the number of comparisons; verdicts use p values with Holm's correction, "
        "so an interval without 0 may be inconclusive. Terms: "
        "[glossary](docs/glossary.md).\n"
    ]
    for folder in folders:
        parts.append(f"## {folder.name}\n")
        parts += [f"{sentence}\n" for sentence in findings(folder, folder.name)]
        parts += list(_study(folder))
    return "\n".join(parts)


def _study(folder: Path) -> Iterable[str]:
    """Yield the tables of one study, each with its heading; those that it lacks are left out."""
    pairs, ranking = (published(folder, name) for name in ("pairs", "ranking"))
    if len(pairs):
        yield (
            "### Pairs that never co-occurred in training\n\n"
            "AUC is computed for each test playlist and then averaged. Columns differ in what "
            "makes a pair similar: sharing a held-out playlist, sharing a genre, and so on. "
            "`item_knn`, `met`, `artist` and `always_similar` are at 0.5 by construction, since "
            "the pairs share neither a playlist nor an artist; `item_knn+artist+titles` is judged "
            "by its artist and title scores alone.\n\n"
            f"{by_model(pairs, 'label_source')}"
        )
    if len(ranking):
        ndcg = ranking[ranking["metric"] == "ndcg"]
        yield (
            "### Continuing a playlist\n\n"
            "NDCG of the hidden songs, by the number of songs given; 0 is the title alone, where "
            "models that see no titles rank by popularity.\n\n"
            f"{by_model(ndcg, 'given')}"
        )
    declared, power = (published(folder, name) for name in ("declared", "power"))
    if folder.name == SYNTHETIC:  # generated playlists say nothing about the poster's claims
        declared = declared[declared["question"] != POSTER]
    if len(declared):
        yield (
            "### Declared comparisons\n\n"
            "*Detectable* is the smallest true difference that a single test at 5 % would detect "
            "with 80 % power, without Holm's correction.\n\n"
            f"{comparisons(declared, power)}"
        )
    beside = published(folder, "poster_table")
    if len(beside) and folder.name != SYNTHETIC:
        yield (
            "### The poster's table beside ours\n\n"
            "The poster does not say how it drew its pairs. Ours: similar pairs drawn uniformly "
            "from all pairs within held-out playlists, none by one artist; 68 % of all pairs are "
            "similar, as the poster's percentages imply. All values are in per cent.\n\n"
            f"{markdown(list(beside), beside.astype(str).to_numpy().tolist())}"
        )
    unseen = published(folder, "unseen")
    if len(unseen):
        table = unseen[unseen["kind"].str.startswith(WITH_SEEN)]
        yield (
            "### Songs in no training playlist\n\n"
            "AUC on pairs of a song that is in no training playlist and a known song.\n\n"
            f"{_wide(table.rename(columns={'is': 'role'}), 'kind', ['model', 'role'])}"
        )


def by_model(table: pd.DataFrame, columns: str) -> str:
    """Return a row per model, grouped by what models see, best first, and a column per kind."""
    first = HALF if columns == "given" else PLAYLISTS
    order = table[table[columns] == first].set_index("model")["value"]
    ranked = table.assign(
        _sees=table["sees"].map(SEEING.index),
        _control=table["group"] == CONTROL,
        _group=table["group"].map(GROUPS.index),
        _value=-table["model"].map(order).fillna(0.0),
    ).sort_values(["_control", "_sees", "_value", "_group"], kind="stable")
    return _wide(ranked, columns, ["model", "sees"])


def _wide(table: pd.DataFrame, columns: str, keys: list[str]) -> str:
    """Return a row per model and a column per kind, in order of appearance, with intervals."""
    kinds = list(dict.fromkeys(table[columns]))
    if set(kinds) <= {"0", "1", "5", "10", "25", HALF}:
        kinds.sort(key=["0", "1", "5", "10", "25", HALF].index)
    else:
        kinds.sort(key=lambda kind: kind != PLAYLISTS)
    cells = {
        (row["model"], row[columns]): interval(row)
        for _, row in table[table["value"].notna()].iterrows()
    }
    rows = [
        (f"`{row[0]}`", *row[1:], *(cells.get((row[0], kind), "") for kind in kinds))
        for row in dict.fromkeys(map(tuple, table[keys].to_numpy().tolist()))
    ]
    return markdown([*keys, *kinds], rows, n_texts=len(keys))


def comparisons(declared: pd.DataFrame, power: pd.DataFrame) -> str:
    """Return the declared comparisons with their intervals, p values, power and verdicts."""
    detectable = {
        (row.question, row.model, row.other): f"{row.detectable:.3f}" for row in power.itertuples()
    }
    rows = [
        (
            f"{row.question}: {row.comparison}" if row.question == POSTER else row.question,
            f"`{row.model}`",
            f"`{row.other}`",
            "" if pd.isna(row.poster) else f"{row.poster:+.3f}",
            f"{row.difference:+.3f} ({row.low:+.3f} to {row.high:+.3f})",
            detectable.get((row.question, row.model, row.other), ""),
            p_value(row.p),
            p_value(row.p_holm),
            row.verdict,
        )
        for row in declared.itertuples()
    ]
    heads = ["question", "model", "other", "poster", "difference", "detectable", "p", "p (Holm)"]
    return markdown([*heads, "verdict"], rows, n_texts=3)


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]], n_texts: int = 1) -> str:
    """Return rows as a Markdown table; columns after the first ``n_texts`` to the right."""
    rules = ["---"] * n_texts + ["---:"] * (len(heads) - n_texts)
    return "".join(f"| {' | '.join(line)} |\n" for line in [heads, rules, *rows])
