"""The hyper-parameter values that a search tries, and in which combinations.

The search starts from the first value of every parameter. All models get the same number of
candidates, including those evaluated along a run, so that none wins by having been tuned more.
"""

import inspect
import itertools
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from muse_lib.errors import InputError
from muse_lib.models.baselines import RIVALS
from muse_lib.models.muse.variants import PRESETS, VARIANTS, Switches
from muse_lib.seeds import stream
from muse_lib.tuning.chosen import Point, Value

Values = Mapping[str, tuple[Value, ...]]
"""The distinct values of each hyper-parameter, by name; the search starts from the first."""


@dataclass(frozen=True)
class Space:
    """The search space of a model.

    Attributes
    ----------
    grid : mapping
        Parameters that need one run per value.
    rounds : str
        The parameter that is evaluated along a run, such as "epochs"; empty if there is none.
    read_at : tuple of int
        Its values, ascending; empty if there is none.
    """

    grid: Values
    rounds: str = ""
    read_at: tuple[int, ...] = ()

    @property
    def n_readings(self) -> int:
        """Number of candidates per run."""
        return len(self.read_at) or 1

    @property
    def n_candidates(self) -> int:
        """Total number of candidates."""
        return math.prod(map(len, self.grid.values())) * self.n_readings


READ_AT = (10, 25, 50, 100, 150, 200, 300, 500, 1_000)
"""The epochs at which a run of a variant is evaluated, in addition to its last one."""

DESCENT: Mapping[str, Values] = MappingProxyType(
    {
        "small": {
            "learning_rate": (0.05, 0.1, 0.2),
            "dim": (100, 50, 200),
            "smoothing": (1, 0.1, 0.01, 0.001, 0.0001),
        },
        "large": {
            "learning_rate": (0.05, 0.02, 0.1, 0.2),
            "dim": (500, 200, 100, 50, 20),
            "smoothing": (1, 0.1, 0.01, 0.001, 0.0001),
        },
    }
)
"""For every variant of MuSE. The large space starts from the poster's values; the small one omits
long vectors, which cost minutes and, with little smoothing, gain nothing."""

SWITCHED: Mapping[str, Mapping[str, Values]] = MappingProxyType(
    {
        "small": {
            "contrastive": {
                "contrastive_weight": (10_000, 1_000, 100, 10),
                "margin": (0, -0.5, 0.5),
            },
            "title_part": {"title_weight": (0.4, 0.2, 0.8)},
            "list_part": {"list_weight": (2, 0, 1, 3), "artist_bonus": (0.6, 0.3, 1.2)},
        },
        "large": {
            "contrastive": {
                "contrastive_weight": (10_000, 100_000, 1_000, 100, 10),
                "margin": (0, -0.5, -0.25, 0.25, 0.5),
                "similar_title": (0.7, 0.6, 0.8),
                "dissimilar_title": (0.2, 0.1, 0.3),
            },
            "artist_vectors": {"own_step": (0.1, 0.03, 0.3, 1)},
            "title_part": {"title_weight": (0.4, 0.2, 0.6, 0.8, 1)},
            "list_part": {
                "list_weight": (2, 0, 0.5, 1, 3, 4),
                "artist_share": (0.2, 0, 0.1, 0.4),
                "artist_bonus": (0.6, 0, 0.3, 1.2),
            },
        },
    }
)
"""What a switch of a variant adds to `DESCENT`."""

SMALL: Mapping[str, Values] = MappingProxyType(
    {
        "item_knn": {
            "k": (0, 100),
            "shrink": (10, 0, 100),
            "weighting": ("tf-idf", "none"),
        },
        "playlist_knn": {
            "k": (100, 20, 50, 200),
            "power": (1, 0.5, 2, 4),
            "weighting": ("bm25", "none", "tf-idf"),
        },
        "greatest_hits": {"popularity_power": (1, 0, 0.25, 0.5, 0.75, 1.5, 2)},
        "ppmi_svd": {"dim": (50, 20, 100, 200, 400), "shift": (1, 5)},
        "item2vec": {
            "dim": (100, 50, 200),
            "window": (2, 5, 20),
            "step": (0.05, 0.025, 0.1),
            "negative_exponent": (0.75, 0, -0.5, 1.5),
            "sample": (0, 1e-5, 1e-4, 1e-3),
            "epochs": (5, 10, 20, 40),
        },
        "glove": {
            "dim": (100, 50, 200),
            "x_max": (10, 2, 50),
            "step": (0.05, 0.2, 0.8),
            "epochs": (10, 25, 50, 100),
        },
        "als": {
            "factors": (20, 50, 100, 200),
            "regularization": (10, 1, 100),
            "alpha": (10, 3, 40),
            "frequency_scale": (0, 0.5, 1),
            "iterations": (3, 6, 10, 15),
        },
        "ease": {"regularization": (10, 0.1, 0.3, 1, 3, 30, 100, 300, 1_000)},
    }
)
"""For the rivals; their searches start from the functions' own defaults."""

LARGE: Mapping[str, Values] = MappingProxyType(
    {
        "ppmi_svd": {"dim": (50, 20, 100, 200, 300, 500), "shift": (1, 2, 5, 10)},
        "item2vec": {
            "dim": (100, 20, 50, 200, 300),
            "window": (2, 1, 3, 5, 10),
            "step": (0.05, 0.025, 0.1),
            "negative_exponent": (0.75, 0.5, 0, -0.5),
            "sample": (0, 1e-5, 1e-4, 1e-3),
            "epochs": (5, 10, 20, 30, 40, 50),
        },
        "glove": {
            "dim": (100, 50, 200, 300),
            "x_max": (10, 1, 2, 5, 20, 50),
            "step": (0.05, 0.02, 0.1, 0.2),
            "epochs": (10, 20, 30, 50, 75, 100),
        },
        "als": {
            "factors": (20, 10, 50, 100, 200),
            "regularization": (10, 1, 100, 1_000),
            "alpha": (10, 3, 40, 100),
            "frequency_scale": (0, 0.25, 0.5, 0.75, 1),
            "iterations": (2, 5, 10, 15, 20),
        },
    }
)
"""Replacements for the large search, for the rivals where it tries more."""

WEIGHTS = (1, 0.3, 0.1, 0, 3)
"""Weights of artists and titles relative to a rival's own scores."""


def rounds_of(model: str) -> str:
    """Return the parameter that is evaluated along the runs of a model; empty if none."""
    if model in VARIANTS:
        return "epochs"
    return RIVALS[model].rounds if model in RIVALS else ""


def spaces(
    size: str, variants: Collection[str] = tuple(VARIANTS), epochs: int = 50
) -> dict[str, Space]:
    """Return the space of every model that has hyper-parameters.

    Parameters
    ----------
    size : str
        "small" or "large".
    variants : collection of str
        The variants to search, in addition to all rivals.
    epochs : int
        Length of the runs of variants, which are evaluated at `READ_AT` and at their end.

    Raises
    ------
    InputError
        If there is no such variant.
    """
    if unknown := [variant for variant in variants if variant not in VARIANTS]:
        raise InputError(f"there is no variant {unknown[0]!r}: choose from {', '.join(VARIANTS)}.")
    read_at = (*(epoch for epoch in READ_AT if epoch < epochs), epochs)
    found = {
        variant: Space(
            _starting_at(PRESETS.get(variant, {}), _of_switches(switches, size)), "epochs", read_at
        )
        for variant, switches in VARIANTS.items()
        if variant in variants
    }
    of_rivals = SMALL if size == "small" else {**SMALL, **LARGE}
    for name, rival in RIVALS.items():
        values = dict(of_rivals.get(name, {}))
        along = tuple(int(value) for value in values.pop(rival.rounds, ()))
        if values or along or rival.side_information:
            found[name] = Space(_starting_at(_defaults(name), values), rival.rounds, along)
    return found


def declared(spaces: Mapping[str, Space], model: str, name: str) -> tuple[Value, ...]:
    """Return the values of a parameter in a model's space, or of a weight of side information."""
    if "+" in model:
        return WEIGHTS if name.endswith("_weight") else ()
    return spaces[model].grid.get(name, ()) if model in spaces else ()


def points(values: Values, n_points: int, seed: int) -> list[Point]:
    """Return the combinations to try: all of a small space, otherwise a random part.

    Random points beat a grid when few parameters matter (Bergstra and Bengio 2012). They are
    drawn in rounds in which every parameter takes each of its values about equally often, as in
    a Latin hypercube (McKay, Beckman and Conover 1979). Each parameter has its own random stream:
    models that share a parameter share its draws, and so are compared at similar points.

    Parameters
    ----------
    values : mapping
        Parameters and their distinct values, the starting value first.
    n_points : int
        Maximum number of combinations, at least 1.
    seed : int
        The study's seed.

    Returns
    -------
    list of dict
        Distinct points, the start first.
    """
    if n_points < 1:
        raise InputError(f"n_points={n_points} leaves nothing to try: give at least 1.")
    if math.prod(map(len, values.values())) <= n_points:
        return [dict(zip(values, point, strict=True)) for point in _product(values)]
    streams = {name: stream(seed, f"search of {name}") for name in values}
    found: list[Point] = [{name: of_one[0] for name, of_one in values.items()}]
    while len(found) < n_points:
        columns = {
            name: _evenly(len(of_one), n_points - 1, streams[name])
            for name, of_one in values.items()
        }
        for k in range(n_points - 1):
            point = {name: of_one[columns[name][k]] for name, of_one in values.items()}
            if point not in found and len(found) < n_points:
                found.append(point)
    return found


def _of_switches(switches: Switches, size: str) -> Values:
    """Return the search space of a variant: the descent, and the additions of its switches."""
    added = [values for switch, values in SWITCHED[size].items() if switches[switch]]
    return {name: tried for values in (DESCENT[size], *added) for name, tried in values.items()}


def _defaults(rival: str) -> dict[str, Any]:
    """Return the default of every hyper-parameter of a rival."""
    taken = inspect.signature(RIVALS[rival].fit).parameters.values()
    return {one.name: one.default for one in taken if one.default is not one.empty}


def _starting_at(start: Mapping[str, Value], values: Values) -> Values:
    """Return the space with the values of ``start`` first."""
    return {
        name: tuple(dict.fromkeys([start[name], *tried])) if name in start else tried
        for name, tried in values.items()
    }


def _evenly(n_values: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return ``n`` numbers below ``n_values`` in random order, each about equally often."""
    return rng.permutation(np.resize(rng.permutation(n_values), n))


def _product(values: Values) -> itertools.product:
    """Iterate over all combinations, starting with that of the first values."""
    return itertools.product(*values.values())
