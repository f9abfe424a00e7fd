"""The corpora by name: to add one, write its reader and name it here."""

from collections.abc import Callable
from dataclasses import dataclass

from muse_lib.config import DataConfig
from muse_lib.corpora import archive, delimited, mpd, spotify, synthetic, tidytuesday
from muse_lib.corpora.corpus import Corpus
from muse_lib.errors import InputError

__all__ = ["CORPORA", "Corpus", "Source", "load"]


@dataclass(frozen=True)
class Source:
    """A corpus that can be had.

    Attributes
    ----------
    read : function
        Makes the corpus; downloads first what is missing.
    n_seed_songs : int
        The corpus's own rule: keep playlists that hold one of this many most popular songs;
        0 keeps all.
    n_playlists : int
        The corpus's own size of a sample of them; 0 takes all.
    about : str
        What it is, where it comes from and under which licence.
    date : str
        When its playlists were as they are; empty where that is known of the user's files only.
    locate : function, optional
        Finds or downloads the source's files and reads none, so that a run can fail early.
    """

    read: Callable[[DataConfig], Corpus]
    n_seed_songs: int
    n_playlists: int
    about: str
    date: str = ""
    locate: Callable[[DataConfig], object] = lambda _: None


CORPORA = {
    "synthetic": Source(
        synthetic.read,
        10,
        527,
        "Generated playlists of a planted world of scenes; needs no network.",
    ),
    "tidytuesday": Source(
        tidytuesday.read,
        0,
        0,
        "TidyTuesday 2020-01-21: 471 playlists of 24 subgenres (CC0).",
        "2020-01-21",
        tidytuesday.locate,
    ),
    "archive": Source(
        archive.read,
        0,
        0,
        "Spotify Playlist Archive by Mack Ward, one commit: 250 playlists (MIT).",
        "spring 2021, by its newest songs",
        archive.locate,
    ),
    "spotify": Source(
        spotify.read,
        10,
        527,
        "Spotify Playlists Dataset, the poster's own (Pichl, Zangerle, Specht 2015; Zenodo "
        "10.5281/zenodo.2594557): 230 thousand playlists.",
        "2015",
        spotify.locate,
    ),
    "mpd": Source(
        mpd.read,
        0,
        0,
        "Million Playlist Dataset (Spotify 2018, for research): slices the user has.",
        "2018",
        mpd.locate,
    ),
    "csv": Source(
        delimited.read,
        0,
        0,
        "Anybody's own playlists: a file with a row per song.",
        locate=delimited.locate,
    ),
}


def load(config: DataConfig) -> Corpus:
    """Read the corpus that ``config`` names.

    Raises
    ------
    InputError
        If there is no such corpus, or it cannot be had or read.
    """
    return source(config.corpus).read(config)


def source(name: str) -> Source:
    """Return the corpus of that name; raise InputError naming the valid ones if there is none."""
    if name not in CORPORA:
        raise InputError(f"there is no corpus {name!r}; the corpora are: {', '.join(CORPORA)}.")
    return CORPORA[name]
