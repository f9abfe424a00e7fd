"""Artists' genres from Spotify, as of late 2019, for corpora without genres (MIT)."""

import ast
import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from muse_lib.data.corpora.download import Remote
from muse_lib.data.corpora.opening import BadUtf8, open_text
from muse_lib.data.corpus import Corpus
from muse_lib.errors import InputError
from muse_lib.names import folded

FILE = Remote(
    place="artist-genres/artists_cleaned.csv",
    url="https://raw.githubusercontent.com/not-a-hot-dog/spotify_project/"
    "b928fecb136cffdd62c650b054ca543047800f11/data/artists_cleaned.csv",
    megabytes=3,
)


DAMAGE = (
    *(AttributeError, KeyError, TypeError, ValueError, csv.Error),
    *(SyntaxError, RecursionError, MemoryError),  # not a literal, or nested too deeply
)
"""Exceptions raised when reading any other file."""


def read(bad_utf8: BadUtf8) -> dict[str, list[str]]:
    """Return each artist's genres by folded name; of namesakes, the one with most followers wins.

    Raises
    ------
    InputError
        If the file is not available or has another format.
    """
    genres: dict[str, list[str]] = {}
    followers: dict[str, int] = {}
    with open_text(FILE.fetch(), bad_utf8) as (file, _):
        try:
            for artist in csv.DictReader(file, strict=True):
                name, count = folded(artist["name"]), int(artist["followers"])
                if count > followers.get(name, -1):
                    followers[name] = count
                    genres[name] = [str(genre) for genre in ast.literal_eval(artist["genres"])]
        except UnicodeDecodeError:
            raise  # open_text turns it into an error that names the line
        except DAMAGE:
            raise InputError(
                f"{FILE.place} is not the expected list of artists: delete it so that it is "
                f"downloaded again."
            ) from None
    return genres


def labelled(corpus: Corpus, known: Mapping[str, list[str]]) -> Corpus:
    """Return the corpus with the genres of every song's primary artist.

    Parameters
    ----------
    corpus : Corpus
        A corpus without genres.
    known : mapping
        Each artist's genres by folded name, as returned by `read`.

    Returns
    -------
    Corpus
        The corpus with two more columns of songs: ``genre``, the artist's genre that is most
        frequent in the corpus (the alphabetically first if tied), and ``genres``, all of the
        artist's genres, sorted and joined by ``"|"``. Both are empty if the artist is unknown or
        has none.
    """
    artist_of_song = corpus.songs["artist"].map(folded)
    songs_of_genre = Counter(genre for name in artist_of_song for genre in known.get(name, []))
    labels = {
        name: (
            min(genres, key=lambda genre: (-songs_of_genre[genre], genre), default=""),
            "|".join(sorted(genres)),
        )
        for name, genres in ((name, known.get(name, [])) for name in artist_of_song.unique())
    }
    songs = corpus.songs.assign(
        genre=[labels[name][0] for name in artist_of_song],
        genres=[labels[name][1] for name in artist_of_song],
    )
    return replace(corpus, songs=songs)
