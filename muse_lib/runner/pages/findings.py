"""What was found on a corpus, in three sentences computed from its tables."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from muse_lib import poster
from muse_lib.evaluation import PLAYLISTS, SYNTHETIC

HEADLINE_SHARE = 0.68
ALWAYS = "always_similar"


class Measured(NamedTuple):
    """A metric of one model, with its interval."""

    value: float
    low: float
    high: float

    def above(self, other: "Measured") -> bool:
        """Tell whether the intervals are apart, this one above."""
        return self.low > other.high


Scores = dict[str, Measured]
"""One metric of every model, by the model's name."""


def findings(results: Path, corpus: str) -> list[str]:
    """Return three sentences in Markdown, or one where the corpus has not been evaluated.

    Parameters
    ----------
    results : Path
        The corpus's folder, with ``tables/classification.csv``.
    corpus : str
        Its name: of generated playlists nothing is said about the poster.
    """
    try:
        headline = headline_of(pd.read_csv(results / "tables" / "classification.csv"))
    except FileNotFoundError:
        return ["Its models have not been judged yet."]
    auc, f1 = scores(headline, "roc_auc"), scores(headline, "f1")
    if not f1.keys() & auc.keys() >= {*poster.NAMES, ALWAYS}:
        return ["Not all of its models have been judged yet."]
    return [_best(auc, f1), _rules(auc), _poster(f1, corpus)]


def headline_of(classification: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that the study reports first.

    Labels from held-out playlists, the poster's share of similar pairs, no pairs of one artist.
    """
    return classification[
        (classification["label_source"] == PLAYLISTS)
        & ((classification["share_similar"] - HEADLINE_SHARE).abs() < 1e-6)
        & ~classification["same_artist_pairs"].astype(bool)
    ]


def scores(headline: pd.DataFrame, metric: str) -> Scores:
    """Return one metric of every model of the headline."""
    rows = headline.loc[headline["metric"] == metric, ["model", "value", "low", "high"]]
    return {str(model): Measured(*numbers) for model, *numbers in rows.itertuples(index=False)}


def _best(auc: Scores, f1: Scores) -> str:
    """Say how the best variant does, beside always answering the same."""
    best, always = _best_variant(auc), f1[ALWAYS].value
    low, high = f1[best].low, f1[best].high
    verdict = "above" if low > always else "below" if high < always else "no different from"
    return (
        f"The best of the poster's four variants, `{best}`, tells songs of one held-out playlist "
        f"from others with an AUC of {_number(auc[best])}; its F1 of {_percent(f1[best])} is "
        f"**{verdict}** the {100 * always:.1f} % of always answering *similar*."
    )


def _rules(auc: Scores) -> str:
    """Say whether the best variant, and the best MuSE anywhere, are ahead of the best rival."""
    rivals = {name: one for name, one in auc.items() if not name.startswith("muse")}
    best = max(rivals, key=lambda name: rivals[name].value)
    variant = _best_variant(auc)
    anywhere = max((name for name in auc if name not in rivals), key=lambda name: auc[name].value)
    beyond = (
        ""
        if anywhere == variant
        else (
            f", and the best MuSE beyond the poster, `{anywhere}` with {_number(auc[anywhere])}, "
            f"**{_against(auc[anywhere], rivals[best])}**"
        )
    )
    return (
        f"The best of the rivals, `{best}`, has an AUC of {_number(rivals[best])}: the best "
        f"variant **{_against(auc[variant], rivals[best])}**{beyond}."
    )


def _poster(f1: Scores, corpus: str) -> str:
    """Say how much of the poster's ranking of its variants by F1 comes back."""
    if corpus == SYNTHETIC:
        return (
            "These playlists are generated: they say that the pipeline works, and nothing about "
            "music or about the poster's ranking."
        )
    printed = {name: row[poster.METRICS.index("f1")] for name, row in poster.TABLE.items()}
    ranking = sorted(printed, key=lambda name: printed[name])
    pairs = [(f1[low], f1[high]) for k, low in enumerate(ranking) for high in ranking[k + 1 :]]
    same = sum(high.value > low.value for low, high in pairs)
    held = sum(high.above(low) for low, high in pairs)
    turned = sum(low.above(high) for low, high in pairs)
    first, there = max(printed, key=lambda name: f1[name].value), ranking[-1]
    top = "as on the poster" if first == there else f"and not `{there}`"
    return (
        f"Of the poster's {len(pairs)} comparisons of two variants by F1, {same} have the same "
        f"winner here, **{held} with intervals apart**; {turned} are turned round with intervals "
        f"apart. The highest F1 has `{first}`, {top}."
    )


def _against(ours: Measured, theirs: Measured) -> str:
    """Say whether intervals are apart, and which way."""
    if ours.above(theirs):
        return "beats it"
    return "stays below it" if theirs.above(ours) else "is on a par with it"


def _best_variant(auc: Scores) -> str:
    return max(poster.NAMES, key=lambda name: auc[name].value)


def _number(score: Measured) -> str:
    return f"{score.value:.3f} ({score.low:.3f} to {score.high:.3f})"


def _percent(score: Measured) -> str:
    return f"{100 * score.value:.1f} % ({100 * score.low:.1f} to {100 * score.high:.1f})"
