"""What the study asks first, declared in one place: its outcomes, and the comparisons it tests.

A table of fifty models holds a thousand comparisons, and some of them are significant by chance.
So there is one primary outcome a question, and a short family of comparisons, which are tested
with Holm's correction; the poster's claims (`muse_lib.poster.replication`) belong to it. All
other comparisons are exploratory, and say so.
"""

from dataclasses import dataclass

from muse_lib.evaluation.continuations import HALF
from muse_lib.evaluation.labels import PLAYLISTS
from muse_lib.evaluation.measurement import AUC, NDCG
from muse_lib.models.baselines.rival import PAIRS, RANKING


@dataclass(frozen=True)
class Outcome:
    """A question and how its answer is measured; see `muse_lib.evaluation.measurement.ROW`."""

    question: str
    kind: str
    metric: str

    @property
    def what(self) -> tuple[str, str, str]:
        """Question, kind and metric."""
        return self.question, self.kind, self.metric


PRIMARY = (Outcome(PAIRS, PLAYLISTS, AUC), Outcome(RANKING, HALF, NDCG))
"""AUC on pairs that never met, list by list; NDCG where half of a list is given."""

CONTRASTS = (
    ("seeing playlists alone", "muse-tuned", "als"),
    *(
        ("seeing artists and titles too", "muse-lists-tuned", f"{rival}+artist+titles")
        for rival in ("als", "ease", "item_knn", "playlist_knn")
    ),
)
"""What both models see, MuSE, and the rival it is held against: each on every primary outcome.

Seeing playlists alone, the rival is ALS: the one that was strongest on pairs before this family was
declared, and among the two strongest on rankings. Seeing artists and titles too, MuSE's best at
recommending meets each of the rivals that recommend best; playlist kNN answers no pairs.
"""
