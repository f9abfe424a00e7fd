"""The findings on one corpus in a few sentences, computed from its tables."""

from pathlib import Path

import pandas as pd

from muse_lib.evaluation.continuations import HALF
from muse_lib.evaluation.labels import PLAYLISTS
from muse_lib.poster.replication import SYNTHETIC
from muse_lib.report import sentences
from muse_lib.storage.results import INERT

NOT_YET = ["Its models have not been evaluated yet."]
NOT_COMPARED = "Whether their differences are significant has not been computed yet."


def findings(results: Path, corpus: str) -> list[str]:
    """Return sentences in Markdown, as far as the corpus has been evaluated.

    Parameters
    ----------
    results : Path
        The corpus's folder, with ``tables/pairs.csv`` and others.
    corpus : str
        Its name: for generated playlists, the poster's claims are not discussed.
    """
    pairs, ranking, declared = (
        published(results, name) for name in ("pairs", "ranking", "declared")
    )
    if pairs.empty or ranking.empty:
        return NOT_YET
    headline = pairs[pairs["label_source"] == PLAYLISTS]
    ndcg = ranking[(ranking["metric"] == "ndcg") & (ranking["given"] == HALF)]
    said = [
        sentences.best_of_each(headline, "AUC on pairs that never co-occurred"),
        sentences.best_of_each(ndcg, "NDCG of continued playlists"),
    ]
    if declared.empty:
        return [*said, NOT_COMPARED]
    said.append(sentences.declared(declared))
    if corpus == SYNTHETIC:
        return [
            *said,
            "These playlists are generated: they show that the pipeline works, and say nothing "
            "about music or the poster's ranking.",
        ]
    return [*said, sentences.replicated(declared)]


def published(results: Path, table: str) -> pd.DataFrame:
    """Return a published table without the guards of spreadsheets; empty if there is none yet.

    Parameters
    ----------
    results : Path
        The corpus's folder.
    table : str
        The table's name, without a suffix.
    """
    try:
        read = pd.read_csv(results / "tables" / f"{table}.csv")
    except FileNotFoundError:
        return pd.DataFrame()
    return read.replace(INERT, "", regex=True)
