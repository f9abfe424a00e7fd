"""Genres of artists as Spotify gave them in late 2019, for corpora that have none (MIT)."""

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
    *(SyntaxError, RecursionError, MemoryError),  # what is no literal, or one too deep to parse
)
"""What reading something else raises."""


def read(bad_utf8: BadUtf8) -> dict[str, list[str]]:
    """Return the genres of each artist, by folded name; of two namesakes the more followed counts.

    Raises
    ------
    InputError
        If the file cannot be had or is not the one this was written for.
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
            raise  # named by its line where the file was opened
        except DAMAGE:
            raise InputError(
                f"{FILE.place} is not the list of artists it should be: delete it so that it is "
                f"downloaded anew."
            ) from None
    return genres


def labelled(corpus: Corpus, known: Mapping[str, list[str]]) -> Corpus:
    """Return the corpus with the genres of every song's primary artist.

    Parameters
    ----------
    corpus : Corpus
        Of songs without genres.
    known : mapping
        The genres of each artist by folded name, as `read` returns them.

    Returns
    -------
    Corpus
        Its songs with ``genre``, the one of the artist's that most songs of the corpus share (the
        first in the alphabet if tied), and ``genres``, all of them, sorted and joined by ``"|"``;
        both are empty where the artist is not known or has none.
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
