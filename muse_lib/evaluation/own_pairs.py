"""A user's own file of labelled pairs of songs, as an additional test of the vectors."""

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from muse_lib.data.corpora.delimited import blocks
from muse_lib.data.corpora.opening import Table, own_path
from muse_lib.data.corpora.records import Dialect
from muse_lib.data.corpora.rows import Rows
from muse_lib.errors import InputError
from muse_lib.evaluation.pairs import Pairs
from muse_lib.names import folded
from muse_lib.paths import shown
from muse_lib.seeds import stream

COLUMNS = ["track", "artist", "other_track", "other_artist", "similar"]
LABELS = {"0": False, "1": True}

LEAST_PAIRS = 20
"""Ten to learn a threshold from and ten to test it on."""

Song = tuple[str, str]
"""Track and artist, as spelt in the file."""


@dataclass(frozen=True)
class LabelledPairs:
    """Pairs of songs that a user has labelled similar or dissimilar, as named in the file.

    Attributes
    ----------
    path : Path
        The file.
    labelled : list
        For each row, its line, track and artist of either song, and whether they are similar.
    damaged : Rows
        The report of rows that could not be read.
    """

    path: Path
    labelled: list[tuple[int, Song, Song, bool]]
    damaged: Rows

    @classmethod
    def read(cls, pairs_file: str) -> Self:
        """Read a CSV file in UTF-8 with the columns `COLUMNS`, in any order; others are ignored.

        Parameters
        ----------
        pairs_file : str
            The file; a relative path is relative to the project's folder.

        Raises
        ------
        InputError
            If the file cannot be read or lacks a column, or a label is neither 0 nor 1.
        """
        path = own_path(pairs_file, "pairs_file")
        rows = Rows()
        labelled = []
        remedy = f"name its columns {', '.join(COLUMNS)}"
        # a name that is not UTF-8 is unknown to the model anyway
        dialect = Dialect(bad_utf8="replace")
        for lines, found in blocks(Table(path), COLUMNS, rows, dialect, remedy):
            columns = (found[column] for column in COLUMNS)
            for line, *names, label in zip(lines, *columns, strict=True):
                if not label.strip():
                    rows.drop("row without a label", f"{path.name}, line {line}")
                    continue
                if label.strip() not in LABELS:
                    raise InputError(
                        f"{shown(path)}, line {line}: similar={label[:40]!r} is not a label: write "
                        f"1 for similar or 0 for dissimilar."
                    )
                track, artist, other_track, other_artist = names
                similar = LABELS[label.strip()]
                labelled.append((line, (track, artist), (other_track, other_artist), similar))
        return cls(path, labelled, rows)

    def known_to(self, songs: pd.DataFrame) -> tuple[Pairs, pd.DataFrame]:
        """Return the pairs whose two songs a model knows.

        Songs are matched by track and primary artist, ignoring case and white space; the order of
        the two songs does not matter.

        Parameters
        ----------
        songs : DataFrame
            The model's songs, with ``track`` and ``artist``, in the model's numbering.

        Returns
        -------
        pairs : Pairs
            Each pair once, in the order of the file.
        dropped : DataFrame
            ``reason``, ``count`` and ``example``: the rows that were left out, such as those with
            songs that the model does not know, and repeated pairs.

        Raises
        ------
        InputError
            If a pair has both labels, or fewer than `LEAST_PAIRS` pairs are left.
        """
        rows = deepcopy(self.damaged)
        labelled = self._known(songs, rows)
        dropped = rows.dropped()
        if len(labelled) < LEAST_PAIRS:
            lost = (
                f"; {count} x {reason}, such as {one}" for reason, count, one in dropped.to_numpy()
            )
            raise InputError(
                f"{shown(self.path)} has {len(labelled)} pairs of two songs that the model "
                f"knows, but {LEAST_PAIRS} are needed{''.join(lost)}: add pairs of songs from the "
                f"training playlists, spelt as they are there."
            )
        numbers = np.array(list(labelled), dtype=np.int64)
        similar = np.array([label for label, _ in labelled.values()])
        alone = np.arange(len(numbers))  # not from a list: a resample draws each by itself
        return Pairs(numbers[:, 0], numbers[:, 1], similar, alone, alone), dropped

    def _known(self, songs: pd.DataFrame, rows: Rows) -> dict[tuple[int, int], tuple[bool, int]]:
        """Return label and line of each pair of known songs; ``rows`` records what is left out."""
        names = zip(songs["track"].map(folded), songs["artist"].map(folded), strict=True)
        number = {name: place for place, name in enumerate(names)}
        labelled: dict[tuple[int, int], tuple[bool, int]] = {}
        for line, song, other_song, similar in self.labelled:
            where = f"{self.path.name}, line {line}"
            one, other = (
                number.get((folded(track), folded(artist))) for track, artist in (song, other_song)
            )
            if one is None or other is None:
                unknown = song if one is None else other_song
                rows.drop("song that the model does not know", f"{where}: {_named(unknown)}")
            elif one == other:
                rows.drop("song paired with itself", f"{where}: {_named(song)}")
            else:
                pair = (min(one, other), max(one, other))
                before, first = labelled.setdefault(pair, (similar, line))
                if before != similar:
                    raise InputError(
                        f"{shown(self.path)} calls {_named(song)} and {_named(other_song)} both "
                        f"similar and dissimilar, in lines {first} and {line}: keep one of the two."
                    )
                if first != line:
                    rows.drop("pair given twice", f"{where}, as in line {first}")
        return labelled


def halves(pairs: Pairs, seed: int) -> tuple[Pairs, Pairs]:
    """Split pairs at random into one half for the threshold (validation) and one to test.

    Each label is halved separately, so both halves have the same mixture; of an odd number, the
    first half gets one more.
    """
    rng = stream(seed, "halves of labelled pairs")
    first = np.zeros(len(pairs), dtype=bool)
    for label in (False, True):
        of_label = rng.permutation(np.flatnonzero(pairs.similar == label))
        first[of_label[: (of_label.size + 1) // 2]] = True
    return pairs.where(first), pairs.where(~first)


def _named(song: Song) -> str:
    return " by ".join(repr(text[:60]) for text in song)
