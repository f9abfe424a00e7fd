"""The corpora by name: to add one, write its reader and name it here, twice.

What is said of a corpus here needs none of its reader, which is loaded when it is to read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
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
        """Make the corpus; download first what is missing."""
        ...

    def locate(self, config: "DataConfig") -> object:
        """Find or download the source's files and read none, so that a run can fail early."""
        ...


@dataclass(frozen=True)
class Source:
    """A corpus that is available.

    Attributes
    ----------
    about : str
        What it is, where it comes from and under which licence.
    licence : str
        The licence of its playlists, as the Hugging Face hub names it.
    date : str
        When its playlists were as they are; empty where that is known of the user's files only.
    n_seed_songs : int
        The corpus's own rule: keep playlists that hold one of this many most popular songs;
        0 keeps all.
    n_playlists : int
        The corpus's own size of a sample of them; 0 takes all.
    n_splits : int
        The splits that its committed results are made of: with 10, every playlist is tested once.
    grid_candidates : int
        Candidates of every model in the search for hyper-parameters.
    grid_widenings : int
        Times that the search continues beyond the values it started with.
    is_the_users : bool
        Whether it is a file that the user must name, and so another corpus for each user.
    folder : str
        Where in the data folder it must lie, if nothing can download it and nobody names a place.
    """

    about: str
    licence: str = "unknown"
    date: str = ""
    n_seed_songs: int = 0
    n_playlists: int = 0
    n_splits: int = 1
    grid_candidates: int = 8
    grid_widenings: int = 1
    is_the_users: bool = False
    folder: str = ""

    @property
    def defaults(self) -> Mapping[str, int | None]:
        """The parameters whose default is the corpus's own."""
        names = ("n_seed_songs", "n_playlists", "n_splits", "grid_candidates", "grid_widenings")
        return {name: getattr(self, name) for name in names}

    def locate(self, config: "DataConfig") -> object:
        """Find or download its files and read none, so that a run can fail early."""
        return _reader(config.corpus).locate(config)


def _reader(corpus: str) -> Reader:
    """Load the one reader that is needed: each brings libraries of its own."""
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
    ),
    "tidytuesday": Source(
        "TidyTuesday 2020-01-21: 471 playlists found by the names of 24 subgenres, with the sound "
        "of their songs (CC0).",
        licence="cc0-1.0",
        date="2020-01-21",
        n_splits=10,
        grid_candidates=24,
        grid_widenings=3,
    ),
    "archive": Source(
        "Spotify Playlist Archive by Mack Ward and two forks of it, one commit of each: 409 "
        "playlists, the newest copy of each (MIT).",
        licence="mit",
        date="November 2020 to October 2021, by the newest songs",
        n_splits=10,
        grid_candidates=24,
        grid_widenings=3,
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
        "Million Playlist Dataset (Spotify 2018, for research): slices the user has.",
        licence="other",
        date="2018",
        folder="mpd",
    ),
    "csv": Source("Anybody's own playlists: a file with a row per song.", is_the_users=True),
}


def read(source: "str | Path", **options: object) -> "Corpus":
    r"""Read playlists.

    Parameters
    ----------
    source : str or Path
        A CSV file, a folder or a zip of them; or the name of a corpus of the study, such as
        ``"archive"``, which is downloaded if need be (with the extra ``study``).
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
        If there is no such file, it cannot be read, or an option is wrong.

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
    place = Path(source).expanduser().resolve()  # the study counts from its own folder
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
    """Return the corpus of that name; raise InputError naming the valid ones if there is none."""
    if name not in CORPORA:
        raise InputError(f"there is no corpus {name!r}; the corpora are: {', '.join(CORPORA)}.")
    return CORPORA[name]
