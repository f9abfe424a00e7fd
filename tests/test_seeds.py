import os
import subprocess
import sys

import pytest
from numpy.testing import assert_array_equal

from muse_lib.paths import ROOT
from muse_lib.seeds import stream


def test_one_seed_and_purpose_always_draw_the_same():
    assert_array_equal(stream(3, "split").random(5), stream(3, "split").random(5))


@pytest.mark.parametrize("other", [(4, "split"), (3, "init"), (3, "Split"), (3, "")])
def test_another_seed_or_purpose_draws_something_else(other):
    assert (stream(3, "split").random(5) != stream(*other).random(5)).all()


def test_draws_of_one_purpose_do_not_move_those_of_another():
    expected = stream(0, "init").random(5)
    split, init = stream(0, "split"), stream(0, "init")
    split.random(1000)
    assert_array_equal(init.random(5), expected)


def test_every_process_draws_the_same():
    """Python's own hash of a text differs from process to process."""
    code = "from muse_lib.seeds import stream; print(stream(7, 'pairs').integers(2**40))"
    drawn = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert drawn == {f"{stream(7, 'pairs').integers(2**40)}\n"}
