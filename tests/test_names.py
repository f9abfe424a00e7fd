import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muse_lib.names import folded, searchable


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hey Jude", "HEY JUDE"),
        ("Straße", "STRASSE"),
        ("\ufb01re", "Fire"),
        ("Hey  Jude ", "Hey Jude"),
        ("Hey\u00a0Jude", "Hey Jude"),
        ("Hey\nJude", "Hey Jude"),
        ("Beyonc\u00e9", "Beyonce\u0301"),
        ("\u01f0azz", "J\u030cazz"),
    ],
)
def test_two_spellings_of_one_name_are_one_name(one, other):
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("Beyoncé", "Beyonce"), ("\uff21", "A"), ("愛", "恋")])
def test_what_only_looks_alike_stays_apart(one, other):
    assert folded(one) != folded(other)


INVISIBLE = {
    "zero-width space": "\u200b",
    "zero-width joiner": "\u200d",
    "byte-order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "left-to-right mark": "\u200e",
    "isolate": "\u2068",
    "word joiner": "\u2060",
    "variation selector": "\ufe0f",
    "Hangul filler": "\u3164",
    "tag": "\U000e0041",
    "bell": "\x07",
}


@pytest.mark.parametrize("sign", INVISIBLE.values(), ids=INVISIBLE.keys())
@pytest.mark.parametrize("name", ["{0}Hey Jude", "Hey J{0}ude", "Hey{0} Jude", "Hey Jude{0}"])
def test_a_sign_that_nobody_sees_does_not_count(sign, name):
    assert folded(name.format(sign)) == "hey jude"


def test_a_name_of_invisible_signs_alone_is_empty():
    assert folded("".join(INVISIBLE.values())) == ""


def test_every_format_character_of_unicode_but_those_that_are_drawn_is_invisible():
    """Some formats of scripts show: signs before Arabic and Kaithi numbers, Egyptian joiners."""
    formats = (chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf")
    seen = {unicodedata.name(sign).split()[0] for sign in formats if folded(sign)}
    assert seen == {"ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN"}


@given(st.text())
def test_folding_twice_is_folding_once(name):
    assert folded(folded(name)) == folded(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Beyonc\u00e9", "beyonce"),
        ("\uff21\uff22", "ab"),
        ("Stra\u00dfe", "STRASSE"),
        (
            "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",
            "\u03c3\u03b9\u03c3\u03c5\u03c6\u03bf\u03c3",
        ),
        ("\u0437\u0432\u0451\u0437\u0434\u044b", "\u0437\u0432\u0435\u0437\u0434\u044b"),
    ],
)
def test_a_search_forgives_more_than_identity(one, other):
    assert searchable(one) == searchable(other)


@given(st.text())
def test_what_is_one_name_is_one_to_a_search(name):
    assert searchable(name) == searchable(folded(name))
