"""Where results go, by what differs from a corpus's own parameters."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muse_lib.errors import InputError
from muse_lib.runner.arguments import Arguments
from muse_lib.runner.places import LONGEST, check_name, place_of

ARCHIVE = Arguments(corpus="archive")
CSV = Arguments(corpus="csv")


@pytest.mark.parametrize(
    ("arguments", "differing", "place"),
    [
        (ARCHIVE, {}, "archive"),
        (Arguments(corpus="archive", scale="smoke"), {}, "smoke/archive"),
        (ARCHIVE, {"smoothing": 0.001, "dim": 100}, "own/archive_dim=100_smoothing=0.001"),
        (Arguments(corpus="archive", scale="smoke"), {"dim": 3}, "own/smoke_archive_dim=3"),
        (ARCHIVE, {"variants": ["muse", "muse-text"]}, "own/archive_variants=muse+muse-text"),
        (ARCHIVE, {"check_digest": False}, "own/archive_check_digest=False"),
        (Arguments(out="mine"), {"dim": 3}, "own/mine"),
        (Arguments(out="mine"), {}, "own/mine"),
    ],
)
def test_a_trial_is_named_after_what_differs(arguments, differing, place):
    assert place_of(arguments, differing) == Path(place)


def test_a_users_file_gives_its_name_and_two_of_one_name_lie_apart():
    one, other, again = (
        place_of(CSV, {"data_file": file, "dim": 3})
        for file in ("/a/my lists.csv", "/b/my lists.csv", "/a/../a/my lists.csv")
    )
    assert one.name.startswith("csv_my-lists-")
    assert one.name.endswith("_dim=3")
    assert one != other
    assert one == again


@given(st.dictionaries(st.text(min_size=1), st.text(), min_size=1))
def test_any_value_makes_the_plain_name_of_a_folder(differing):
    name = place_of(ARCHIVE, {f"p{key.encode().hex()}"[:30]: v for key, v in differing.items()})
    assert len(name.parts) == 2
    assert len(name.name.encode()) <= LONGEST
    check_name(name.name)


def test_values_that_look_alike_when_made_safe_lie_apart():
    assert place_of(ARCHIVE, {"a": "x y"}) != place_of(ARCHIVE, {"a": "x?y"})


@pytest.mark.parametrize("name", ["a/b", "..", ".hidden", "a\\b", "-x", " x", "x\n", "é" * 60])
def test_what_is_no_plain_name_is_refused(name):
    with pytest.raises(InputError, match="give a plain folder name"):
        check_name(name)


@pytest.mark.parametrize("name", ["first", "my trial", "dim=3", "été"])
def test_a_plain_name_is_taken(name):
    check_name(name)
