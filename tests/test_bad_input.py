"""What people bring, driven as they drive it: the command, their files, what it says and leaves.

What is wrong ends in one clear sentence and leaves the last good results; what is only strange
works. Ctrl-C is with the runner's own tests, what readers drop with theirs.
"""

import csv
import io
import random
import re
from dataclasses import dataclass, field

import pandas as pd
import pytest
from nbconvert import HTMLExporter

from muse_lib.errors import InputError
from muse_lib.runner.check import check
from muse_lib.runner.command import find_playlists
from muse_lib.runner.study import Project, run
from tests.checkouts import NOWHERE, Checkout, at_once, notebooks_of, outputs_of


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

MINE = "--corpus csv --set data_file=mine.csv"

REFUSED = {
    "--corpus archiv": ("'archiv'", "did you mean archive?"),
    "--corpus csv --only 05_trian": ("'05_trian'", "05_train"),
    "--corpus csv --set n_playlist=9": ("'n_playlist'", "valid are"),
    "--corpus csv --set n_playlists=-1": ("n_playlists=-1", "greater than or equal to 0"),
    "--corpus csv --set encoding=latin-99": ("encoding='latin-99'", "it is no encoding"),
    "--corpus csv": ("--set data_file=FILE",),
    MINE: ("data_file=mine.csv does not exist", "--set data_file=PATH"),
    "--corpus tidytuesday": (
        *("tidytuesday/spotify_songs.csv", "no connection", "https://raw.", "MUSE_DATA_DIR"),
    ),
    "--corpus mpd": ("cannot be downloaded", "put its files in mpd/"),
}
"""Options of the command that are refused before any notebook runs, and what is said."""


@pytest.mark.parametrize("options", REFUSED)
def test_what_cannot_be_done_is_refused_before_anything_runs(tmp_path, monkeypatch, options):
    for name, value in {"https_proxy": NOWHERE, "MUSE_DATA_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    project = Project(results=tmp_path / "results", playlists=find_playlists)
    if options == "--corpus csv --set encoding=latin-99":  # of what is there, only this is wrong
        (tmp_path / "mine.csv").write_text("playlist,track,artist\n")
        options += f" --set data_file={tmp_path / 'mine.csv'}"
    with pytest.raises(InputError) as refusal:
        run(project, check(options.split()))
    said = str(refusal.value)
    assert [name for name in REFUSED.get(options, ("it is no encoding",)) if name not in said] == []
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.name != ".lock"] == [
        *tmp_path.glob("mine.csv")
    ]


@dataclass(frozen=True)
class Case:
    """A file that a notebook reads, and what the refusal has to name."""

    options: str
    names: tuple[str, ...]
    files: dict[str, str | bytes] = field(default_factory=dict)


UNREADABLE = {
    "bytes that are not UTF-8": Case(
        MINE,
        ("mine.csv, line 5 is not UTF-8", "--set bad_utf8=replace"),
        {"mine.csv": latin(csv_of(unlike(3, 3)))},
    ),
    "two playlists, and others of one song": Case(
        MINE,
        ("of 9 playlists read from 'csv', 2 can be studied, and at least 3 are needed", "bring"),
        {"mine.csv": csv_of(unlike(2, 3) + unlike(9, 1)[2:])},
    ),
}
"""Two of what readers and the sampling refuse, for which they have tests of their own."""


def sentence(ending):
    """What a command that failed says: one line."""
    assert ending.returncode in (1, 2)
    command, _, said = ending.stderr.partition(": ")
    assert (command, said.count("\n")) == ("./run_all.sh", 1)
    return said


def left(checkout):
    """What is in the results folder, but for locks and what is kept of failures."""
    paths = (path for path in checkout.results.rglob("*") if path.is_file())
    texts = {str(path.relative_to(checkout.results)): path.read_text("utf-8") for path in paths}
    return {
        name: text
        for name, text in texts.items()
        if not name.startswith("failed/") and not name.endswith(".lock")
    }


@pytest.mark.smoke
@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_that_cannot_be_studied_ends_in_one_sentence_and_changes_nothing(tmp_path, case):
    checkout = Checkout(tmp_path)
    checkout.write("results/own/mine/tables/split.csv", "good")
    for name, content in UNREADABLE[case].files.items():
        checkout.write(name, content)
    ending = checkout.run(
        *UNREADABLE[case].options.split(), *["--out", "mine", "--only", "01_data"]
    )
    said = sentence(ending)
    assert [name for name in UNREADABLE[case].names if name not in said] == []
    assert str(checkout.root) not in said
    assert left(checkout) == {"own/mine/tables/split.csv": "good"}


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
        return checkout, [checkout.run(*command.split(), "--out", "mine") for command in commands]

    variants = "--set variants=['muse','muse-contrastive']"
    parts = [f"--corpus csv --only {stage}" for stage in ("05_train_muse", "08_ablations")]
    with at_once() as pool:
        strange = pool.submit(drive, csv_of(strange_playlists()), f"{MINE} {variants}")
        few = latin(csv_of(unlike(10, 4))), f"{MINE} --set bad_utf8=replace"
        few = pool.submit(drive, *few, *parts)
        return {"strange": strange.result(), "few": few.result()}


@pytest.fixture(scope="module")
def strange(driven):
    """The results of the study on strange playlists."""
    checkout, (ending,) = driven["strange"]
    assert (ending.returncode, ending.stderr) == (0, "")
    return checkout.results / "own" / "mine"


@pytest.fixture(scope="module")
def executed(strange):
    return notebooks_of(strange)


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("reason", "count"),
    [("playlist of more than 5,000 songs", 1), ("playlist of fewer than 2 songs", 5)],
)
def test_libraries_and_lone_songs_are_left_out_and_counted(executed, reason, count):
    tables = "".join(o.data.get("text/html", "") for o in outputs_of(executed["01_data"]))
    assert re.search(rf"<td[^>]*>{reason}[^<]*</td>\s*<td>{count}</td>", tables)


@pytest.mark.smoke
def test_strange_titles_stay_as_they_were_written(strange):
    titles = pd.read_parquet(strange / "artifacts" / "playlists.parquet")["title"]
    assert set(STRANGE) <= set(titles)


@pytest.mark.smoke
def test_two_playlists_of_one_title_are_two(strange):
    titles = pd.read_parquet(strange / "artifacts" / "playlists.parquet")["title"]
    assert (titles == "Road trip").sum() == 2


@pytest.mark.smoke
def test_strange_names_bring_no_warning(executed):
    said = [o for notebook in executed.values() for o in outputs_of(notebook)]
    assert [o for o in said if o.output_type in ("stream", "error")] == []


@pytest.mark.smoke
def test_a_title_that_is_a_script_is_shown_and_not_run(executed):
    pages = {name: HTMLExporter().from_notebook_node(nb)[0] for name, nb in executed.items()}
    assert [name for name, page in pages.items() if "<script>alert" in page] == []
    assert "&lt;script&gt;alert" in pages["01_data"]
    assert "&lt;script&gt;alert" in pages["05_train_muse"]


@pytest.mark.smoke
def test_a_title_is_never_a_link(executed):
    pages = {name: HTMLExporter().from_notebook_node(nb)[0] for name, nb in executed.items()}
    assert [name for name, page in pages.items() if 'href="javascript' in page] == []
    assert "javascript:alert" in "".join(pages.values())


@pytest.mark.smoke
def test_no_name_acts_on_a_terminal_or_a_spreadsheet(driven, strange):
    _, (ending,) = driven["strange"]
    assert "\x1b" not in ending.stdout
    for path in strange.glob("tables/*.csv"):
        with path.open(newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row if not is_number(cell)]
        assert [cell for cell in cells if cell.startswith(tuple("=+-@\t\r"))] == []


@pytest.mark.smoke
def test_a_figure_holds_no_script(strange):
    figures = strange.glob("figures/*.svg")
    assert [path.name for path in figures if "<script" in path.read_text("utf-8")] == []


@pytest.mark.smoke
def test_without_genres_the_study_does_without_their_figure_and_labels(strange):
    assert not (strange / "figures" / "tsne_genre.png").exists()
    assert (strange / "figures" / "tsne_artist.png").exists()
    labels = pd.read_csv(strange / "tables" / "classification.csv")["label_source"]
    assert set(labels) == {"held-out playlists"}


@pytest.mark.smoke
def test_bytes_that_are_not_utf8_are_replaced_on_demand(driven):
    checkout, _ = driven["few"]
    songs = pd.read_parquet(checkout.results / "own" / "mine" / "artifacts" / "songs.parquet")
    assert "F\ufffdr Ana" in set(songs["track"])


@pytest.mark.smoke
def test_playlists_that_share_no_song_can_be_learned(driven):
    _, (_, trained, _) = driven["few"]
    assert (trained.returncode, trained.stderr) == (0, "")


@pytest.mark.smoke
def test_playlists_that_share_no_song_cannot_be_judged(driven):
    _, (whole, _, ablations) = driven["few"]
    for stage, ending in {"03_titles": whole, "08_ablations": ablations}.items():
        said = sentence(ending)
        assert said.startswith(f"{stage} (notebooks/{stage}.ipynb) failed in cell ")
        assert "0 similar and 0 dissimilar pairs" in said
        assert "bring more or longer playlists" in said


@pytest.mark.smoke
def test_a_map_of_too_few_songs_says_what_would_do(strange, driven):
    checkout, _ = driven["strange"]
    before = (strange / "tables" / "tsne.csv").read_bytes()
    options = "--corpus csv --out mine --only 07_tsne --set perplexity=60"
    ending = checkout.run(*options.split())
    assert "perplexity=60 is too large for 100 songs: lower it below 33.3333" in sentence(ending)
    assert (strange / "tables" / "tsne.csv").read_bytes() == before
