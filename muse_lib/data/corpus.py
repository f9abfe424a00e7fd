"""What every reader returns: playlists, songs and who is in what, with a report of the rest."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd

from muse_lib.errors import InputError


@dataclass(frozen=True)
class Corpus:
    """Playlists of songs, the same whatever the source.

    Attributes
    ----------
    name : str
        The corpus's name in the registry.
    playlists : DataFrame
        ``playlist_id`` (int32, 0 .. n_playlists - 1) and ``title`` (str, as people wrote it); a
        source that says so adds ``by_spotify`` (bool: of its charts, editors or algorithms).
    songs : DataFrame
        ``song_id`` (int32, 0 .. n_songs - 1), ``track`` and ``artist`` (str, as first written;
        ``artist`` is the primary one). A source that has them adds ``genre`` (str, the main one,
        for pictures) and, sorted and joined by ``"|"``, labels: ``genres`` (str, of the artist),
        ``scene`` (str, planted) or ``playlist_genres`` (str, of the playlists that hold the song);
        all are empty where unknown. What is measured of the sound is float, nan where unknown.
    memberships : DataFrame
        ``playlist_id`` and ``song_id`` (int32); a song counts once per playlist. Sorted by
        playlist, in a playlist in the order of the source.
    dropped : DataFrame
        ``reason`` (str), ``count`` (int) and ``example`` (str): what the reader left out.
    notes : tuple of str
        What else a reader of results should know: whole sentences.

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
        """Return the corpus with some more notes."""
        return replace(self, notes=(*self.notes, *notes))

    def digest(self) -> str:
        """Return the SHA-256 of the parsed content, as 64 hexadecimal digits.

        It covers playlists, songs (genres and sound too) and memberships, not the bytes of the
        files they came from, so line endings, compression and column order do not matter.
        """
        sha = hashlib.sha256()
        for name, column in {**self.playlists, **self.songs}.items():
            if pd.api.types.is_numeric_dtype(column):
                if not name.endswith("_id"):
                    sha.update(column.to_numpy("<f8").tobytes())
                continue
            texts = [text.encode() for text in column.tolist()]
            # with the lengths no text can be taken for the end of another
            sha.update(np.array([len(text) for text in texts], "<i8").tobytes())
            sha.update(b"".join(texts))
        for name in ("playlist_id", "song_id"):
            sha.update(self.memberships[name].to_numpy("<i4").tobytes())
        return sha.hexdigest()

    def verified(self, expected: str, remedy: str) -> Self:
        """Return the corpus itself if its digest is the expected one.

        Raises
        ------
        InputError
            If it is another, with both digests and the remedy.
        """
        found = self.digest()
        if found != expected:
            raise InputError(
                f"the content of {self.name} is not what this study was written for (its digest is "
                f"{found}, not {expected}): {remedy}, or take it as it is with "
                f"--set check_digest=false."
            )
        return self
