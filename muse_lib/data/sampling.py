"""The poster's sample of a corpus, and its splits into training, validation and test playlists.

Whole playlists are held out before anything is counted: no part of a validation or test playlist
reaches the counts, the vocabulary, the titles or any constant of the model.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from muse_lib.data.corpus import Corpus
from muse_lib.errors import InputError
from muse_lib.seeds import stream

PARTS = ("train", "validation", "test")
N_FOLDS = 10
HELD_OUT_SHARE = 1 / N_FOLDS
"""Share of the playlists in each of validation and test (poster: 80/10/10)."""


def sample(
    corpus: Corpus,
    *,
    n_seed_songs: int = 0,
    n_playlists: int = 0,
    max_playlist_length: int,
    seed: int = 0,
    at_least: int = len(PARTS),
) -> Corpus:
    """Keep playlists that contain a popular song, then draw at most ``n_playlists`` of them.

    "To avoid an excessively sparse co-occurrence matrix, we sampled playlists containing at
    least one of 10 songs that [are] popular across playlists" (poster, Data and Features).
    Playlists of fewer than two songs contain no pair, and those of more than
    ``max_playlist_length`` are whole music libraries; both are removed first.

    Parameters
    ----------
    corpus : Corpus
        As a reader returned it.
    n_seed_songs : int
        How many of the most frequent songs make a playlist eligible; 0 keeps every playlist.
    n_playlists : int
        Maximum number of playlists, 0 for all; ``seed`` decides which.
    max_playlist_length : int
        Maximum length of a playlist, in songs.
    seed : int
        The study's seed.
    at_least : int
        Minimum number of playlists: a study needs one for each part of its split.

    Returns
    -------
    Corpus
        Renumbered: ids run from 0, in the order of the corpus. The playlists dropped here are
        appended to its report, by reason.

    Raises
    ------
    InputError
        If fewer than ``at_least`` playlists remain.
    """
    length = playlist_lengths(corpus)
    short = length < 2
    long = ~short & (length > max_playlist_length)
    usable = ~(short | long)
    eligible = usable
    if n_seed_songs:
        of_usable = corpus.memberships[usable[corpus.memberships["playlist_id"]]]
        seeds = most_popular(of_usable, len(corpus.songs), n_seed_songs)
        holding = of_usable.loc[of_usable["song_id"].isin(seeds), "playlist_id"]
        eligible = np.bincount(holding, minlength=length.size) > 0
    kept = np.flatnonzero(eligible)
    if 0 < n_playlists < kept.size:
        kept = np.sort(stream(seed, "playlists").choice(kept, n_playlists, replace=False))
    drawn = np.isin(np.arange(length.size), kept)
    if kept.size < at_least:
        raise InputError(
            f"of {length.size} playlists read from {corpus.name!r}, {kept.size} can be studied, "
            f"but at least {at_least} are needed: provide more playlists of two or more songs, "
            f"or relax n_seed_songs={n_seed_songs} (0 keeps all) "
            f"and max_playlist_length={max_playlist_length}."
        )
    left_out = {
        "playlist of fewer than 2 songs": short,
        f"playlist of more than {max_playlist_length:,} songs (raise max_playlist_length to "
        f"take them)": long,
        f"playlist without one of the {n_seed_songs} most popular songs (n_seed_songs=0 takes "
        f"all)": usable & ~eligible,
        f"playlist not drawn for the sample of {n_playlists} (n_playlists=0 takes all)": (
            eligible & ~drawn
        ),
    }
    return _restrict(corpus, kept, _report(corpus, left_out))


def playlist_lengths(corpus: Corpus) -> np.ndarray:
    """Return the number of songs of each playlist, (n_playlists,) int."""
    return np.bincount(corpus.memberships["playlist_id"], minlength=len(corpus.playlists))


def most_popular(memberships: pd.DataFrame, n_songs: int, k: int) -> np.ndarray:
    """Return the ids of the ``k`` most popular songs, most popular first, ties by id."""
    popularity = np.bincount(memberships["song_id"], minlength=n_songs)
    return np.argsort(-popularity, kind="stable")[:k]


def _report(corpus: Corpus, left_out: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return ``reason``, ``count`` and the first playlist's title as ``example``.

    Parameters
    ----------
    left_out : dict of str to ndarray
        For each reason (n_playlists,) bool; each playlist has at most one reason.
    """
    rows = [
        (reason, int(which.sum()), repr(corpus.playlists["title"].iloc[int(which.argmax())]))
        for reason, which in left_out.items()
        if which.any()
    ]
    return pd.DataFrame(rows, columns=["reason", "count", "example"])


def _restrict(corpus: Corpus, kept: np.ndarray, reported: pd.DataFrame) -> Corpus:
    """Return the corpus restricted to the playlists ``kept``, renumbered, its report extended."""
    memberships = corpus.memberships[corpus.memberships["playlist_id"].isin(kept)]
    songs = np.unique(memberships["song_id"])
    return replace(
        corpus,
        playlists=corpus.playlists.iloc[kept]
        .reset_index(drop=True)
        .assign(playlist_id=np.arange(kept.size, dtype=np.int32)),
        songs=corpus.songs.iloc[songs]
        .reset_index(drop=True)
        .assign(song_id=np.arange(songs.size, dtype=np.int32)),
        memberships=pd.DataFrame(
            {
                "playlist_id": np.searchsorted(kept, memberships["playlist_id"]).astype(np.int32),
                "song_id": np.searchsorted(songs, memberships["song_id"]).astype(np.int32),
            }
        ),
        dropped=pd.concat([corpus.dropped, reported], ignore_index=True)
        if len(reported)
        else corpus.dropped,
    )


def folds(groups: np.ndarray, seed: int, repeat: int = 0) -> np.ndarray:
    """Assign the playlists to ten folds of about equal size, keeping groups together.

    The largest groups are assigned first, each to the smallest fold so far; ties between groups
    and the numbering of the folds are random.

    Parameters
    ----------
    groups : ndarray
        (n_playlists,) int: playlists of the same group stay together.
    seed : int
        The study's seed.
    repeat : int
        Number of the repetition; each has its own folds.

    Returns
    -------
    ndarray
        (n_playlists,) int, 0 .. 9; with fewer than ten groups, as many folds as groups.

    Raises
    ------
    InputError
        If there are fewer than three groups.
    """
    group, sizes = np.unique(groups, return_inverse=True, return_counts=True)[1:]
    if sizes.size < len(PARTS):
        raise InputError(
            f"{group.size} playlists in {sizes.size} groups that overlap by half or more cannot "
            f"be split into {len(PARTS)} parts: provide at least {len(PARTS)} playlists that do "
            f"not overlap."
        )
    rng = stream(seed, f"folds {repeat}")
    number = rng.permutation(min(N_FOLDS, sizes.size))
    shuffled = rng.permutation(sizes.size)
    fold_of_group = np.empty_like(sizes)
    filled = np.zeros_like(number)
    for one in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        smallest = filled.argmin()
        fold_of_group[one] = number[smallest]
        filled[smallest] += sizes[one]
    return fold_of_group[group]


def split(groups: np.ndarray, seed: int, number: int = 0) -> np.ndarray:
    """Assign every playlist to a part: one fold for test, the next for validation, eight to train.

    The first ten splits test every playlist once; the next ten repeat this with new folds.

    Parameters
    ----------
    groups : ndarray
        (n_playlists,) int: playlists of the same group go to the same part. At least three groups.
    seed : int
        The study's seed.
    number : int
        Number of the split, from 0.

    Returns
    -------
    ndarray
        (n_playlists,) str, each one of `PARTS`; none is empty.
    """
    n_folds = min(N_FOLDS, np.unique(groups).size)
    repeat, tested = divmod(number, max(1, n_folds))
    fold = folds(groups, seed, repeat)
    parts = np.full(fold.size, "train", dtype="<U10")
    parts[fold == (tested + 1) % n_folds] = "validation"
    parts[fold == tested] = "test"
    return parts
