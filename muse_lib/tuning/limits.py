"""How far a search may extend the range of each hyper-parameter, and why no further."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from muse_lib.tuning.chosen import Value


@dataclass(frozen=True)
class Limit:
    """How far a space may be widened, and why no further.

    Attributes
    ----------
    lowest, highest : float
        The most extreme values that may be tried.
    below, above : str
        Why not lower, and why not higher.
    """

    lowest: float = -math.inf
    highest: float = math.inf
    below: str = ""
    above: str = ""


_DIM = Limit(1, 500, "a vector has at least one dimension", "longer vectors take too long")
_WEIGHT = Limit(0, below="0 leaves it out")
_NOT_NEGATIVE = Limit(0, below="it cannot be negative")

LIMITS: Mapping[str, Limit] = MappingProxyType(
    {
        "dim": _DIM,
        "factors": _DIM,
        "epochs": Limit(1, 400, "at least one round", "longer runs take too long"),
        "iterations": Limit(1, 120, "at least one round", "longer runs take too long"),
        "smoothing": Limit(1e-6, below="below, unseen pairs have negligible weight"),
        "margin": Limit(-1, 0.9, "no cosine is lower", "above, hardly any pair is pushed apart"),
        "contrastive_weight": Limit(1, below="below, titles have no effect"),
        "similar_title": Limit(highest=1, above="no cosine is higher"),
        "dissimilar_title": Limit(-0.2, below="no two titles are that far apart"),
        "own_step": Limit(highest=1, above="1 is the full step"),
        "title_weight": _WEIGHT,
        "artist_weight": _WEIGHT,
        "list_weight": _WEIGHT,
        "artist_share": _WEIGHT,
        "artist_bonus": _WEIGHT,
        "k": Limit(1, below="at least one neighbour", above="0 uses all neighbours"),
        "shrink": Limit(0, below="0 applies no shrinkage"),
        "power": _NOT_NEGATIVE,
        "popularity_power": Limit(0, below="0 leaves popularity out"),
        "shift": Limit(1, below="1 applies no shift"),
        "window": Limit(1, 50, "at least one song on either side", "it takes too long"),
        "sample": Limit(0, 1, "0 skips no songs", "1 skips no songs"),
        "x_max": Limit(1, below="no seen pair has a smaller count"),
        "regularization": Limit(1e-3, below="below, regularisation is negligible"),
        "alpha": Limit(1.1, below="1 is the weight of an absent song"),
        "frequency_scale": Limit(
            0, 1, "0 regularises all songs equally", "1 scales fully with frequency"
        ),
    }
)
"""Where widening of a space ends, by definition or because it would take too long."""

ALL_IF_ZERO = ("k",)
"""Parameters for which 0 means all, and therefore ranks above every number."""


def rank(name: str, value: float) -> float:
    """Return the rank of a value: the value itself, or infinity for a 0 that means all."""
    return math.inf if name in ALL_IF_ZERO and value == 0 else value


def beyond(
    name: str, value: float, tried: Iterable[float], declared: Iterable[Value] = ()
) -> float | str:
    """Return the value to try next if ``value`` is the lowest or highest of those tried.

    It is the next value of the space, if there is one. Otherwise the step between the two
    outermost values is repeated: their ratio, or their difference if one of them is not above 0.
    It stops at the parameter's limit.

    Parameters
    ----------
    name : str
        The parameter.
    value : int or float
        The lowest or highest of ``tried``, which has at least two values.
    tried : iterable of int or float
        All its values so far.
    declared : iterable of int or float
        Those of the space.

    Returns
    -------
    int, float or str
        The next value, a whole number if all so far are; or why there is none.
    """
    limit = LIMITS.get(name, Limit())
    tried = sorted(set(tried), key=lambda one: rank(name, one))
    known = {*tried, *(one for one in declared if not isinstance(one, str))}
    ordered = sorted(known, key=lambda one: rank(name, one))
    upward, place = value == tried[-1], ordered.index(value)
    if rank(name, value) == math.inf:
        return limit.above
    if further := ordered[place + 1 :] if upward else ordered[:place][::-1]:
        return _six_digits(further[0])
    near = ordered[-2] if upward else ordered[1]
    if math.isinf(rank(name, near)):  # "all" has no ratio to the next value
        near = 2 * value
    following = value * value / near if min(value, near) > 0 else 2 * value - near
    if all(float(one).is_integer() for one in ordered) and name not in _CONTINUOUS:
        following = max(value + 1, round(following)) if upward else min(value - 1, round(following))
    following = min(max(following, limit.lowest), limit.highest)
    if following == value:
        return limit.above if upward else limit.below
    return _six_digits(following)


_CONTINUOUS = (
    *("learning_rate", "smoothing", "contrastive_weight", "margin", "title_weight", "own_step"),
    *(
        "artist_weight",
        "list_weight",
        "artist_share",
        "artist_bonus",
        "step",
        "x_max",
        "shrink",
        "power",
        "popularity_power",
        "shift",
        "regularization",
        "alpha",
    ),
)
"""Real-valued parameters, even if all their values happen to be whole numbers."""


def _six_digits(value: float) -> float:
    """Return a number rounded to six digits, as in the table; whole numbers as int."""
    kept = float(f"{value:.6g}")
    return int(kept) if kept.is_integer() else kept


def longer(read_at: Sequence[int], name: str) -> tuple[int, ...] | str:
    """Return where to evaluate a run twice as long beyond ``read_at``, or why there is none."""
    last, limit = max(read_at), LIMITS.get(name, Limit())
    new = sorted({int(min(last * factor, limit.highest)) for factor in (1.5, 2)} - {last})
    return tuple(new) or limit.above
