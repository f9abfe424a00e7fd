"""The findings on songs unknown to training, in sentences computed from tables."""

from collections.abc import Sequence

import pandas as pd

from muse_lib.evaluation.comparison import significant
from muse_lib.evaluation.new_songs import (
    KNOWN_ARTIST,
    UNKNOWN_ARTIST,
    WITH_SEEN,
)
from muse_lib.evaluation.taken_out import IN_ONE_LIST, TRAINED
from muse_lib.models.unseen.methods import DEFAULT


def price_of_length(chosen: Sequence[float], recall: pd.Series) -> str:
    """State the length chosen for the default method, and its cost to seen songs.

    Parameters
    ----------
    chosen : sequence of float
        The chosen lengths by split.
    recall : Series
        Recall of seen songs on validation playlists by length, including 1.0.
    """
    typical = pd.Series(chosen).median()
    nearest = min(recall.index.tolist(), key=lambda length: abs(length - typical))
    spread = f"{min(chosen):g} to {max(chosen):g}" if min(chosen) < max(chosen) else f"{typical:g}"
    return (
        f"The length chosen for the {DEFAULT}, by split: {spread}. A length of {nearest:g} instead "
        f"of 1 changes the recall@500 of seen songs from {recall.loc[1.0]:.3f} to "
        f"{recall.loc[nearest]:.3f} on validation playlists."
    )


def calibration(confidence: pd.DataFrame) -> str:
    """State where the promised probabilities lie, relative to the intervals of what was observed.

    Parameters
    ----------
    confidence : DataFrame
        ``promised``, ``low`` and ``high`` by range of the confidence:
        `muse_lib.evaluation.unseen.confidence_table`.
    """
    above = int((confidence["promised"] > confidence["high"]).sum())
    below = int((confidence["promised"] < confidence["low"]).sum())
    return (
        f"The predicted probability lies within the interval of the observed share in "
        f"{len(confidence) - above - below} of {len(confidence)} rows, below it in {below} and "
        f"above it in {above}."
    )


def verdict(
    pairs: pd.DataFrame, compared: pd.DataFrame, covered: pd.DataFrame, taken_out: pd.DataFrame
) -> str:
    """State how good estimates from artist and name are, what is better, and what a list adds.

    Parameters
    ----------
    pairs, taken_out : DataFrame
        `muse_lib.evaluation.unseen.table_of`.
    compared : DataFrame
        `muse_lib.evaluation.unseen.differences`.
    covered : DataFrame
        ``songs, share``: trained songs first.
    """
    value = pairs[pairs["model"] == DEFAULT].set_index("kind")
    rows = compared[compared["kind"] == WITH_SEEN]
    is_significant = significant(rows["p_adjusted"])
    better = rows.loc[is_significant & (rows["difference"] < 0), "other"].tolist()
    worse = rows.loc[is_significant & (rows["difference"] > 0), "other"].tolist()
    parts = [
        f"{covered['share'].iloc[0]:.0%} of the songs of the test playlists occur in training; all "
        f"others get a vector from artist and name.",
        f"The **{DEFAULT}** reaches an AUC of {_value(value, WITH_SEEN)} on pairs of an unseen and "
        f"a seen song; {_value(value, f'{WITH_SEEN}: {KNOWN_ARTIST}')} where "
        f"another song of the artist is known, {_value(value, f'{WITH_SEEN}: {UNKNOWN_ARTIST}')} "
        f"where none is.",
        f"Significantly better than it: {_listed(better)}. Significantly worse than it: "
        f"{_listed(worse)}.",
    ]
    gone = taken_out.set_index("model")["value"]
    if {IN_ONE_LIST, TRAINED, DEFAULT} <= set(gone.index):
        parts.append(
            f"A song taken out of training reaches {gone[DEFAULT]:.3f} by artist and name, "
            f"{gone[IN_ONE_LIST]:.3f} with one list that contains it, and {gone[TRAINED]:.3f} when "
            f"trained on all its lists."
        )
    return " ".join(parts)


def _value(table: pd.DataFrame, kind: str) -> str:
    """Return a value with its interval, or "n/a"."""
    if kind not in table.index:
        return "n/a"
    row = table.loc[kind]
    return f"{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f})"


def _listed(names: Sequence[str]) -> str:
    return "; ".join(f"`{name}`" for name in names) or "none"  # names hold commas
