"""The findings in a few sentences, computed from the tables of one corpus or of all."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from muse_lib.evaluation.continuations import HALF
from muse_lib.evaluation.labels import PLAYLISTS
from muse_lib.poster.replication import SYNTHETIC
from muse_lib.report import sentences
from muse_lib.storage.results import INERT

NOT_YET = ["Its models have not been evaluated yet."]


def findings(results: Path, corpus: str) -> list[str]:
    """Return sentences in Markdown, or a single one if the corpus has not been evaluated.

    Parameters
    ----------
    results : Path
        The corpus's folder, with ``tables/pairs.csv`` and others.
    corpus : str
        Its name: for generated playlists, the poster's claims are not discussed.
    """
    pairs, ranking, declared = (_read(results, name) for name in ("pairs", "ranking", "declared"))
    if pairs.empty or ranking.empty:
        return NOT_YET
    headline = pairs[pairs["label_source"] == PLAYLISTS]
    ndcg = ranking[(ranking["metric"] == "ndcg") & (ranking["given"] == HALF)]
    said = [
        sentences.best_of_each(headline, "AUC on pairs that never co-occurred"),
        sentences.best_of_each(ndcg, "NDCG of continued playlists"),
        sentences.declared(declared),
    ]
    if corpus == SYNTHETIC:
        return [
            *said,
            "These playlists are generated: they show that the pipeline works, and say nothing "
            "about music or the poster's ranking.",
        ]
    return [*said, sentences.replicated(declared)]


def overview(corpora: Sequence[Path]) -> list[str]:
    """Return the findings on all real playlists, one sentence in Markdown per question.

    The evidence behind the poster's best F1; MuSE against its rivals; the gain from artists and
    titles; songs in no playlist; the cost of training. Compared models are tuned alike, and every
    difference has its interval. Questions without a table are left out.

    Parameters
    ----------
    corpora : sequence of Path
        Folders of results.
    """
    real = [folder for folder in corpora if folder.name != SYNTHETIC]
    poster = next((table for one in corpora if len(table := _read(one, "poster_intervals"))), None)
    declared = {one.name: table for one in real if len(table := _read(one, "declared"))}
    pairs = {one.name: table for one in real if len(table := _read(one, "pairs"))}
    unseen = {one.name: table for one in real if len(table := _read(one, "unseen"))}
    costs = {one.name: table for one in real if len(table := _read(one, "cost"))}
    return [
        *([sentences.worth_of_the_poster(poster)] if poster is not None else []),
        *sentences.standing(declared),
        *sentences.side_information(pairs),
        *sentences.unseen(unseen),
        *sentences.saved(costs),
    ]


def _read(results: Path, table: str) -> pd.DataFrame:
    """Return a table, empty if the run has not produced it yet."""
    try:
        read = pd.read_csv(results / "tables" / f"{table}.csv")
    except FileNotFoundError:
        return pd.DataFrame()
    return read.replace(INERT, "", regex=True)
