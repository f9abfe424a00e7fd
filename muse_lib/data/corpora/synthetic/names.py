"""Fictitious names of artists and songs, made of syllables and plain English words.

A few are of the kind that breaks careless software. They go to the most popular artists and songs,
so that they appear in every run, table and figure.
"""
# ruff: noqa: SIM905 - a list of words reads better as text

import itertools

import numpy as np

AWKWARD_ARTISTS = (
    "M$NEY & LU$H",
    "_undertow",
    "雨の軌道",
    "Vale, Marrow & Finch",
    "🌵 cactus telephone",
    "$lowburn$",
    "נמל שקט",
    "<i>Italic</i>",
    "Ñandú Øre Ğün",
    "=Equals",
    "밤의 우산",
    "AC\\WIRE",
    'The "Quoted" Few',
    "بحر هادئ",
    "100% %s",
    "Тихий Порт",
)
AWKWARD_TRACKS = (
    "_",
    "$ $ $ (feat. $lowburn$)",
    "🌙🌊",
    "静かな部屋",
    "Hello, Goodbye; Hello",
    "<b>Bold</b>",
    "=1+1",
    "Untitled",
    "نور",
    "C:\\temp\\new",
    'She Said "No"',
    "#7",
)

_STARTS = (
    "Bra Bel Cor Dre Del Fen Gar Hol Jas Kal Kre Lun Mar Mor Nev Ost Pel Qua Ras Sel Sor Tal Tre "
    "Ul Vel Vor Wex Xan Yar Zel"
).split()
_MIDDLES = "a e i o u ba dri fo go ki la mi na po ra ro si ta ve zu".split()
_ENDINGS = (
    "da dor fen gan kas la lex lune mar mio nax nor pex ra rin sha stra tan tov va vik wen xo zar"
).split()
_FORMS = ("{}",) * 6 + ("The {}s", "DJ {}", "Lil {}", "{} Trio", "Miss {}", "{} Club", "MC {}")

_QUALITIES = (
    "Amber Ancient Blue Borrowed Bright Broken Careless Copper Crooked Crystal Dark Distant Easy "
    "Electric Empty Endless Faded Fallen Fast Feral First Frozen Gentle Golden Half Heavy Hidden "
    "Holy Honest Hollow Inner Invisible Iron Last Lazy Little Lonely Long Lost Lucky Midnight "
    "Modern Naked Neon New Northern Old Open Orange Paper Perfect Pink Plastic Quiet Restless Red "
    "Royal Rusty Secret Seven Silent Silver Slow Small Soft Southern Sudden Summer Sweet Tender "
    "Thousand Velvet Violet Warm Wasted White Wild Winter Wooden Yellow Young"
).split()
_THINGS = (
    "Address Airport Anchor Animals Arms Avenue Balcony Bells Birds Blood Bones Bridges Candle "
    "Carousel Ceiling Cigarettes Circles City Coast Colours Company Corners Crowd Daughter "
    "Daylight Desert Diamonds Distance Doors Dream Dust Echo Elevator Engine Eyes Fire Flowers "
    "Friends Garden Ghost Gravity Hands Harbor Heart Highway Holiday Honey Horses Hotel Hours "
    "House Island Kingdom Ladder Lanterns Letters Lies Light Machine Magnet Maps Matches Mirror "
    "Money Moon Morning Mountain Ocean Parade Party Pictures Promise Radio Rain River Rooms Sea "
    "Season Secrets Shadow Signals Skin Sky Smoke Snow Station Stars Stories Strangers Street Sun "
    "Telephone Thunder Tides Tigers Trains Trouble Valley Voices Walls Water Weekend Wires Years"
).split()
_TRACK_FORMS = (
    "{quality} {thing}",
    "{thing} ({quality})",
    "The {quality} {thing}",
    "{quality} {thing} (Live)",
    "{quality} {thing} - Remastered",
    "{thing}, {quality} {thing}",
    "My {quality} {thing}",
    "{quality} {thing}, Pt. 2",
)
_N_TRACK_NAMES = len(_TRACK_FORMS) * len(_QUALITIES) * len(_THINGS)
_STRIDE = 15_485_863  # a prime that does not divide the number of track names


def artist_names(n: int, stars: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Return ``n`` distinct artist names.

    Every third of the ``stars`` (n_stars,) gets an awkward name.
    """
    words = list(dict.fromkeys(map("".join, itertools.product(_STARTS, _MIDDLES, _ENDINGS))))
    chosen = rng.permutation(len(words))[:n]
    forms = rng.integers(len(_FORMS), size=n)
    # different words give different names, whatever their forms
    names = [_FORMS[form].format(words[word]) for form, word in zip(forms, chosen, strict=True)]
    for star, name in zip(stars[1::3], AWKWARD_ARTISTS, strict=False):
        names[star] = name
    return names


def track_names(song_artist: np.ndarray, hits: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Return the names of all songs, unique per artist but often shared between artists.

    Parameters
    ----------
    song_artist : ndarray
        (n_songs,) int: the artist of each song, with an artist's songs adjacent.
    hits : ndarray
        Songs of the chart, from the top; every fourth one gets an awkward name.
    rng : Generator
        Draws where each artist starts in the list of all possible names.
    """
    n_artists = int(song_artist.max()) + 1
    start = rng.integers(_N_TRACK_NAMES, size=n_artists)
    nth = np.arange(song_artist.size) - np.searchsorted(song_artist, song_artist)
    # a stride coprime to the number of names visits all of them before repeating one
    form, quality, thing = np.unravel_index(
        (start[song_artist] + nth * _STRIDE) % _N_TRACK_NAMES,
        (len(_TRACK_FORMS), len(_QUALITIES), len(_THINGS)),
    )
    names = [
        _TRACK_FORMS[f].format(quality=_QUALITIES[q], thing=_THINGS[t])
        for f, q, t in zip(form.tolist(), quality.tolist(), thing.tolist(), strict=True)
    ]
    for hit, name in zip(hits[2::4], AWKWARD_TRACKS, strict=False):
        names[hit] = name
    return names
