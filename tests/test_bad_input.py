"""What people bring, driven as they drive it: the command, their files, what it says and leaves.

What is wrong ends in one clear sentence and leaves the last good results; what is only strange
works. Ctrl-C is with the runner's own tests, what readers drop with theirs.
"""

import csv
import gzip
import io
import json
import random
import re
from dataclasses import dataclass, field

import pandas as pd
import pytest
from nbconvert import HTMLExporter

from tests.checkouts import Checkout, at_once, notebooks_of, outputs_of


def is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True


def csv_of(playlists, columns=("playlist", "title", "track", "artist")):
    """A file of playlists, each a name, a title and songs; a song is a track and its artist."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows((name, title, *song) for name, title, songs in playlists for song in songs)
    return text.getvalue()


MOODS = (
    *("running", "rain", "sleep", "rock", "jazz", "party"),
    *("baby", "coding", "metal", "wedding", "beach", "summer"),
)


def latin(text):
    """The text as bytes, one of them not UTF-8."""
    return text.replace("rain 0", "Für Ana").encode("latin-1")


def unlike(n_playlists, n_songs):
    """Playlists that share no song."""
    return [
        (mood, mood, [(f"{mood} {k}", f"artist {k}") for k in range(n_songs)])
        for mood in MOODS[:n_playlists]
    ]


# What is wrong


@dataclass(frozen=True)
class Case:
    """Options of the command, the files they find, and what the refusal has to name."""

    options: str
    names: tuple[str, ...]
    files: dict[str, str | bytes] = field(default_factory=dict)

    @property
    def corpus(self):
        return self.options.split()[1]


SLICE = json.dumps({"playlists": [{"pid": 1, "name": "Rain", "tracks": []}]})
MINE = "--corpus csv --set data_file=mine.csv"
TIDY = (
    "playlist_id,playlist_name,track_name,track_artist,track_album_name,playlist_genre,"
    "playlist_subgenre\n1,Rain,Drops,Ana,Sky,pop,dance pop\n"
)

REFUSED = {
    "a corpus nobody knows": Case("--corpus archiv", ("'archiv'", "did you mean archive?")),
    "a stage nobody knows": Case("--corpus csv --only 05_trian", ("'05_trian'", "05_train")),
    "a misspelt parameter": Case("--corpus csv --set n_playlist=9", ("'n_playlist'", "valid are")),
    "a value out of range": Case(
        "--corpus csv --set n_playlists=2", ("n_playlists=2", "greater than or equal to 3")
    ),
    "no file named": Case("--corpus csv", ("--set data_file=FILE",)),
    "a missing file": Case(MINE, ("data_file=mine.csv does not exist", "--set data_file=PATH")),
    "a missing download and no network": Case(
        "--corpus tidytuesday",
        ("tidytuesday/spotify_songs.csv", "no connection", "https://raw.", "MUSE_DATA_DIR"),
    ),
    "missing slices": Case("--corpus mpd", ("cannot be downloaded", "put the files mpd.slice.*")),
    "an empty file": Case(MINE, ("mine.csv is empty", "anew"), {"mine.csv": ""}),
    "wrong columns": Case(
        MINE,
        ("mine.csv has no column 'title'", "columns are 'playlist', 'song'", "title_column=NAME"),
        {"mine.csv": "playlist,song\nRain,Drops\n"},
    ),
    "bytes that are not UTF-8": Case(
        MINE,
        ("mine.csv, line 5 is not UTF-8", "--set bad_utf8=replace"),
        {"mine.csv": latin(csv_of(unlike(3, 3)))},
    ),
    "a truncated slice": Case(
        "--corpus mpd",
        ("mpd.slice.0-999.json is truncated", "line 1", "copy it anew"),
        {"data/mpd/mpd.slice.0-999.json": SLICE[:-9]},
    ),
    "a truncated gzip file": Case(
        "--corpus mpd",
        ("mpd.slice.0-999.json.gz is truncated or damaged", "delete it"),
        {"data/mpd/mpd.slice.0-999.json.gz": gzip.compress(SLICE.encode())[:-9]},
    ),
    "another file than the poster's": Case(
        "--corpus spotify",
        ("spotify_dataset.csv is not the Spotify Playlists Dataset", "'a,b'", "corpus csv"),
        {"data/spotify/spotify_dataset.csv": "a,b\n1,2\n"},
    ),
    "another content of tidytuesday": Case(
        "--corpus tidytuesday",
        ("its digest is", "delete tidytuesday/spotify_songs.csv", "--set check_digest=false"),
        {"data/tidytuesday/spotify_songs.csv": TIDY},
    ),
    "two playlists, and others of one song": Case(
        MINE,
        ("of 9 playlists read from 'csv', 2 can be studied, and at least 3 are needed", "bring"),
        {"mine.csv": csv_of(unlike(2, 3) + unlike(9, 1)[2:])},
    ),
    "playlists without a seed song": Case(
        f"{MINE} --set n_seed_songs=1",
        ("of 9 playlists read from 'csv', 1 can be studied", "n_seed_songs=1 (0 keeps all)"),
        {"mine.csv": csv_of(unlike(9, 3))},
    ),
}


def sentence(ending):
    """What a command that failed says: one line."""
    assert ending.returncode in (1, 2)
    command, _, said = ending.stderr.partition(": ")
    assert (command, said.count("\n")) == ("./run_all.sh", 1)
    return said


def left(checkout):
    """What is in the results folder, but for the lock and what is kept of failures."""
    paths = (path for path in checkout.results.rglob("*") if path.is_file())
    texts = {str(path.relative_to(checkout.results)): path.read_text("utf-8") for path in paths}
    return {name: text for name, text in texts.items() if not name.startswith(("failed/", ".lock"))}


@pytest.fixture(scope="module")
def endings(tmp_path_factory):
    """How the command ends in every case, as many at one time as there are cores."""

    def drive(case):
        checkout = Checkout(tmp_path_factory.mktemp("refused"))
        checkout.write(f"results/smoke/{case.corpus}/tables/split.csv", "good")
        for name, content in case.files.items():
            checkout.write(name, content)
        only = [] if "--only" in case.options else ["--only", "01_data"]
        return checkout.run(*case.options.split(), *only), checkout

    with at_once() as pool:
        return dict(zip(REFUSED, pool.map(drive, REFUSED.values()), strict=True))


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_ends_in_one_sentence_that_names_it_and_the_remedy(endings, case):
    ending, checkout = endings[case]
    said = sentence(ending)
    assert [name for name in REFUSED[case].names if name not in said] == []
    assert str(checkout.root) not in said


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_leaves_the_last_good_results_as_they_were(endings, case):
    _, checkout = endings[case]
    assert left(checkout) == {f"smoke/{REFUSED[case].corpus}/tables/split.csv": "good"}


# What is strange, and what is too small

STRANGE = [
    "",
    " \n line \r\n after line \n",
    "$$ mood $$",
    "A$AP Rocky & Ke$ha",
    "🔥🔥🔥 🎸",
    "夜のドライブ",
    "موسيقى هادئة",
    "\u202etfel ot thgir",
    "<script>alert('x')</script>",
    "[click](javascript:alert)",
    "=cmd|'/C calc'!A0",
    "\x1b[2J\x1b]0;sly\x07 title",
    "</td></table>&lt;b&gt; \\(x\\) `code` **bold**",
    "=1+1",
    "_ hidden",
    "NA",
    "10,000 signs ".ljust(10_000, "!"),
]
"""Titles, and names of songs and artists, that have broken programs."""


def strange_playlists():
    """Forty playlists of two tastes, a library of 47,362 songs, and five songs alone."""
    rng = random.Random(0)
    titles = [*STRANGE, *MOODS, *MOODS, "Road trip", "Road trip"]
    artists = [name or "nobody" for name in STRANGE]
    songs = [(f"{artists[k % 14]} {k}", artists[k % 13]) for k in range(120)]
    for number, title in enumerate(titles):
        taste = songs[60 * (number % 2) :][:60]
        yield f"list {number}", title, rng.sample(taste, 12) + rng.sample(songs, 2)
    yield "library", "everything", [(f"track {k}", "somebody") for k in range(47_362)]
    for number in range(5):
        yield f"single {number}", "alone", songs[:1]


@pytest.fixture(scope="module")
def driven(tmp_path_factory):
    """Two people at one time, one with strange playlists and one with few that share no song.

    Of each the checkout, and how the commands ended.
    """

    def drive(content, *commands):
        checkout = Checkout(tmp_path_factory.mktemp("driven"))
        checkout.write("mine.csv", content)
        return checkout, [checkout.run(*command.split()) for command in commands]

    whole = f"{MINE} --set n_seed_songs=0"
    parts = [f"--corpus csv --only {stage}" for stage in ("05_train_muse", "08_ablations")]
    with at_once() as pool:
        strange = pool.submit(drive, csv_of(strange_playlists()), whole)
        few = latin(csv_of(unlike(10, 4))), f"{whole} --set bad_utf8=replace"
        few = pool.submit(drive, *few, *parts)
        return {"strange": strange.result(), "few": few.result()}


@pytest.fixture(scope="module")
def strange(driven):
    """The results of the study on strange playlists."""
    checkout, (ending,) = driven["strange"]
    assert (ending.returncode, ending.stderr) == (0, "")
    return checkout.results / "smoke" / "csv"


@pytest.fixture(scope="module")
def executed(strange):
    return notebooks_of(strange)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reason", "count"),
    [("playlist of more than 5,000 songs", 1), ("playlist of fewer than 2 songs", 5)],
)
def test_libraries_and_lone_songs_are_left_out_and_counted(executed, reason, count):
    tables = "".join(o.data.get("text/html", "") for o in outputs_of(executed["01_data"]))
    assert re.search(rf"<td[^>]*>{reason}[^<]*</td>\s*<td>{count}</td>", tables)


@pytest.mark.slow
def test_strange_titles_stay_as_they_were_written(strange):
    titles = pd.read_parquet(strange / "artifacts" / "playlists.parquet")["title"]
    assert set(STRANGE) <= set(titles)


@pytest.mark.slow
def test_two_playlists_of_one_title_are_two(strange):
    titles = pd.read_parquet(strange / "artifacts" / "playlists.parquet")["title"]
    assert (titles == "Road trip").sum() == 2


@pytest.mark.slow
def test_strange_names_bring_no_warning(executed):
    said = [o for notebook in executed.values() for o in outputs_of(notebook)]
    assert [o for o in said if o.output_type in ("stream", "error")] == []


@pytest.mark.slow
def test_a_title_that_is_a_script_is_shown_and_not_run(executed):
    pages = {name: HTMLExporter().from_notebook_node(nb)[0] for name, nb in executed.items()}
    assert [name for name, page in pages.items() if "<script>alert" in page] == []
    assert "&lt;script&gt;alert" in pages["01_data"]
    assert "&lt;script&gt;alert" in pages["05_train_muse"]


@pytest.mark.slow
def test_a_title_is_never_a_link(executed):
    pages = {name: HTMLExporter().from_notebook_node(nb)[0] for name, nb in executed.items()}
    assert [name for name, page in pages.items() if 'href="javascript' in page] == []
    assert "javascript:alert" in "".join(pages.values())


@pytest.mark.slow
def test_no_name_acts_on_a_terminal_or_a_spreadsheet(driven, strange):
    _, (ending,) = driven["strange"]
    assert "\x1b" not in ending.stdout
    for path in strange.glob("tables/*.csv"):
        with path.open(newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row if not is_number(cell)]
        assert [cell for cell in cells if cell.startswith(tuple("=+-@\t\r"))] == []


@pytest.mark.slow
def test_a_figure_holds_no_script(strange):
    figures = strange.glob("figures/*.svg")
    assert [path.name for path in figures if "<script" in path.read_text("utf-8")] == []


@pytest.mark.slow
def test_without_genres_the_study_does_without_their_figure_and_labels(strange):
    assert not (strange / "figures" / "tsne_genre.png").exists()
    assert (strange / "figures" / "tsne_artist.png").exists()
    labels = pd.read_csv(strange / "tables" / "classification.csv")["label_source"]
    assert set(labels) == {"held-out playlists"}


@pytest.mark.slow
def test_bytes_that_are_not_utf8_are_replaced_on_demand(driven):
    checkout, _ = driven["few"]
    songs = pd.read_parquet(checkout.results / "smoke" / "csv" / "artifacts" / "songs.parquet")
    assert "F\ufffdr Ana" in set(songs["track"])


@pytest.mark.slow
def test_playlists_that_share_no_song_can_be_learned(driven):
    _, (_, trained, _) = driven["few"]
    assert (trained.returncode, trained.stderr) == (0, "")


@pytest.mark.slow
def test_playlists_that_share_no_song_cannot_be_judged(driven):
    _, (whole, _, ablations) = driven["few"]
    for stage, ending in {"03_titles": whole, "08_ablations": ablations}.items():
        said = sentence(ending)
        assert said.startswith(f"{stage} (notebooks/{stage}.ipynb) failed in cell ")
        assert "0 similar and 0 dissimilar pairs" in said
        assert "bring more or longer playlists" in said


@pytest.mark.slow
def test_a_map_of_too_few_songs_says_what_would_do(strange, driven):
    checkout, _ = driven["strange"]
    before = (strange / "tables" / "tsne.csv").read_bytes()
    ending = checkout.run("--corpus", "csv", "--only", "07_tsne", "--set", "perplexity=60")
    assert "perplexity=60 is too large for 100 songs: lower it below 33.3333" in sentence(ending)
    assert (strange / "tables" / "tsne.csv").read_bytes() == before
