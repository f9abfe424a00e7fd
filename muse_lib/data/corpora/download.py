"""Provide public data files, downloading those that are missing.

A file is downloaded under a temporary name and renamed when complete, so an interrupted download
leaves nothing behind.
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
"""Hosts that files may come from, directly or by redirect; HTTPS only."""

DATA_FOLDER = "data/, or where MUSE_DATA_DIR points"


@dataclass(frozen=True)
class Remote:
    """A public file.

    Attributes
    ----------
    place : str
        Its path in the data folder; the last part is the file's name at the source.
    url : str
        ``https://...``, or ``doi:.../name`` for a repository whose record has the file's checksum.
    megabytes : int
        Approximate free space needed.
    """

    place: str
    url: str
    megabytes: int

    def fetch(self) -> Path:
        """Return the file's path; download the file first if it is missing.

        Raises
        ------
        InputError
            If it cannot be downloaded; the message says where to get it and where to put it.
        """
        path = data_dir() / self.place
        if path.exists():
            return path
        base, _, name = self.url.rpartition("/")
        doi = base.startswith("doi:")
        kind = pooch.DOIDownloader if doi else pooch.HTTPDownloader
        pooch.get_logger().setLevel("WARNING")  # its messages contain local paths
        try:
            files = pooch.create(
                path.parent, f"{base}/", registry={name: None}, retry_if_failed=RETRIES
            )
            if doi:
                files.load_registry_from_doi()
            downloader = kind(
                progressbar=sys.stderr.isatty(),
                chunk_size=1 << 16,
                hooks={"response": refuse_untrusted_hosts},
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


def refuse_untrusted_hosts(response: requests.Response, **_: object) -> None:
    """Raise `InvalidURL` if a response comes from, or redirects to, a host not in `HOSTS`."""
    places = [response.url]
    if response.is_redirect:
        places.append(urljoin(response.url, response.headers["location"]))
    for place in places:
        if not is_trusted(place):
            raise requests.exceptions.InvalidURL(
                f"it redirects to {urlsplit(place).hostname}, which is not a source of this study"
            )


def is_trusted(url: str) -> bool:
    """Return whether a file may be downloaded from this address."""
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.hostname in HOSTS


def cannot_write(place: str, megabytes: int, error: OSError) -> InputError:
    """Return the error for a file that cannot be written to the data folder."""
    if error.errno == errno.ENOSPC:
        return InputError(
            f"no space left for {place}: it needs about {megabytes} MB; free some space, or name a "
            f"folder on a larger disk with MUSE_DATA_DIR."
        )
    return InputError(
        f"{place} cannot be written ({error.strerror or 'no permission'}): make the data "
        f"folder ({DATA_FOLDER}) writable."
    )


def _reason(error: Exception) -> str:
    """Return in a few words why a download failed."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server returned {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "the server did not respond"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection was interrupted"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    if isinstance(error, KeyError):
        return "its record cannot be read"
    return " ".join(str(error).split()).rstrip(".")
