import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from muse_lib.errors import InputError
from muse_lib.evaluation.continuations import GIVEN, continuations
from muse_lib.evaluation.held_out import HeldOut
from tests.helpers.worlds import corpus_of


def held_out_of(playlists, parts):
    corpus = corpus_of(playlists)
    return HeldOut(corpus.songs, corpus.memberships, np.array(parts))


def cases_of(n_songs, **options):
    """The cases of one test playlist of so many songs, by what is given."""
    songs = list(range(n_songs))
    held_out = held_out_of([songs, songs], ["train", "test"])
    return {case.given_as: case for case in continuations(held_out, "test", 0, **options)}


@pytest.mark.parametrize(
    ("n_songs", "asked"),
    [
        (2, ["0", "1", "half"]),
        (9, ["0", "1", "half"]),
        (10, ["0", "1", "5", "half"]),
        (14, ["0", "1", "5", "half"]),
        (15, ["0", "1", "5", "10", "half"]),
        (29, ["0", "1", "5", "10", "half"]),
        (30, ["0", "1", "5", "10", "25", "half"]),
    ],
)
def test_at_least_as_many_songs_are_hidden_as_given_up_to_five(n_songs, asked):
    assert list(cases_of(n_songs)) == asked


@pytest.mark.parametrize(("n_songs", "n_given"), [(2, 1), (3, 1), (4, 2), (9, 4)])
def test_of_an_odd_number_of_songs_the_smaller_half_is_given(n_songs, n_given):
    assert cases_of(n_songs)["half"].given.size == n_given


@given(st.integers(2, 80))
def test_what_is_given_and_what_is_hidden_are_the_playlist(n_songs):
    for case in cases_of(n_songs).values():
        songs = np.concatenate([case.given, case.hidden])
        assert_array_equal(np.sort(songs), np.arange(n_songs))
        assert_array_equal(case.given, np.sort(case.given))
        assert_array_equal(case.hidden, np.sort(case.hidden))


def test_so_many_songs_are_given_as_the_case_says():
    sizes = {name: case.given.size for name, case in cases_of(80).items()}
    assert sizes == {"0": 0, "1": 1, "5": 5, "10": 10, "25": 25, "half": 40}


def test_what_is_given_of_few_is_given_of_more():
    nested = [set(case.given.tolist()) for case in cases_of(80).values()]
    assert all(few < more for few, more in itertools.pairwise(nested))


def test_the_songs_that_are_given_are_drawn_and_not_the_first():
    """One song of a hundred is given: that it is number 0 or 1 has odds of one in fifty."""
    assert cases_of(100)["1"].given[0] > 1


def test_the_cases_stand_in_the_order_asked_for():
    assert list(cases_of(10, given=["half", "1"])) == ["half", "1"]


def test_every_playlist_is_in_the_cases_of_no_song_one_and_half():
    songs = list(range(40))
    lengths = [2, 3, 12, 40]
    held_out = held_out_of(
        [songs, *(songs[:length] for length in lengths)], ["train", *["test"] * 4]
    )
    cases = continuations(held_out, "test", 0)
    for name in ("0", "1", "half"):
        assert [case.playlist_id for case in cases if case.given_as == name] == [1, 2, 3, 4]


def test_songs_that_training_does_not_know_are_neither_given_nor_hidden():
    corpus = corpus_of([list(range(10)), list(range(20))])
    parts = np.array(["train", "test"])
    held_out = HeldOut(corpus.songs.iloc[:10], corpus.memberships, parts)
    for case in continuations(held_out, "test", 0):
        assert_array_equal(np.sort(np.concatenate([case.given, case.hidden])), np.arange(10))


def test_a_playlist_has_its_own_title():
    songs = [0, 1, 2]
    held_out = held_out_of([songs, songs, songs], ["train", "test", "test"])
    cases = continuations(held_out, "test", 0, given=["0"], titles=["a", "b", "c"])
    assert [case.title for case in cases] == ["b", "c"]


def test_without_titles_a_title_is_empty():
    assert {case.title for case in cases_of(80).values()} == {""}


def test_playlists_of_one_known_song_are_passed_over():
    held_out = held_out_of([[0, 1, 2], [0], [1, 2]], ["train", "test", "test"])
    assert {case.playlist_id for case in continuations(held_out, "test", 0)} == {2}


def test_only_playlists_of_the_part_are_continued():
    songs = [0, 1, 2]
    held_out = held_out_of([songs, songs, songs], ["train", "validation", "test"])
    assert {case.playlist_id for case in continuations(held_out, "validation", 0)} == {1}


def test_no_playlist_to_continue_is_one_clear_sentence():
    held_out = held_out_of([[0, 1], [0], [1]], ["train", "test", "test"])
    with pytest.raises(InputError, match="none of the 2 test playlists has 2 songs"):
        continuations(held_out, "test", 0)


def test_a_case_that_no_playlist_is_long_enough_for_names_how_many_songs_it_needs():
    with pytest.raises(InputError, match="none of the 1 test playlists has 30 songs"):
        cases_of(29, given=["25"])


@pytest.mark.parametrize("case", ["-1", "third", "", "2.5"])
def test_a_case_that_is_none_is_one_clear_sentence(case):
    with pytest.raises(InputError, match="use a number of songs, such as '5', or 'half'"):
        cases_of(4, given=[case])


def test_the_seed_draws_what_is_given():
    songs = list(range(50))
    held_out = held_out_of([songs, songs], ["train", "test"])
    one, again, other = (
        continuations(held_out, "test", seed, given=["25"])[0].given.tolist() for seed in (0, 0, 1)
    )
    assert one == again != other


def test_a_playlist_is_cut_alike_whatever_the_others_are():
    songs = list(range(50))
    playlists = [songs, songs[:20], songs]
    both = held_out_of(playlists, ["train", "test", "test"])
    alone = held_out_of(playlists, ["train", "train", "test"])
    ours = continuations(alone, "test", 0)
    theirs = [case for case in continuations(both, "test", 0) if case.playlist_id == 2]
    assert [case.given_as for case in ours] == list(GIVEN)
    for one, other in zip(ours, theirs, strict=True):
        assert replace(one, given=None, hidden=None) == replace(other, given=None, hidden=None)
        assert_array_equal(one.given, other.given)
        assert_array_equal(one.hidden, other.hidden)
