"""Which hyper-parameters are tried, in which combinations, and how far on."""

import inspect
import math

import pandas as pd
import pytest

from muse_lib.errors import InputError
from muse_lib.models.baselines import RIVALS
from muse_lib.models.muse.variants import VARIANTS, Recipe
from muse_lib.tuning.chosen import TEXT_VALUED
from muse_lib.tuning.limits import LIMITS
from muse_lib.tuning.spaces import points, rounds_of, spaces

SIZES = ["small", "large"]

TUNED = [name for name in spaces("small") if name in RIVALS]


@pytest.mark.parametrize("size", SIZES)
def test_every_variant_and_every_rival_that_has_hyper_parameters_is_searched(size):
    tunable = [
        name
        for name, rival in RIVALS.items()
        if {*inspect.signature(rival.fit).parameters} - {"vocabulary", "seed", "_seed"}
    ]
    assert spaces(size).keys() >= {*VARIANTS, *tunable}


def test_only_the_wanted_variants_are_searched_beside_every_rival():
    wanted = ["muse-text", "muse"]
    assert [*spaces("small", wanted)] == ["muse", "muse-text", *TUNED]
    assert spaces("small", wanted)["muse"] == spaces("small")["muse"]


def test_a_variant_that_there_is_not_is_refused_with_those_there_are():
    with pytest.raises(InputError, match=r"there is no variant 'glove': choose from muse, muse-ar"):
        spaces("small", ["muse", "glove"])


def test_the_large_search_starts_from_the_posters_values():
    for variant in VARIANTS:
        start = points(spaces("large")[variant].grid, 2, seed=0)[0]
        assert Recipe.of(variant, **start) == Recipe.of(variant)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("rival", TUNED)
def test_a_rivals_search_starts_from_its_defaults(size, rival):
    start = points(spaces(size)[rival].grid, 2, seed=0)[0]
    defaults = inspect.signature(RIVALS[rival].fit).parameters
    assert {name: defaults[name].default for name in start} == start


@pytest.mark.parametrize("size", SIZES)
def test_rounds_are_read_along_and_take_no_run_of_their_own(size):
    for name, space in spaces(size, epochs=100).items():
        assert space.rounds == rounds_of(name)
        assert space.rounds not in space.grid
        assert bool(space.read_at) == bool(space.rounds)
        assert [*space.read_at] == sorted({*space.read_at})


def test_runs_of_variants_are_judged_on_the_way_and_at_their_end():
    assert spaces("small", ["muse"], epochs=60)["muse"].read_at == (10, 25, 50, 60)


@pytest.mark.parametrize("size", SIZES)
def test_every_parameter_has_a_limit_or_needs_none(size):
    """A step that is too long diverges; of exponents there is no last one."""
    names = {name for space in spaces(size).values() for name in [*space.grid, space.rounds]}
    assert names - {*LIMITS, *TEXT_VALUED, ""} == {"learning_rate", "negative_exponent", "step"}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("n_points", [2, 6, 20])
def test_every_model_gets_the_same_number_of_points_unless_its_space_has_fewer(size, n_points):
    for space in spaces(size).values():
        tried = points(space.grid, n_points, seed=0)
        assert len(tried) == min(n_points, math.prod(map(len, space.grid.values())))
        assert len({tuple(point.items()) for point in tried}) == len(tried)


def test_all_of_a_small_space_is_tried_the_start_first():
    assert points({"dim": (3, 1), "margin": (0, 0.5)}, 9, seed=0) == [
        {"dim": 3, "margin": 0},
        {"dim": 3, "margin": 0.5},
        {"dim": 1, "margin": 0},
        {"dim": 1, "margin": 0.5},
    ]


def test_few_points_already_try_every_value_of_every_parameter():
    space = {"dim": (1, 2, 3, 4, 5), "margin": (0, 0.1, 0.2)}
    tried = pd.DataFrame(points(space, 6, seed=3)[1:])
    assert {name: set(tried[name]) for name in space} == {n: set(v) for n, v in space.items()}


def test_models_are_tried_at_like_points_of_the_parameters_they_share():
    small = spaces("small")
    plain, titled = (points(small[name].grid, 6, seed=0) for name in ("muse", "muse-contrastive"))
    assert [{name: point[name] for name in plain[0]} for point in titled] == plain


def test_another_seed_tries_other_points_from_the_same_start():
    space = spaces("large")["muse"].grid
    one, other = (points(space, 6, seed) for seed in (0, 1))
    assert (one[0], one) != (other[0], other)
    assert one[0] == other[0]


def test_no_points_are_refused():
    with pytest.raises(InputError, match="n_points=0 leaves nothing to try: give at least 1"):
        points({"dim": (1, 2)}, 0, seed=0)
