"""Songs as people name them: the one that is meant, or a sentence."""

import numpy as np
import pandas as pd
import pytest

from muse_lib.data.catalogue import Catalogue
from muse_lib.errors import InputError

NAMES = [
    ("Rain", "Ana", 3),
    ("Sun", "Bo", 9),
    ("Rain", "Cléo", 7),
    ("2", "Bo", 1),
    ("Sunny Day", "Beyonc\u00e9", 5),
    ("Suns", "Bo", 5),
]


def catalogue_of(**columns):
    table = pd.DataFrame(NAMES, columns=["track", "artist", "n_playlists"])
    return Catalogue.of(table.assign(**columns))


@pytest.fixture
def songs():
    return catalogue_of()


@pytest.mark.parametrize("song", [1, np.int32(1), np.uint8(1), "Sun", "sun\u200b", ("SUN", " bo")])
def test_a_song_is_found_by_whatever_names_it(songs, song):
    assert songs.position(song) == 1


def test_a_text_of_digits_is_a_name_and_no_number(songs):
    assert songs.position("2") == 3
    with pytest.raises(InputError, match="there is no song '1'"):
        songs.position("1")


def test_an_identifier_of_ones_own_wins_over_a_name():
    songs = catalogue_of(song=["Sun", "a", "b", "c", "d", "e"])
    assert songs.position("Sun") == 0
    assert songs.position(("Sun", "Bo")) == 1


def test_numbers_of_ones_own_are_no_positions():
    songs = catalogue_of(song=[10, 20, 30, 40, 50, 0])
    assert songs.position(0) == 5
    with pytest.raises(InputError, match="there is no song 1: name a song by its number, by"):
        songs.position(1)


def test_an_ambiguous_name_lists_who_may_be_meant_the_most_popular_first(songs):
    with pytest.raises(InputError, match=r"2 songs are called 'rain': 2 \('Rain' by 'Cléo'\), 0 "):
        songs.position("rain")
    assert songs.position(("rain", "ana")) == 0


def test_many_candidates_are_counted_and_not_all_listed():
    songs = Catalogue.of(pd.DataFrame({"track": ["Intro"] * 9, "artist": [*"abcdefghi"]}))
    with pytest.raises(InputError, match=r"9 songs are called .* and 4 more; choose one by"):
        songs.position("Intro")


@pytest.mark.parametrize(
    "song", [True, np.bool_(False), 2.0, 2.9, float("nan"), np.float64(1), None, [1], {1}, ("a",)]
)
def test_what_is_no_name_is_refused(songs, song):
    with pytest.raises(InputError, match="is not a song: name a song by its number, 0 to 5 or by"):
        songs.position(song)


@pytest.mark.parametrize("song", [-1, 6, "no such song", ("Sun", "Ana")])
def test_a_song_that_is_not_there_is_refused(songs, song):
    with pytest.raises(InputError, match="there is no song"):
        songs.position(song)


@pytest.mark.parametrize(
    "several",
    [
        [1, "2", ("Rain", "Ana")],
        (1, 3, 0),
        np.array([1, 3, 0]),
        pd.Series([1, 3, 0], index=[5, 6, 7]),
        iter([1, 3, 0]),
    ],
)
def test_several_songs_keep_their_order(songs, several):
    assert songs.positions(several).tolist() == [1, 3, 0]


@pytest.mark.parametrize(
    ("several", "why"),
    [
        (np.array([True, False, True, False, False, False]), "a boolean mask of length 6"),
        ([True, False], "a boolean mask of length 2"),
        ([0, True], "True .* is not a song"),
        ([0.0, 1.0], "0.0 .* is not a song"),
        (np.array([0.5]), "is not a song"),
        ({0, 1}, "not a list of songs"),
        ({0: 1}, "not a list of songs"),
        ("Sun", "not a list of songs"),
        (("Sun", "Bo"), "not a list of songs"),
        (1, "not a list of songs"),
        (np.int64(1), "not a list of songs"),
        (None, "not a list of songs"),
        ([], "name at least one"),
        ([0, 99], "there is no song 99"),
    ],
)
def test_what_is_no_list_of_songs_is_refused(songs, several, why):
    with pytest.raises(InputError, match=why):
        songs.positions(several)


def test_a_search_finds_every_word_in_track_or_artist_the_most_popular_first(songs):
    assert songs.search("sun").tolist() == [1, 4, 5]
    assert songs.search("BO sun").tolist() == [1, 5]
    assert songs.search("nothing like it").tolist() == []


@pytest.mark.parametrize("text", ["beyonce", "BEYONC\u00c9", "beyonce\u0301", "be\u200byonce"])
def test_a_search_forgives_accents_case_and_invisible_signs(songs, text):
    assert songs.search(text).tolist() == [4]


def test_a_search_takes_its_text_literally():
    songs = Catalogue.of(pd.DataFrame({"track": ["What?", "What (x"], "artist": ["A", "B"]}))
    assert songs.search("what (").tolist() == [1]


@pytest.mark.parametrize(
    ("song", "why"),
    [
        ([1, 2, 3, 4, 5, "6"], "song identifiers have the types int and str"),
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "song identifiers have the types float"),
        ([1, 2, 3, 4, 5, 1], "two songs have the identifier 1"),
    ],
)
def test_identifiers_that_tell_no_songs_apart_are_refused(song, why):
    with pytest.raises(InputError, match=why):
        catalogue_of(song=song)
