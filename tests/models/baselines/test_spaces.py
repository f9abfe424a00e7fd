import inspect

import pytest

from muse_lib.models.baselines import LIMITS, RIVALS, SEARCH, WEIGHT_LIMITS, WEIGHTS
from muse_lib.models.baselines.side_information import SIDE_INFORMATION, beside

SPACES = [*((SEARCH[name], LIMITS[name]) for name in SEARCH), (WEIGHTS, WEIGHT_LIMITS)]


def defaults(function):
    """Return the defaults of a function's hyper-parameters, by name."""
    parameters = inspect.signature(function).parameters.values()
    return {
        one.name: one.default for one in parameters if isinstance(one.default, int | float | str)
    }


def test_every_rival_with_hyper_parameters_has_a_space():
    having = [name for name, rival in RIVALS.items() if defaults(rival.fit)]
    assert [*SEARCH] == having
    assert [*LIMITS] == having


@pytest.mark.parametrize("name", SEARCH)
def test_a_search_starts_from_the_defaults_and_leaves_no_parameter_out(name):
    first = {parameter: values[0] for parameter, values in SEARCH[name].items()}
    assert first == defaults(RIVALS[name].fit)


def test_the_search_of_weights_starts_from_the_defaults():
    assert {name: values[0] for name, values in WEIGHTS.items()} == defaults(beside)


@pytest.mark.parametrize(("space", "limits"), SPACES, ids=[*SEARCH, "weights"])
def test_all_values_lie_within_limits_and_words_need_none(space, limits):
    numbers = {name for name, values in space.items() if not isinstance(values[0], str)}
    assert {*limits} == numbers
    for name, (lowest, highest, reason) in limits.items():
        assert len(set(space[name])) == len(space[name])
        assert all(lowest <= value <= highest for value in space[name])
        assert reason


@pytest.mark.parametrize("name", [name for name, rival in RIVALS.items() if rival.along])
def test_a_run_that_is_read_along_takes_all_other_hyper_parameters(name):
    rival = RIVALS[name]
    others = {k: v for k, v in defaults(rival.fit).items() if k != rival.rounds}
    assert len(others) == len(defaults(rival.fit)) - 1
    assert defaults(rival.along) == others
    assert [*inspect.signature(rival.along).parameters][:3] == ["vocabulary", "seed", "read_at"]


def test_what_is_put_beside_a_method_has_its_weight():
    assert [*SIDE_INFORMATION] == ["", "+artist", "+titles", "+artist+titles"]
    assert {weight for weights in SIDE_INFORMATION.values() for weight in weights} == {*WEIGHTS}
