"""What every reader returns: playlists, songs and memberships, and a report of what was dropped."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd

from muse_lib.errors import InputError


@dataclass(frozen=True)
class Corpus:
    """Playlists of songs, in one format for all sources.

    Attributes
    ----------
    name : str
        The corpus's name in the registry.
    playlists : DataFrame
        ``playlist_id`` (int32, 0 .. n_playlists - 1) and ``title`` (str, as written by its
        owner). Where the source tells, also ``by_spotify`` (bool: made by Spotify's charts,
        editors or algorithms).
    songs : DataFrame
        ``song_id`` (int32, 0 .. n_songs - 1), ``track`` and ``artist`` (str, as first written;
        ``artist`` is the primary artist). Where the source has them, also ``genre`` (str, the main
        genre, for figures) and labels, sorted and joined by ``"|"``: ``genres`` (str, of the
        artist), ``scene`` (str, planted) or ``playlist_genres`` (str, of the playlists that
        contain the song); all are empty where unknown. Audio features are float, nan where
        unknown.
    memberships : DataFrame
        ``playlist_id`` and ``song_id`` (int32); a song counts once per playlist. Sorted by
        playlist, and within a playlist in the order of the source.
    dropped : DataFrame
        ``reason`` (str), ``count`` (int) and ``example`` (str): what was left out.
    notes : tuple of str
        Whole sentences about anything else that matters for interpreting results.

    Examples
    --------
    See `read`.
    """

    name: str
    playlists: pd.DataFrame
    songs: pd.DataFrame
    memberships: pd.DataFrame
    dropped: pd.DataFrame
    notes: tuple[str, ...] = ()

    def with_notes(self, notes: Iterable[str]) -> Self:
        """Return the corpus with additional notes."""
        return replace(self, notes=(*self.notes, *notes))

    def digest(self) -> str:
        """Return the SHA-256 of the parsed content, as 64 hexadecimal digits.

        It covers playlists, songs (including genres and audio features) and memberships, not the
        bytes of the source files, so line endings, compression and column order do not matter.
        """
        sha = hashlib.sha256()
        for name, column in {**self.playlists, **self.songs}.items():
            if pd.api.types.is_numeric_dtype(column):
                if not name.endswith("_id"):
                    sha.update(column.to_numpy("<f8").tobytes())
                continue
            texts = [text.encode() for text in column.tolist()]
            # hashing the lengths too keeps the boundaries between texts unambiguous
            sha.update(np.array([len(text) for text in texts], "<i8").tobytes())
            sha.update(b"".join(texts))
        for name in ("playlist_id", "song_id"):
            sha.update(self.memberships[name].to_numpy("<i4").tobytes())
        return sha.hexdigest()

    def verified(self, expected: str, remedy: str) -> Self:
        """Return the corpus itself if its digest is as expected.

        Raises
        ------
        InputError
            If it is not; the message gives both digests and the remedy.
        """
        found = self.digest()
        if found != expected:
            raise InputError(
                f"the content of {self.name} is not what this study was written for (its digest is "
                f"{found}, not {expected}): {remedy}, or use it as it is with "
                f"--set check_digest=false."
            )
        return self
