"""The registry of corpora. To add one, write its reader and register it in the two places below.

A corpus's description needs nothing from its reader, which is imported only when it has to read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from muse_lib.errors import InputError

if TYPE_CHECKING:
    from muse_lib.config import DataConfig
    from muse_lib.data.corpus import Corpus

__all__ = ["CORPORA", "Source", "load", "read", "source"]


class Reader(Protocol):
    """A module that reads a corpus."""

    def read(self, config: "DataConfig") -> "Corpus":
        """Return the corpus; download missing files first."""
        ...

    def locate(self, config: "DataConfig") -> object:
        """Find or download the source's files without reading them, so that a run fails early."""
        ...


@dataclass(frozen=True)
class Source:
    """A registered corpus.

    Attributes
    ----------
    about : str
        What it is, where it comes from and under which licence.
    licence : str
        The licence of its playlists, as named by the Hugging Face hub.
    date : str
        The date of its playlists; empty if only the user's files can tell.
    n_seed_songs : int
        Default: keep playlists that contain one of this many most popular songs; 0 keeps all.
    n_playlists : int
        Default size of the sample, in playlists; 0 takes all.
    parameters : mapping
        Other parameters of its committed results that differ from those of the notebooks. With 10
        splits, every playlist is tested once.
    is_the_users : bool
        Whether the user has to supply the file, so that the corpus differs between users.
    folder : str
        Where in the data folder the user has to put it, if it cannot be downloaded.
    """

    about: str
    licence: str = "unknown"
    date: str = ""
    n_seed_songs: int = 0
    n_playlists: int = 0
    parameters: Mapping[str, int | str] = field(default_factory=dict)
    is_the_users: bool = False
    folder: str = ""

    @property
    def defaults(self) -> Mapping[str, int | str]:
        """The parameters whose defaults depend on the corpus."""
        rule = {"n_seed_songs": self.n_seed_songs, "n_playlists": self.n_playlists}
        return {**rule, **self.parameters}

    def locate(self, config: "DataConfig") -> object:
        """Find or download its files without reading them, so that a run fails early."""
        return _reader(config.corpus).locate(config)


def _reader(corpus: str) -> Reader:
    """Import only the reader that is needed: each imports libraries of its own."""
    match corpus:
        case "synthetic":
            from muse_lib.data.corpora import synthetic

            return synthetic
        case "tidytuesday":
            from muse_lib.data.corpora import tidytuesday

            return tidytuesday
        case "archive":
            from muse_lib.data.corpora import archive

            return archive
        case "spotify":
            from muse_lib.data.corpora import spotify

            return spotify
        case "mpd":
            from muse_lib.data.corpora import mpd

            return mpd
        case "csv":
            from muse_lib.data.corpora import csv_file

            return csv_file
    raise InputError(f"there is no corpus {corpus!r}; the corpora are: {', '.join(CORPORA)}.")


CORPORA = {
    "synthetic": Source(
        "Generated playlists of a planted world of scenes; needs no network.",
        licence="mit",
        n_seed_songs=10,
        n_playlists=527,
        parameters={  # its results say nothing about music, so it does less
            "grid_candidates": 3,
            "grid_widenings": 0,
            "grid_epochs": 25,
            "ablation_epochs": 30,
            "most_read": 5_000,
        },
    ),
    "tidytuesday": Source(
        "TidyTuesday 2020-01-21: 471 playlists found by searching for 24 subgenres, with audio "
        "features of their songs (CC0).",
        licence="cc0-1.0",
        date="2020-01-21",
        parameters={"n_splits": 10, "grid_candidates": 24, "grid_widenings": 2},
    ),
    "archive": Source(
        "Spotify Playlist Archive by Mack Ward and two of its forks, one commit each: 409 "
        "playlists, the newest copy of each (MIT).",
        licence="mit",
        date="November 2020 to October 2021, by the newest songs",
        parameters={"n_splits": 10, "grid_candidates": 24, "grid_widenings": 2},
    ),
    "spotify": Source(
        "Spotify Playlists Dataset, the poster's own (Pichl, Zangerle, Specht 2015; Zenodo "
        "10.5281/zenodo.2594557): 230 thousand playlists.",
        licence="other",
        date="2015",
        n_seed_songs=10,
        n_playlists=527,
    ),
    "mpd": Source(
        "Million Playlist Dataset (Spotify 2018, for research): requires your own copy.",
        licence="other",
        date="2018",
        parameters={"dim": 100, "placed_in": "muse"},  # so that it fits into a laptop's memory
        folder="mpd",
    ),
    "csv": Source("Your own playlists: a file with one row per song.", is_the_users=True),
}


def read(source: "str | Path", **options: object) -> "Corpus":
    r"""Read playlists.

    Parameters
    ----------
    source : str or Path
        A CSV file, a folder or zip archive of CSV files, or the name of a corpus of the study such
        as ``"archive"``, which is downloaded if necessary (requires the extra ``study``).
    **options
        Parameters of `muse_lib.config.DataConfig`, such as ``track_column="Song"`` or
        ``delimiter=";"``.

    Returns
    -------
    Corpus
        Its ``dropped`` and ``notes`` say what was left out.

    Raises
    ------
    InputError
        If the file does not exist or cannot be read, or an option is invalid.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from muse_lib import MuSE, read
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "mine.csv")
    ...     _ = path.write_text("playlist,Song,artist\np,Rain,Ana\np,Sun,Bo\nq,Mud,Cy\n")
    ...     playlists = read(path, track_column="Song")
    >>> MuSE(dim=4, epochs=10).fit(playlists).songs["track"].tolist()
    ['Rain', 'Sun', 'Mud']
    """
    from muse_lib.config import DataConfig

    if source in CORPORA and not CORPORA[str(source)].is_the_users:
        return load(DataConfig(corpus=str(source), **options))
    place = Path(source).expanduser().resolve()  # the study resolves relative to its root
    return load(DataConfig(corpus="csv", data_file=str(place), **options))


def load(config: "DataConfig") -> "Corpus":
    """Read the corpus that ``config`` names.

    Raises
    ------
    InputError
        If there is no such corpus, or it is not available or cannot be read.
    """
    return _reader(config.corpus).read(config)


def source(name: str) -> Source:
    """Return the corpus with that name; raise InputError listing the valid names otherwise."""
    if name not in CORPORA:
        raise InputError(f"there is no corpus {name!r}; the corpora are: {', '.join(CORPORA)}.")
    return CORPORA[name]
