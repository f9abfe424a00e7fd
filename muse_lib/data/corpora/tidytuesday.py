"""TidyTuesday of 2020-01-21: 471 playlists made to represent 24 subgenres (CC0)."""

from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

from muse_lib.config import DataConfig
from muse_lib.data.corpora.delimited import Dialect, blocks
from muse_lib.data.corpora.download import Remote
from muse_lib.data.corpora.opening import Table, own_path
from muse_lib.data.corpora.rows import Rows
from muse_lib.data.corpus import Corpus
from muse_lib.names import folded
from muse_lib.paths import shown

FILE = Remote(
    place="tidytuesday/spotify_songs.csv",
    url="https://raw.githubusercontent.com/rfordatascience/tidytuesday/main/"
    "data/2020/2020-01-21/spotify_songs.csv",
    megabytes=8,
)
DIGEST = "601c0858558a3cf94c09467a4a1d7d5df604ab628d8b922158534d207c098cfd"
REMEDY = f"delete {FILE.place} in the data folder so that it is downloaded anew"

COLUMNS = {
    "playlist": "playlist_id",
    "title": "playlist_name",
    "track": "track_name",
    "artist": "track_artist",
}
NOT_AVAILABLE = "NA"
"""What the file writes for a track withdrawn from Spotify: as its name, artist and album."""


def locate(config: DataConfig) -> Path:
    """Return the path of the file, downloaded if it must be."""
    return own_path(config.data_file) if config.data_file else FILE.fetch()


def read(config: DataConfig) -> Corpus:
    """Read the playlists; a song's genre is its most frequent one, first in the alphabet if tied.

    Raises
    ------
    InputError
        If the file cannot be had or read, or (unless it is the user's own) its content is not
        what the study was written for.
    """
    path = locate(config)
    rows = Rows()
    genres: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    subgenres: dict[tuple[str, str], set[str]] = defaultdict(set)
    wanted = [*COLUMNS.values(), "track_album_name", "playlist_genre", "playlist_subgenre"]
    dialect = Dialect(bad_utf8=config.bad_utf8)
    for lines, found in blocks(Table(path), wanted, rows, dialect, REMEDY, REMEDY):
        _blank_withdrawn(found)
        rows.add(
            f"{path.name}, line", lines, **{ours: found[theirs] for ours, theirs in COLUMNS.items()}
        )
        for track, artist, genre, subgenre in zip(
            found["track_name"],
            found["track_artist"],
            found["playlist_genre"],
            found["playlist_subgenre"],
            strict=True,
        ):
            song = folded(track), folded(artist)
            genres[song][genre] += 1
            subgenres[song].add(subgenre)

    corpus = rows.corpus(config.corpus, shown(path))
    names = zip(corpus.songs["track"], corpus.songs["artist"], strict=True)
    songs = [(folded(track), folded(artist)) for track, artist in names]
    corpus = replace(
        corpus,
        songs=corpus.songs.assign(
            genre=[min(genres[song], key=lambda g: (-genres[song][g], g)) for song in songs],
            subgenre=["|".join(sorted(subgenres[song])) for song in songs],
        ),
    )
    if config.check_digest and not config.data_file:
        return corpus.verified(DIGEST, REMEDY)
    return corpus


def _blank_withdrawn(found: dict[str, list[str]]) -> None:
    """Empty the names of withdrawn tracks, in place: a song may be called NA, its album too."""
    names = [found[column] for column in ("track_name", "track_artist", "track_album_name")]
    for row, values in enumerate(zip(*names, strict=True)):
        if set(values) == {NOT_AVAILABLE}:
            found["track_name"][row] = found["track_artist"][row] = ""
