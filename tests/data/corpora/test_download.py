import errno
import hashlib
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pooch
import pytest
import requests

from muse_lib.data.corpora import archive, artist_genres, download, spotify, tidytuesday
from muse_lib.data.corpora.download import Remote
from muse_lib.errors import InputError

REAL_GET = requests.get
pytestmark = pytest.mark.usefixtures("data")

SONGS = Remote(place="songs/songs.csv", url="https://example.org/songs.csv", megabytes=7)


def answer(body=b"", status=200, url=""):
    """A server's answer, as requests gives it."""
    response = requests.Response()
    response.status_code, response.url = status, url
    response.raw = io.BytesIO(body)
    response.headers["content-length"] = str(len(body))
    return response


@pytest.fixture
def network(monkeypatch):
    """A network of pages by address; returns what was asked for."""

    def connect(pages):
        asked = []

        def get(url, **_kwargs):
            asked.append(url)
            page = pages.get(url, answer(status=404))
            if isinstance(page, BaseException):
                raise page
            return page() if callable(page) else page

        monkeypatch.setattr(requests, "get", get)
        return asked

    return connect


def files_in(folder):
    return [path.name for path in folder.rglob("*") if path.is_file()]


def refusal(remote):
    with pytest.raises(InputError) as caught:
        remote.fetch()
    return str(caught.value)


def test_a_file_arrives_whole_in_its_place(data, network):
    network({SONGS.url: answer(b"track,artist\n")})
    assert SONGS.fetch().read_bytes() == b"track,artist\n"
    assert files_in(data) == ["songs.csv"]


def test_a_file_that_is_there_needs_no_network(data, network):
    asked = network({})
    (data / "songs").mkdir()
    (data / "songs/songs.csv").write_text("mine")
    assert SONGS.fetch().read_text() == "mine"
    assert asked == []


def test_without_network_one_learns_where_to_get_the_file_and_where_to_put_it():
    message = refusal(SONGS)
    assert "no connection" in message
    assert "get songs.csv from https://example.org and put it at songs/songs.csv" in message
    assert "data/, or where MUSE_DATA_DIR points" in message


def test_a_message_holds_no_path_of_this_machine(data):
    assert str(data) not in refusal(SONGS)


def test_a_server_that_does_not_answer_is_named(network):
    network({SONGS.url: requests.Timeout()})
    assert "the server did not respond" in refusal(SONGS)


def test_a_page_that_is_not_there_is_named_by_its_status(network):
    network({})
    assert "the server returned 404" in refusal(SONGS)


def test_a_passing_fault_is_tried_again(network):
    attempts = iter([answer(status=503), answer(b"song")])
    network({SONGS.url: lambda: next(attempts)})
    assert SONGS.fetch().read_bytes() == b"song"


def test_nothing_is_said_of_paths_on_the_way(network, capsys):
    network({SONGS.url: answer(b"song")})
    SONGS.fetch()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), OSError(errno.ENOSPC, "full")])
def test_an_interrupted_download_leaves_nothing(data, monkeypatch, interruption):
    def half(_self, _url, draft, _pooch, **_kwargs):
        with open(draft, "wb") as file:  # noqa: PTH123
            file.write(b"half")
        raise interruption

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", half)
    with pytest.raises((KeyboardInterrupt, InputError)):
        SONGS.fetch()
    assert files_in(data) == []


def test_a_full_disk_is_named_with_what_it_takes(network):
    network({SONGS.url: OSError(errno.ENOSPC, "No space left on device")})
    assert "no space left for songs/songs.csv: it needs about 7 MB" in refusal(SONGS)


def test_a_data_folder_that_cannot_be_written_is_named(data):
    (data / "songs").write_text("a file where the folder should be")
    assert "songs/songs.csv cannot be written" in refusal(SONGS)


def test_a_connection_that_breaks_off_leaves_nothing(data, monkeypatch):
    """A server that promises more than it sends."""

    class Broken(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")

        def log_message(self, *_args):
            pass

    monkeypatch.setattr(requests, "get", REAL_GET)
    monkeypatch.setattr(download, "is_trusted", lambda _: True)
    with HTTPServer(("127.0.0.1", 0), Broken) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/songs.csv"
        message = refusal(Remote("songs/songs.csv", url, 7))
        server.shutdown()
    assert "the connection was interrupted" in message
    assert files_in(data) == []


def test_every_source_is_encrypted_and_known():
    sources = [artist_genres.FILE, spotify.FILE, tidytuesday.FILE]
    sources += [snapshot.zip for snapshot in archive.SNAPSHOTS]
    urls = [source.url.replace("doi:", "https://doi.org/") for source in sources]
    assert [url for url in urls if not download.is_trusted(url)] == []


@pytest.mark.parametrize(
    "leads_to",
    [
        "http://raw.githubusercontent.com/songs.csv",
        "https://example.org/songs.csv",
        "https://github.com.example.org/songs.csv",
        "file:///etc/passwd",
        "//example.org/songs.csv",
    ],
)
def test_an_answer_that_leads_elsewhere_is_refused(leads_to):
    response = answer(status=302, url="https://github.com/songs.csv")
    response.headers["location"] = leads_to
    with pytest.raises(requests.RequestException, match="not a source of this study"):
        download.refuse_untrusted_hosts(response)


@pytest.mark.parametrize("leads_to", ["/x.csv", "https://codeload.github.com/x.zip"])
def test_an_answer_that_leads_to_a_source_is_followed(leads_to):
    response = answer(status=302, url="https://github.com/songs.csv")
    response.headers["location"] = leads_to
    download.refuse_untrusted_hosts(response)


def test_every_answer_is_looked_at(monkeypatch):
    given = []
    monkeypatch.setattr(requests, "get", lambda _, **options: given.append(options["hooks"]))
    with pytest.raises(AttributeError):  # there is no answer to go on with
        SONGS.fetch()
    assert given == [{"response": download.refuse_untrusted_hosts}]


def zenodo(body, checksum):
    """The pages that a DOI leads to."""
    record = "https://zenodo.org/records/2594557"
    listing = {
        "id": 2594557,
        "files": [
            {
                "key": "spotify_playlists.zip",
                "checksum": f"md5:{checksum}",
                "links": {"self": f"{record}/files/spotify_playlists.zip"},
            }
        ],
    }
    return {
        "https://doi.org/10.5281/zenodo.2594557": lambda: answer(url=record),
        "https://zenodo.org/api/records/2594557": lambda: answer(json.dumps(listing).encode()),
        f"{record}/files/spotify_playlists.zip": lambda: answer(body),
    }


def test_the_poster_s_data_come_by_doi(network):
    network(zenodo(b"zip", hashlib.md5(b"zip").hexdigest()))
    assert spotify.FILE.fetch().read_bytes() == b"zip"


def test_a_file_that_does_not_fit_its_record_is_refused(data, network):
    network(zenodo(b"zap", hashlib.md5(b"zip").hexdigest()))
    assert "hash" in refusal(spotify.FILE)
    assert files_in(data) == []


def test_a_record_that_says_nothing_is_no_traceback(network):
    network({**zenodo(b"", ""), "https://zenodo.org/api/records/2594557": answer(b"{}")})
    message = refusal(spotify.FILE)
    assert "its record cannot be read" in message
    assert "get spotify_playlists.zip from https://doi.org/10.5281/zenodo.2594557 and" in message
