"""Encode the names of songs with the sentence encoder."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from muse_lib.seeds import stream
from muse_lib.titles.encoder import EMBEDDED_MODEL, TitleModel
from muse_lib.titles.text import as_read


def described(songs: pd.DataFrame) -> list[str]:
    """Return "track by artist" for every song, or only the track if there is no artist.

    Parameters
    ----------
    songs : DataFrame
        ``track`` and ``artist``. Long names are truncated like titles.
    """
    names: Iterable[tuple[str, str]] = zip(
        as_read(songs["track"].tolist(), normalised=False),
        as_read(songs["artist"].tolist(), normalised=False),
        strict=True,
    )
    return [f"{track} by {artist}" if artist else track for track, artist in names]


def name_vectors(
    songs: pd.DataFrame, title_model: str = EMBEDDED_MODEL, most_read: int = 0
) -> np.ndarray:
    """Return a unit vector for the name of every song, (n_songs, n_features) float32.

    Parameters
    ----------
    songs : DataFrame
        ``track`` and ``artist``.
    title_model : str
        See `TitleModel`.
    most_read : int
        Maximum number of songs to encode, drawn at random; the others get zero vectors. 0 encodes
        all.
    """
    names = described(songs)
    if not most_read or most_read >= len(names):
        return TitleModel(title_model).encode(names, by_length=True)
    read = np.sort(stream(0, "names that are read").permutation(len(names))[:most_read])
    some = TitleModel(title_model).encode([names[song] for song in read], by_length=True)
    vectors = np.zeros((len(names), some.shape[1]), dtype=np.float32)
    vectors[read] = some
    return vectors
