"""Which values of which hyper-parameters a search tries, and which of their combinations.

The first value of every parameter is where the search starts. All models get the same number of
combinations, so that none wins by having been tuned more.
"""

import inspect
import itertools
import math
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from muse_lib.errors import InputError
from muse_lib.models.baselines import BASELINES, SEARCH
from muse_lib.models.muse.variants import PRESETS, VARIANTS, Switches
from muse_lib.seeds import stream
from muse_lib.tuning.chosen import Point

Space = Mapping[str, tuple[int | float, ...]]
"""The values of each hyper-parameter, by name; the first is where the search starts."""

DESCENT: Mapping[str, Space] = MappingProxyType(
    {
        "small": {
            "learning_rate": (0.05, 0.1),
            "dim": (100, 50, 20),
            "smoothing": (1, 0.1, 0.01, 0.001),
        },
        "large": {
            "learning_rate": (0.05, 0.02, 0.1, 0.2),
            "dim": (500, 200, 100, 50, 20),
            "smoothing": (1, 0.1, 0.01, 0.001, 0.0001),
        },
    }
)
"""For every variant of MuSE. The large space starts from the poster's values; the small one does
without long vectors, which cost minutes and, with little smoothing, win nothing."""

SWITCHED: Mapping[str, Mapping[str, Space]] = MappingProxyType(
    {
        "small": {
            "contrastive": {"contrastive_weight": (10_000, 1_000, 100), "margin": (0, 0.5)},
            "title_part": {"title_weight": (0.4, 0.2, 0.8)},
        },
        "large": {
            "contrastive": {
                "contrastive_weight": (10_000, 100_000, 1_000, 100, 10),
                "margin": (0, 0.25, 0.5),
                "similar_title": (0.7, 0.6, 0.8),
                "dissimilar_title": (0.2, 0.1, 0.3),
            },
            "artist_vectors": {"own_step": (0.1, 0.03, 0.3, 1)},
            "title_part": {"title_weight": (0.4, 0.2, 0.6, 0.8, 1)},
        },
    }
)
"""What a switch of a variant adds to `DESCENT`."""


RIVALS: Mapping[str, Mapping[str, Space]] = MappingProxyType(
    {
        "small": SEARCH,
        "large": {
            "ppmi_svd": {"dim": (20, 50, 100, 200, 300, 500), "shift": (1, 2, 5, 10)},
            "item2vec": {
                "dim": (20, 50, 100, 200),
                "epochs": (10, 20, 40),
                "negative_exponent": (-0.5, 0, 0.5, 0.75),
            },
            "als": {
                "factors": (5, 10, 20, 50, 100),
                "regularization": (1, 10, 100),
                "alpha": (1, 10, 40),
            },
        },
    }
)
"""For the baselines; their searches start from the functions' own defaults."""


def spaces(size: str, variants: Collection[str] = tuple(VARIANTS)) -> dict[str, Space]:
    """Return the space of every model that has hyper-parameters.

    Parameters
    ----------
    size : str
        "small" or "large".
    variants : collection of str
        The variants that are searched, beside all baselines.

    Raises
    ------
    InputError
        If there is no such variant.
    """
    if unknown := [variant for variant in variants if variant not in VARIANTS]:
        raise InputError(f"there is no variant {unknown[0]!r}: choose from {', '.join(VARIANTS)}.")
    of_variants = {
        variant: _starting_at(PRESETS.get(variant, {}), _of_switches(switches, size))
        for variant, switches in VARIANTS.items()
        if variant in variants
    }
    of_baselines = {
        name: _starting_at(_defaults(name), space) for name, space in RIVALS[size].items()
    }
    return of_variants | of_baselines


def points(space: Space, n_points: int, seed: int) -> list[Point]:
    """Return the combinations to try: all of a space that has so few, else a random part.

    Random points beat a grid where few parameters matter (Bergstra and Bengio 2012). They are
    drawn in rounds in which every parameter takes each of its values about equally often, as in
    a Latin hypercube (McKay, Beckman and Conover 1979), each parameter by a stream of its own:
    models that share a parameter share its draws, and so are compared at like points.

    Parameters
    ----------
    space : mapping
        Parameters and their distinct values, the first of each to start from.
    n_points : int
        At most so many combinations, at least 1.
    seed : int
        The study's seed.

    Returns
    -------
    list of dict
        Distinct points, the start first.
    """
    if n_points < 1:
        raise InputError(f"{n_points} points leave nothing to try: ask for 1 or more.")
    if math.prod(map(len, space.values())) <= n_points:
        return [dict(zip(space, values, strict=True)) for values in _product(space)]
    streams = {name: stream(seed, f"search of {name}") for name in space}
    chosen: list[Point] = [{name: values[0] for name, values in space.items()}]
    while len(chosen) < n_points:
        columns = {
            name: _evenly(len(values), n_points - 1, streams[name])
            for name, values in space.items()
        }
        for k in range(n_points - 1):
            point = {name: values[columns[name][k]] for name, values in space.items()}
            if point not in chosen and len(chosen) < n_points:
                chosen.append(point)
    return chosen


def _of_switches(switches: Switches, size: str) -> Space:
    """Return what is searched of a variant: the descent, and what its switches add to it."""
    added = [space for switch, space in SWITCHED[size].items() if switches[switch]]
    return {name: values for space in (DESCENT[size], *added) for name, values in space.items()}


def _defaults(baseline: str) -> dict[str, Any]:
    """Return the default of every hyper-parameter of a baseline."""
    taken = inspect.signature(BASELINES[baseline].fit).parameters.values()
    return {one.name: one.default for one in taken if one.default is not one.empty}


def _starting_at(start: Mapping[str, float], space: Space) -> Space:
    """Return a space whose first values are those of ``start``."""
    return {
        name: tuple(dict.fromkeys([start[name], *values])) if name in start else values
        for name, values in space.items()
    }


def _evenly(n_values: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return ``n`` numbers below ``n_values`` in random order, each about equally often."""
    return rng.permutation(np.resize(rng.permutation(n_values), n))


def _product(space: Space) -> itertools.product:
    """Iterate over all combinations; that of the first values comes first."""
    return itertools.product(*space.values())
