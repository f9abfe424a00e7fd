"""The check that needs no pydantic, held to the configurations that have the last word."""

import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muse_lib.errors import InputError
from muse_lib.paths import ROOT
from muse_lib.runner.limits import read_limits
from muse_lib.runner.parameters import _configs
from tests.test_config import FIELDS, bad_values

LIMITS = read_limits()
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 20_000),
    st.floats(),
    st.sampled_from([0.5, 5.0, -1, 1, 0, 10**400, "5", " 5 ", "0.5", "true", "No", "adam", "one"]),
    st.text(max_size=3),
    st.lists(st.integers(), max_size=2),
)


def taken(check, *arguments, **values):
    try:
        check(*arguments, **values)
    except InputError:
        return False
    return True


def allowed(name, value):
    return all(taken(limit.check, name, value) for limit in LIMITS[name])


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_what_a_field_must_refuse_is_refused(kind, name):
    assert [value for value in bad_values(kind.model_fields[name]) if allowed(name, value)] == []


@pytest.mark.parametrize("name", sorted({name for _, name in FIELDS}))
@given(value=VALUES)
def test_nothing_is_refused_that_the_configurations_take(name, value):
    kinds = [kind for kind in _configs() if name in kind.model_fields]
    if all(taken(kind, **{name: value}) for kind in kinds):
        assert allowed(name, value)


def test_no_field_is_forgotten():
    assert LIMITS.keys() >= {name for _, name in FIELDS}


def test_the_refusal_names_value_bound_and_description():
    sentence = r"dim=-1 cannot be used: input should be greater than or equal to 1 \(dim: length of"
    with pytest.raises(InputError, match=sentence):
        LIMITS["dim"][0].check("dim", -1)
    assert not allowed("smoothing", math.nan)


def test_a_bound_that_is_computed_and_a_type_that_is_unknown_let_all_pass(tmp_path):
    source = tmp_path / "config.py"
    source.write_text("class C:\n    a: int = Field(1, le=2 * MANY)\n    b: Path = Field(None)\n")
    limits = read_limits(source)
    limits["a"][0].check("a", 10**9)
    limits["b"][0].check("b", [])


def test_the_check_needs_the_standard_library_alone():
    """As a Python sees it in which nothing is installed."""
    code = "import sys; sys.path.append('.')\nfrom muse_lib.runner.check import check\ncheck([])"
    bare = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
