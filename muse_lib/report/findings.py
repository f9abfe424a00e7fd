"""What was found on a corpus, in three sentences computed from its tables."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from muse_lib.evaluation.benchmark import headline
from muse_lib.evaluation.pairs import PLAYLISTS
from muse_lib.poster import printed as poster
from muse_lib.poster.replication import SIGNIFICANT, SYNTHETIC

ALWAYS, OURS = "always_similar", "muse"
"""The rule that answers always the same, and how the names of all variants begin."""


class Measured(NamedTuple):
    """A metric of one model, with its interval."""

    value: float
    low: float
    high: float


Scores = dict[str, Measured]
"""One metric of every model, by the model's name."""

Winners = dict[tuple[str, str], str]
"""Of two models by name, in either order, the one that is better beyond luck; "" for neither."""


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
        classification = pd.read_csv(results / "tables" / "classification.csv")
        compared = pd.read_csv(results / "tables" / "comparisons.csv")
    except FileNotFoundError:
        return ["Its models have not been judged yet."]
    if classification.empty:
        return ["Its models have not been judged yet."]
    asked_first = headline(classification, classification["share_similar"].iloc[0])
    auc, f1 = scores(asked_first, "roc_auc"), scores(asked_first, "f1")
    judged = {name for name in f1.keys() & auc.keys() if name.startswith(OURS)}
    if not judged or ALWAYS not in f1:
        return ["None of its variants has been judged yet."]
    return [
        _best(auc, f1, winners(compared, "f1")),
        _rules(auc, winners(compared, "roc_auc")),
        _poster(f1, winners(compared, "f1"), corpus),
    ]


def scores(asked: pd.DataFrame, metric: str) -> Scores:
    """Return one metric of every model of the headline."""
    rows = asked.loc[asked["metric"] == metric, ["model", "value", "low", "high"]]
    return {str(model): Measured(*numbers) for model, *numbers in rows.itertuples(index=False)}


def winners(compared: pd.DataFrame, metric: str) -> Winners:
    """Return who wins by one metric on held-out playlists, after correction for all comparisons."""
    rows = compared[(compared["label_source"] == PLAYLISTS) & (compared["metric"] == metric)]
    won: Winners = {}
    columns = ["model", "other", "difference", "p_adjusted"]
    for one, other, difference, p in rows[columns].to_numpy():
        better = one if difference > 0 else other
        won[one, other] = won[other, one] = better if p < SIGNIFICANT else ""
    return won


def _best(auc: Scores, f1: Scores, won: Winners) -> str:
    """Say how the best variant does, beside always answering the same."""
    best, always = _best_variant(auc), f1[ALWAYS].value
    winner = won.get((best, ALWAYS), "")
    verdict = "above" if winner == best else "below" if winner else "not distinguishable from"
    return (
        f"{_the_best_of(auc)}, `{best}`, tells songs of one held-out playlist "
        f"from others with an AUC of {_number(auc[best])}; its F1 of {_percent(f1[best])} is "
        f"**{verdict}** the {100 * always:.1f} % of always answering *similar*."
    )


def _rules(auc: Scores, won: Winners) -> str:
    """Say how the best variant, and the best MuSE anywhere, stand against the best rival."""
    rivals = {name: one for name, one in auc.items() if not name.startswith(OURS)}
    best = max(rivals, key=lambda name: rivals[name].value)
    variant = _best_variant(auc)
    anywhere = max((name for name in auc if name not in rivals), key=lambda name: auc[name].value)
    stands = {ours: _against(won.get((ours, best), ""), ours) for ours in (variant, anywhere)}
    sentence = (
        f"The best of the rivals, `{best}`, has an AUC of {_number(rivals[best])}: the best "
        f"variant **{stands[variant]}**"
    )
    if anywhere != variant:
        sentence += (
            f", and the best MuSE beyond the poster, `{anywhere}` with {_number(auc[anywhere])}, "
            f"**{stands[anywhere]}**"
        )
    return f"{sentence}."


def _poster(f1: Scores, won: Winners, corpus: str) -> str:
    """Say how much of the poster's ranking of its variants by F1 comes back."""
    if corpus == SYNTHETIC:
        return (
            "These playlists are generated: they say that the pipeline works, and nothing about "
            "music or about the poster's ranking."
        )
    printed = {
        name: row[poster.METRICS.index("f1")] for name, row in poster.TABLE.items() if name in f1
    }
    if len(printed) < 2:
        return "Of the poster's four variants no two were judged, so its ranking is not tested."
    ranking = sorted(printed, key=lambda name: printed[name])
    pairs = [(low, high) for k, low in enumerate(ranking) for high in ranking[k + 1 :]]
    same = sum(f1[high].value > f1[low].value for low, high in pairs)
    held = sum(won.get((low, high)) == high for low, high in pairs)
    turned = sum(won.get((low, high)) == low for low, high in pairs)
    first, there = max(printed, key=lambda name: f1[name].value), ranking[-1]
    top = "as on the poster" if first == there else f"and not `{there}`"
    all_four = len(printed) == len(poster.NAMES)
    which = "" if all_four else f" between the {len(printed)} that were judged"
    return (
        f"Of the poster's {len(pairs)} comparisons of two variants by F1{which}, {same} have the "
        f"same winner here, **{held} beyond luck**; {turned} are turned round beyond luck. The "
        f"highest F1 has `{first}`, {top}."
    )


def _against(winner: str, ours: str) -> str:
    """Say what a comparison found, if anything."""
    if not winner:
        return "cannot be told from it"
    return "beats it" if winner == ours else "stays below it"


def _posters(auc: Scores) -> list[str]:
    """Return which of the poster's variants were judged; of none, all that were."""
    return [name for name in poster.NAMES if name in auc] or [
        name for name in auc if name.startswith(OURS)
    ]


def _best_variant(auc: Scores) -> str:
    return max(_posters(auc), key=lambda name: auc[name].value)


def _the_best_of(auc: Scores) -> str:
    """Say of what `_best_variant` is the best."""
    n_judged = sum(name in auc for name in poster.NAMES)
    if n_judged == len(poster.NAMES):
        return "The best of the poster's four variants"
    if n_judged > 1:
        return f"The best of the {n_judged} of the poster's four variants that were judged"
    return "The only one of the poster's variants that was judged" if n_judged else "The best MuSE"


def _number(score: Measured) -> str:
    return f"{score.value:.3f} ({score.low:.3f} to {score.high:.3f})"


def _percent(score: Measured) -> str:
    return f"{100 * score.value:.1f} % ({100 * score.low:.1f} to {100 * score.high:.1f})"
