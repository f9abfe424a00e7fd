"""What is said of the time that is left."""

import pytest

from muse_lib.runner.watch import Estimate, Watch

LAST = {"one": 10.0, "two": 20.0, "three": 30.0}


def test_what_is_left_is_what_the_stages_ahead_took_last():
    estimate = Estimate(LAST, LAST)
    assert estimate.left("one", 4) == 56
    estimate.over("one")  # it was up to date
    assert estimate.left("two", 0) == 50


def test_a_machine_half_as_fast_takes_twice_as_long():
    estimate = Estimate(LAST, LAST)
    estimate.finished("one", 20.0)
    estimate.over("one")
    assert estimate.left("two", 10) == pytest.approx(90)


@pytest.mark.parametrize(("last", "spent"), [({"one": 10.0}, 1), ({}, 1), (LAST, 11)])
def test_nothing_is_promised_where_nothing_is_known(last, spent):
    assert Estimate(last, LAST).left("one", spent) is None


def test_the_line_says_step_time_and_what_is_left_of_the_run():
    watch = Watch("[2/9] two", lambda _: 125.0)
    assert watch.line(12.0, "muse 3 of 150") == (
        "[2/9] two ... 12 s, about 2 min 5 s left in the whole run: muse 3 of 150"
    )
    assert Watch("[2/9] two").line(12.0, "") == "[2/9] two ... 12 s"
