"""The data sheet of a corpus: counts and shares. docs/datasheets.md says who made it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from muse_lib.data.dataset import Dataset


def datasheet(splits: Sequence[Dataset], date: str = "") -> pd.DataFrame:
    """Return the facts about the playlists that matter for interpreting results.

    Parameters
    ----------
    splits : sequence of Dataset
        All splits of one sample, at least one.
    date : str
        The date of the playlists; empty if unknown.

    Returns
    -------
    DataFrame
        ``fact`` and ``value`` (str). Shares are means over the splits.
    """
    playlists = splits[0].playlists
    sizes = np.bincount(playlists["group"])
    memberships, songs = np.mean([_known(split) for split in splits], axis=0)
    facts = {
        "playlists": len(playlists),
        "songs": len(splits[0].songs),
        "memberships": len(splits[0].memberships),
        "national charts": playlists["chart"].sum(),
        "groups of playlists that overlap by half or more": sizes.size,
        "playlists in the largest group": sizes.max(),
        "playlists that overlap with another by half or more": sizes[sizes > 1].sum(),
        "playlists without a title": (playlists["title"].str.strip() == "").sum(),
        "splits": len(splits),
        "share of test memberships whose song occurs in training": memberships,
        "share of test songs that occur in training": songs,
    }
    if "by_spotify" in playlists:
        by_spotify = playlists["by_spotify"].sum()
        facts["playlists made by Spotify (charts, editors, algorithms)"] = by_spotify
    if date:
        facts["date of the playlists"] = date
    shown = [f"{value:.3f}" if isinstance(value, float) else str(value) for value in facts.values()]
    return pd.DataFrame({"fact": list(facts), "value": shown})


def _known(dataset: Dataset) -> tuple[float, float]:
    """Return the share of test memberships, and of test songs, whose song is in training."""
    in_test = dataset.parts[dataset.memberships["playlist_id"]] == "test"
    songs = dataset.memberships.loc[in_test, "song_id"]
    known = songs.isin(dataset.vocabulary.songs["song_id"])
    return float(known.mean()), float(known[~songs.duplicated()].mean())
