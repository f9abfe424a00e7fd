"""What was found on a corpus, in a few sentences computed from its tables."""

from pathlib import Path

import pandas as pd

from muse_lib.evaluation.continuations import HALF
from muse_lib.evaluation.labels import PLAYLISTS
from muse_lib.poster.replication import SYNTHETIC
from muse_lib.report import sentences

NOT_YET = ["Its models have not been judged yet."]


def findings(results: Path, corpus: str) -> list[str]:
    """Return sentences in Markdown, or one where the corpus has not been evaluated.

    Parameters
    ----------
    results : Path
        The corpus's folder, with ``tables/pairs.csv`` and others.
    corpus : str
        Its name: of generated playlists nothing is said about the poster.
    """
    try:
        pairs, ranking, declared = (
            pd.read_csv(results / "tables" / f"{name}.csv")
            for name in ("pairs", "ranking", "declared")
        )
    except FileNotFoundError:
        return NOT_YET
    if pairs.empty or ranking.empty:
        return NOT_YET
    headline = pairs[pairs["label_source"] == PLAYLISTS]
    ndcg = ranking[(ranking["metric"] == "ndcg") & (ranking["given"] == HALF)]
    said = [
        sentences.best_of_each(headline, "AUC on pairs that never met"),
        sentences.best_of_each(ndcg, "NDCG of continued playlists"),
        sentences.declared(declared),
    ]
    if corpus == SYNTHETIC:
        return [
            *said,
            "These playlists are generated: they say that the pipeline works, and nothing about "
            "music or about the poster's ranking.",
        ]
    return [*said, sentences.replicated(declared)]
