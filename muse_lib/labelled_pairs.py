"""A user's own file of labelled pairs of songs, as one more judge of the vectors."""

from pathlib import Path

import numpy as np
import pandas as pd

from muse_lib.corpora.delimited import blocks
from muse_lib.corpora.files import own_path
from muse_lib.corpora.rows import Rows, folded
from muse_lib.errors import InputError
from muse_lib.pairs import Pairs
from muse_lib.paths import shown
from muse_lib.seeds import stream

COLUMNS = ["track", "artist", "other_track", "other_artist", "similar"]
LABELS = {"0": False, "1": True}

LEAST_PAIRS = 20
"""Ten to learn a threshold from and ten to judge by."""


def read_labelled_pairs(pairs_file: str, songs: pd.DataFrame) -> tuple[Pairs, pd.DataFrame]:
    """Read pairs of songs that somebody has called similar (1) or dissimilar (0).

    A CSV file in UTF-8 with the columns `COLUMNS`, in any order and among others. Songs are known
    by track and primary artist, whatever their case and white space; the order of the two songs
    does not matter.

    Parameters
    ----------
    pairs_file : str
        The file; a relative path counts from the project's folder.
    songs : DataFrame
        The model's songs, with ``track`` and ``artist``, in the model's numbering.

    Returns
    -------
    pairs : Pairs
        Each pair once, in the order of the file.
    dropped : DataFrame
        ``reason``, ``count`` and ``example``: the rows that were left out, such as those of songs
        that the model does not know, and pairs given twice.

    Raises
    ------
    InputError
        If the file cannot be read or lacks a column, a label is neither 0 nor 1, a pair has both
        labels, or fewer than `LEAST_PAIRS` pairs are left.
    """
    path = own_path(pairs_file, "pairs_file")
    rows = Rows()
    labelled = _labelled(path, songs, rows)
    dropped = rows.dropped()
    if len(labelled) < LEAST_PAIRS:
        lost = (f"; {count} x {reason}, such as {one}" for reason, count, one in dropped.to_numpy())
        raise InputError(
            f"{shown(path)} holds {len(labelled)} pairs of two songs that the model knows, and "
            f"{LEAST_PAIRS} are needed{''.join(lost)}: add pairs of songs that training "
            f"playlists hold, spelt as there."
        )
    numbers = np.array(list(labelled), dtype=np.int64)
    similar = np.array([label for label, _ in labelled.values()])
    return Pairs(numbers[:, 0], numbers[:, 1], similar), dropped


def halves(pairs: Pairs, seed: int) -> tuple[Pairs, Pairs]:
    """Split pairs at random into one half for the threshold (validation) and one to judge (test).

    Either label is halved by itself, so both halves have the mixture of the whole; of an odd
    number the first half gets one more.
    """
    rng = stream(seed, "halves of labelled pairs")
    first = np.zeros(len(pairs), dtype=bool)
    for label in (False, True):
        of_label = rng.permutation(np.flatnonzero(pairs.similar == label))
        first[of_label[: (of_label.size + 1) // 2]] = True
    one, other = (
        Pairs(pairs.i[half], pairs.j[half], pairs.similar[half]) for half in (first, ~first)
    )
    return one, other


def _labelled(
    path: Path, songs: pd.DataFrame, rows: Rows
) -> dict[tuple[int, int], tuple[bool, int]]:
    """Return label and line of each pair of known songs; what is left out goes to ``rows``."""
    names = zip(songs["track"].map(folded), songs["artist"].map(folded), strict=True)
    number = {name: place for place, name in enumerate(names)}
    labelled: dict[tuple[int, int], tuple[bool, int]] = {}
    remedy = f"name its columns {', '.join(COLUMNS)}"
    # a name that is not UTF-8 is a name that the model does not know
    for lines, found in blocks(path, COLUMNS, rows, ",", "replace", remedy):
        for line, *names_given, label in zip(lines, *(found[c] for c in COLUMNS), strict=True):
            where = f"{path.name}, line {line}"
            if label.strip() not in LABELS:
                raise InputError(
                    f"{shown(path)}, line {line}: similar={label[:40]!r} is no label: write 1 for "
                    f"similar or 0 for dissimilar."
                )
            similar = LABELS[label.strip()]
            one, other = (
                number.get((folded(track), folded(artist)))
                for track, artist in (names_given[:2], names_given[2:])
            )
            if one is None or other is None:
                unknown = names_given[:2] if one is None else names_given[2:]
                rows.drop("song that the model does not know", f"{where}: {_named(unknown)}")
            elif one == other:
                rows.drop("song paired with itself", f"{where}: {_named(names_given[:2])}")
            else:
                pair = (min(one, other), max(one, other))
                before, first = labelled.setdefault(pair, (similar, line))
                if before != similar:
                    raise InputError(
                        f"{shown(path)} calls {_named(names_given[:2])} and "
                        f"{_named(names_given[2:])} both similar and dissimilar, in lines {first} "
                        f"and {line}: keep one of the two."
                    )
                if first != line:
                    rows.drop("pair given twice", f"{where}, as in line {first}")
    return labelled


def _named(song: list[str]) -> str:
    return " by ".join(repr(text[:60]) for text in song)
