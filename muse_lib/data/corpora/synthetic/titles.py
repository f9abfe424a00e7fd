"""Titles of playlists: the theme in any spelling, a title that says nothing, or an awkward one."""
# ruff: noqa: SIM905 - a list of titles reads better as text

from collections.abc import Callable, Sequence

import numpy as np

from muse_lib.data.corpora.synthetic.words import (
    GENRE_NAMES,
    MOOD_NAMES,
    MOODS,
    SCENE_GENRE,
    SCENES,
)

SPEAKING_SHARE = 0.5
"""Share of titles that name the theme, about as many as in real playlists."""

AWKWARD_SHARE = 0.08
"""Share of titles from `AWKWARD`: enough that the poster's sample contains nearly all of them."""

AWKWARD = (
    "A$AP Rocky & Ke$ha",
    "$uicideboy$",
    "$$ mood $$",
    "_lofi",
    "🔥🔥🔥",
    "👩‍👩‍👧 family mix 🇧🇷",
    "夜のドライブ",
    "운동할 때",
    "أغاني هادئة",
    "שירים לנסיעה",
    "<script>alert(1)</script>",
    "<b>bold</b> & <i>italic</i>",
    "=SUM(A1)",
    "-2+3 workout",
    "",
    "   ",
    "road\ntrip",
    "line one\r\nline two\ttab",
    "\x1b[31mred\x1b[0m",
    ("endless " * 1_250),  # 10,000 characters
    'both "quotes", a comma; a semicolon | a bar',
    "C:\\new\\table %s {0} {{x}}",
    "nan",
    "[link](javascript:alert(1)) `code` **bold**",
    "no\u00a0break, zero\u200bwidth, \u202eright to left",
)
"""Titles that break careless software (markup, formulas, mathematics, terminals, fonts)."""

SILENT = (
    "songs|my playlist|vibes|asdf|<3|music|new|playlist|untitled|idk|...|stuff|good stuff|mine|"
    "favs|favorites|Starred|liked from radio|random|everything|mix|my mix|2015|march|june 2017|"
    "🎧|❤️|✨|aaa|for emma|jack's playlist|the good ones|yes|:)|current|on repeat|best songs ever|"
    "My Playlist #3|New Playlist|playlist 2|faves|misc|hmm|xx|listen|old|2016 songs|tunes|jams"
).split("|")
"""Titles that say nothing about the theme."""

_PHRASES = (
    ("{}",) * 8
    + ("{} mix", "{} vibes", "my {}", "{} songs", "{} playlist", "best of {}", "{} jams")
    + ("{} 2016", "{} '17", "{} vol. 2", "{} & chill", "late night {}", "{} for emma", "more {}")
)
_SIGNS = ("🎶", "✨", "❤️", "🔥", "😴", "🌊", "!!", " :)", "~", "...")

_EVERYTHING = ("everything", "a bit of everything", "all of it", "shuffle", "whole library")


def _spaced(title: str) -> str:
    return " ".join(title)


def _abbreviated(title: str) -> str:
    """Return the words without their inner vowels: ``smmr``."""
    return " ".join(
        word[0] + "".join(c for c in word[1:] if c not in "aeiouAEIOU") if word else ""
        for word in title.split(" ")
    )


def _drawn_out(title: str) -> str:
    return title + 3 * title[-1]


_SPELLINGS: tuple[Callable[[str], str], ...] = (
    *(str, str, str, str.title, str.title, str.lower, str.capitalize, str.upper),
    *(_spaced, _abbreviated, _drawn_out),
)


def playlist_titles(
    *,
    kind: np.ndarray,
    scene: np.ndarray,
    mood: np.ndarray,
    artist: Sequence[str],
    length: np.ndarray,
    rng: np.random.Generator,
) -> list[str]:
    """Give every playlist a title.

    Parameters
    ----------
    kind : ndarray
        (n_playlists,) str: the kind of theme, ``"scene"``, ``"genre"``, ``"mood"``, ``"artist"``
        or ``"everything"``.
    scene, mood : ndarray
        (n_playlists,) int: the scene and the mood.
    artist : sequence of str
        The artist, for artist lists.
    length : ndarray
        (n_playlists,) int: awkward titles go preferably to long lists, which a sample by popular
        songs is more likely to keep.
    rng : Generator
        The source of all randomness.
    """
    n = kind.size
    speaking = rng.random(n) < SPEAKING_SHARE
    titles = [
        _spelt(_one_of(words, rng), rng) if speaks else _one_of(SILENT, rng)
        for speaks, words in zip(speaking, map(_words, kind, scene, mood, artist), strict=True)
    ]
    awkward = rng.choice(n, round(AWKWARD_SHARE * n), replace=False, p=length / length.sum())
    for turn, playlist in enumerate(awkward):
        titles[playlist] = AWKWARD[turn % len(AWKWARD)]
    return titles


def _one_of(choices: Sequence[str], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]


def _words(kind: str, scene: int, mood: int, artist: str) -> tuple[str, ...]:
    """Return the possible names of a theme."""
    match kind:
        case "scene":
            return SCENES[scene][1]
        case "genre":
            return (GENRE_NAMES[SCENE_GENRE[scene]],)
        case "mood":
            return MOODS[MOOD_NAMES[mood]][0]
        case "artist":
            return (artist,)
        case _:
            return _EVERYTHING


def _spelt(words: str, rng: np.random.Generator) -> str:
    """Return some words as a title in a random phrase and spelling."""
    title = _one_of(_PHRASES, rng).format(words)
    title = _SPELLINGS[int(rng.integers(len(_SPELLINGS)))](title)
    return title + (" " + _one_of(_SIGNS, rng) if rng.random() < 0.2 else "")
