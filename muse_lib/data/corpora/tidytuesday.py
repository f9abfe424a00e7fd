"""TidyTuesday of 2020-01-21: 471 playlists found by searching for 24 subgenres (CC0)."""

import math
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

from muse_lib.config import DataConfig
from muse_lib.data.corpora import artist_genres
from muse_lib.data.corpora.delimited import blocks
from muse_lib.data.corpora.download import Remote
from muse_lib.data.corpora.opening import Table, own_path
from muse_lib.data.corpora.records import Dialect
from muse_lib.data.corpora.rows import Rows
from muse_lib.data.corpus import Corpus
from muse_lib.data.makers import is_by_spotify
from muse_lib.names import folded
from muse_lib.paths import shown

FILE = Remote(
    place="tidytuesday/spotify_songs.csv",
    url="https://raw.githubusercontent.com/rfordatascience/tidytuesday/main/"
    "data/2020/2020-01-21/spotify_songs.csv",
    megabytes=8,
)
DIGEST = "73533204dff14516d5c943274180c9de02938484d368948a94774ac43722734e"
REMEDY = (
    f"delete {FILE.place} and artist-genres/ in the data folder so that they are downloaded again"
)

COLUMNS = {
    "playlist": "playlist_id",
    "title": "playlist_name",
    "track": "track_name",
    "artist": "track_artist",
}
SOUND = (
    *("danceability", "energy", "loudness", "speechiness", "acousticness", "instrumentalness"),
    *("liveness", "valence", "tempo", "duration_ms"),
)
"""Spotify's continuous audio features."""

NOT_AVAILABLE = "NA"
"""The name, artist and album that the file gives for a track withdrawn from Spotify."""


def locate(config: DataConfig) -> Path:
    """Return the path of the file; download it and the artists' genres if necessary."""
    path = own_path(config.data_file) if config.data_file else FILE.fetch()
    artist_genres.FILE.fetch()
    return path


def read(config: DataConfig) -> Corpus:
    """Read the playlists; a song has its artist's genres and the audio features of its first row.

    A song's ``playlist_genres`` are the subgenres by which its playlists were found: a label
    derived from playlists.

    Raises
    ------
    InputError
        If the files are not available or cannot be read, or (unless they are the user's own) their
        content is not what the study was written for.
    """
    path = locate(config)
    rows = Rows()
    of_playlists: dict[tuple[str, str], set[str]] = defaultdict(set)
    sound: dict[tuple[str, str], list[float]] = {}
    unknown: list[str] = []
    wanted = [*COLUMNS.values(), "track_album_name", "playlist_subgenre", *SOUND]
    dialect = Dialect(bad_utf8=config.bad_utf8)
    for lines, found in blocks(Table(path), wanted, rows, dialect, REMEDY, REMEDY):
        _blank_withdrawn(found)
        rows.add(
            f"{path.name}, line", lines, **{ours: found[theirs] for ours, theirs in COLUMNS.items()}
        )
        names = zip(found["track_name"], found["track_artist"], strict=True)
        for row, (track, artist) in enumerate(names):
            song = folded(track), folded(artist)
            of_playlists[song].add(found["playlist_subgenre"][row])
            if all(song) and song not in sound:
                sound[song] = [_number(found[name][row]) for name in SOUND]
                unknown += [
                    f"{name} in line {lines[row]}"
                    for name, value in zip(SOUND, sound[song], strict=True)
                    if math.isnan(value)
                ]
    if unknown:
        rows.note(
            f"{len(unknown):,} audio-feature cells of {path.name} contain no number "
            f"(the first is {unknown[0]}): they count as unknown."
        )

    corpus = rows.corpus(config.corpus, shown(path))
    names = zip(corpus.songs["track"], corpus.songs["artist"], strict=True)
    songs = [(folded(track), folded(artist)) for track, artist in names]
    measured = np.array([sound[song] for song in songs])
    columns = dict(zip(SOUND, measured.T, strict=True))
    genres = ["|".join(sorted(of_playlists[song])) for song in songs]
    corpus = replace(
        corpus,
        playlists=corpus.playlists.assign(by_spotify=is_by_spotify(rows.playlists)),
        songs=corpus.songs.assign(playlist_genres=genres, **columns),
    )
    corpus = artist_genres.labelled(corpus, artist_genres.read(config.bad_utf8))
    if config.check_digest and not config.data_file:
        return corpus.verified(DIGEST, REMEDY)
    return corpus


def _number(text: str) -> float:
    """Parse a number; return nan if the text is not a finite number."""
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _blank_withdrawn(found: dict[str, list[str]]) -> None:
    """Blank the names of withdrawn tracks, in place; a song or album alone may be called NA."""
    names = [found[column] for column in ("track_name", "track_artist", "track_album_name")]
    for row, values in enumerate(zip(*names, strict=True)):
        if set(values) == {NOT_AVAILABLE}:
            found["track_name"][row] = found["track_artist"][row] = ""
