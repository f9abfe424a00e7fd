"""Have the public files at hand: used where they lie, fetched from the network where not.

A file arrives under a temporary name and gets its own when it is complete, so that an interrupted
download leaves nothing behind.
"""

import errno
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pooch
import requests

from muse_lib.errors import InputError
from muse_lib.paths import data_dir

RETRIES = 2
HOSTS = {
    *("codeload.github.com", "github.com", "raw.githubusercontent.com"),
    *("doi.org", "zenodo.org"),
}
"""Who may send us a file, directly or where one of them leads to; nobody without encryption."""

DATA_FOLDER = "data/, or the one MUSE_DATA_DIR names"


@dataclass(frozen=True)
class Remote:
    """A public file.

    Attributes
    ----------
    place : str
        Where it belongs in the data folder; its last part is the file's name at the source.
    url : str
        Where it comes from: ``https://...``, or ``doi:.../name`` of a repository whose record
        states the file's checksum.
    megabytes : int
        The free space it takes, roughly.
    """

    place: str
    url: str
    megabytes: int

    def fetch(self) -> Path:
        """Return the file's path; download it first if it is not there.

        Raises
        ------
        InputError
            If it is not there and cannot be downloaded, saying where to get it and where to put it.
        """
        path = data_dir() / self.place
        if path.exists():
            return path
        base, _, name = self.url.rpartition("/")
        doi = base.startswith("doi:")
        kind = pooch.DOIDownloader if doi else pooch.HTTPDownloader
        pooch.get_logger().setLevel("WARNING")  # it tells paths of this machine
        try:
            files = pooch.create(
                path.parent, f"{base}/", registry={name: None}, retry_if_failed=RETRIES
            )
            if doi:
                files.load_registry_from_doi()
            downloader = kind(
                progressbar=sys.stderr.isatty(),
                chunk_size=1 << 16,
                hooks={"response": refuse_strangers},
            )
            files.fetch(name, downloader=downloader)
        except (requests.RequestException, ValueError, KeyError) as error:
            raise InputError(
                f"{self.place} is not in the data folder and could not be downloaded "
                f"({_reason(error)}): check the network, or get {name} from "
                f"{base.replace('doi:', 'https://doi.org/')} and put it at {self.place} in the "
                f"data folder ({DATA_FOLDER})."
            ) from None
        except OSError as error:
            raise cannot_write(self.place, self.megabytes, error) from None
        return path


def refuse_strangers(response: requests.Response, **_: object) -> None:
    """Raise `InvalidURL` if an answer comes from elsewhere than `HOSTS`, or leads there."""
    places = [response.url]
    if response.is_redirect:
        places.append(urljoin(response.url, response.headers["location"]))
    for place in places:
        if not is_trusted(place):
            raise requests.exceptions.InvalidURL(
                f"it leads to {urlsplit(place).hostname}, which is not a source of this study"
            )


def is_trusted(url: str) -> bool:
    """Tell whether a file may come from there."""
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.hostname in HOSTS


def cannot_write(place: str, megabytes: int, error: OSError) -> InputError:
    """Return the error for a file that the data folder does not take."""
    if error.errno == errno.ENOSPC:
        return InputError(
            f"no space left for {place}: it takes about {megabytes} MB; free some, or name a "
            f"folder on a larger disk with MUSE_DATA_DIR."
        )
    return InputError(
        f"{place} cannot be written ({error.strerror or 'no permission'}): make the data "
        f"folder ({DATA_FOLDER}) writable."
    )


def _reason(error: Exception) -> str:
    """Say in a few words why a download failed."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answers {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "the server does not answer"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    if isinstance(error, KeyError):
        return "its record cannot be read"
    return " ".join(str(error).split()).rstrip(".")
