"""The study's primary outcomes and confirmatory comparisons, declared in one place.

A table of fifty models contains a thousand comparisons, some of them significant by chance. So
there is one primary outcome per question, and a short family of comparisons, tested with Holm's
correction, which includes the poster's claims (`muse_lib.poster.replication`). All other
comparisons are exploratory and labelled as such.
"""

from dataclasses import dataclass

from muse_lib.evaluation.continuations import HALF
from muse_lib.evaluation.labels import PLAYLISTS
from muse_lib.evaluation.measurement import AUC, NDCG
from muse_lib.models.base import PAIRS, RANKING


@dataclass(frozen=True)
class Outcome:
    """A question, its kind and its metric; see `muse_lib.evaluation.measurement.ROW`."""

    question: str
    kind: str
    metric: str

    @property
    def what(self) -> tuple[str, str, str]:
        """Question, kind and metric."""
        return self.question, self.kind, self.metric


PRIMARY = (Outcome(PAIRS, PLAYLISTS, AUC), Outcome(RANKING, HALF, NDCG))
"""AUC on pairs that never co-occur, list by list; NDCG with half of a list given."""

CONTRASTS = (
    ("seeing playlists alone", "muse-tuned", "als"),
    *(
        ("seeing artists and titles too", "muse-lists-tuned", f"{rival}+artist+titles")
        for rival in ("als", "ease", "item_knn", "playlist_knn")
    ),
)
"""What both models see, the MuSE variant, and its rival: each on every primary outcome.

For playlists alone, the rival is ALS: the strongest on pairs before this family was declared, and
one of the two strongest on rankings. With artists and titles, the MuSE variant that recommends
best is compared with each of the rivals that recommend best; playlist kNN does not score pairs.
"""
