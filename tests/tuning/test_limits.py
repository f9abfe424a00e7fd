import math

import pytest

from muse_lib.tuning.limits import LIMITS, beyond, longer


@pytest.mark.parametrize(
    ("name", "value", "tried", "expected"),
    [
        ("smoothing", 0.001, (1, 0.1, 0.01, 0.001), 0.0001),
        ("smoothing", 1, (1, 0.1, 0.01, 0.001), 10),
        ("dim", 200, (50, 100, 200), 400),
        ("dim", 20, (20, 50, 100), 8),
        ("dim", 2, (2, 3), 1),
        ("window", 5, (4, 5), 6),
        ("learning_rate", 0.02, (0.02, 0.05), 0.008),
        ("margin", 0.5, (-0.5, 0, 0.5), 0.9),
        ("margin", -0.5, (-0.5, 0, 0.5), -1),
        ("negative_exponent", -0.5, (0.75, 0, -0.5), -1),
        ("k", 20, (0, 20), 10),
        ("own_step", 0.5, (0.1, 0.5), 1),
    ],
)
def test_the_step_beyond_the_edge_is_that_between_the_two_outermost(name, value, tried, expected):
    assert beyond(name, value, tried) == expected


@pytest.mark.parametrize(
    ("name", "value", "tried", "reason"),
    [
        ("dim", 500, (100, 500), "longer vectors take too long"),
        ("frequency_scale", 0, (0, 0.5, 1), "0 regularises all songs equally"),
        ("k", 0, (0, 20, 50), "0 uses all neighbours"),
        ("sample", 0, (0, 1e-4), "0 skips no songs"),
        ("shift", 1, (1, 5), "1 applies no shift"),
    ],
)
def test_at_a_limit_there_is_nothing_beyond_and_a_reason(name, value, tried, reason):
    assert beyond(name, value, tried) == reason


def test_whole_numbers_stay_whole():
    assert type(beyond("dim", 30.0, (30.0, 20.0))) is int


@pytest.mark.parametrize("limit", LIMITS.values())
def test_every_limit_has_its_reason(limit):
    assert bool(limit.below) == math.isfinite(limit.lowest)
    assert bool(limit.above) == (math.isfinite(limit.highest) or limit is LIMITS["k"])


def test_a_longer_run_is_twice_as_long_and_read_on_the_way():
    assert longer((10, 50, 100), "epochs") == (150, 200)
    assert longer((10, 300), "epochs") == (400,)
    assert longer((10, 400), "epochs") == "longer runs take too long"
