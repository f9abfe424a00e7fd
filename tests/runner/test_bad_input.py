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
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
import pytest
from nbconvert import HTMLExporter

from muse_lib.config import DataConfig
from muse_lib.data import corpora, sampling
from muse_lib.data.corpora import artist_genres
from muse_lib.data.corpora.tidytuesday import SOUND
from muse_lib.data.dataset import Dataset
from muse_lib.errors import InputError
from muse_lib.models.muse.variants import Recipe
from muse_lib.runner import command, study
from muse_lib.runner.arguments import Arguments, parse
from muse_lib.runner.stages import SMOKE, STAGES
from tests.helpers.checkouts import NOWHERE, Checkout, notebooks_of, outputs_of


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
    def arguments(self):
        """What the options ask for."""
        return parse([*self.options.split(), "--scale", "smoke"], [], [])


SLICE = json.dumps({"playlists": [{"pid": 1, "name": "Rain", "tracks": []}]})
SMALL = {name: value for name, value in SMOKE.items() if name in DataConfig.model_fields}
MINE = "--corpus csv --set data_file=mine.csv"
TIDY = (
    "playlist_id,playlist_name,track_name,track_artist,track_album_name,playlist_genre,"
    f"playlist_subgenre,{','.join(SOUND)}\n1,Rain,Drops,Ana,Sky,pop,dance pop{',0.5' * 10}\n"
)
GENRES = "uri,followers,genres,name\nu1,10,['dance pop'],Ana\n"

AT_THE_DOOR = {
    "a corpus nobody knows": Case("--corpus archiv", ("'archiv'", "did you mean archive?")),
    "a stage nobody knows": Case("--corpus csv --only 05_trian", ("'05_trian'", "05_train")),
    "a misspelt parameter": Case(
        "--corpus csv --set n_playlist=9", ("'n_playlist'", "valid names")
    ),
    "a value out of range": Case(
        "--corpus synthetic --set n_playlists=2", ("n_playlists=2", "greater than or equal to 3")
    ),
    "no file named": Case("--corpus csv", ("--set data_file=FILE",)),
    "a missing file": Case(MINE, ("data_file=mine.csv does not exist", "--set data_file=PATH")),
    "a missing download and no network": Case(
        "--corpus tidytuesday",
        ("tidytuesday/spotify_songs.csv", "no connection", "https://raw.", "MUSE_DATA_DIR"),
    ),
    "missing slices": Case("--corpus mpd", ("cannot be downloaded", "put its files in mpd/")),
}
"""What is refused before any notebook runs."""

BY_READING = {
    "an empty file": Case(MINE, ("mine.csv is empty", "again"), {"mine.csv": ""}),
    "wrong columns": Case(
        MINE,
        ("mine.csv has no column 'track'", "columns are 'playlist', 'song'", "title_column=NAME"),
        {"mine.csv": "playlist,song\nRain,Drops\n"},
    ),
    "bytes that are not UTF-8": Case(
        MINE,
        ("mine.csv, line 5 is not UTF-8", "--set bad_utf8=replace"),
        {"mine.csv": latin(csv_of(unlike(3, 3)))},
    ),
    "a truncated slice": Case(
        "--corpus mpd",
        ("mpd.slice.0-999.json is truncated", "line 1", "copy it again"),
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
        {"data/tidytuesday/spotify_songs.csv": TIDY, f"data/{artist_genres.FILE.place}": GENRES},
    ),
    "two playlists, and others of one song": Case(
        MINE,
        ("of 9 playlists read from 'csv', 2 can be studied, but at least 3 are needed", "provide"),
        {"mine.csv": csv_of(unlike(2, 3) + unlike(9, 1)[2:])},
    ),
    "playlists without a seed song": Case(
        f"{MINE} --set n_seed_songs=1",
        ("of 9 playlists read from 'csv', 1 can be studied", "n_seed_songs=1 (0 keeps all)"),
        {"mine.csv": csv_of(unlike(9, 3))},
    ),
}


@pytest.fixture
def bring(tmp_path, monkeypatch):
    """Put the files of a case where its options find them, in a data folder of their own."""

    def files_of(case):
        monkeypatch.setenv("MUSE_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("https_proxy", NOWHERE)
        for name, content in case.files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return files_of


@pytest.mark.parametrize("case", AT_THE_DOOR.values(), ids=AT_THE_DOOR)
def test_what_cannot_be_done_is_refused_in_one_sentence_and_leaves_the_last_results(
    case, bring, tmp_path, monkeypatch, capsys
):
    bring(case)
    good = tmp_path / f"results/smoke/{case.arguments.corpus}/tables/split.csv"
    good.parent.mkdir(parents=True)
    good.write_text("good")
    monkeypatch.setattr("signal.signal", lambda *_: None)  # pytest keeps its own
    project = partial(study.Project, results=tmp_path / "results")
    monkeypatch.setattr(study, "Project", project)
    assert command.main([*case.options.split(), "--scale", "smoke"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("./run_all.sh: ")
    assert said.count("\n") == 1
    assert [name for name in case.names if name not in said] == [], said
    assert str(tmp_path) not in said
    assert left(tmp_path / "results") == {str(good.relative_to(tmp_path / "results")): "good"}


@pytest.mark.parametrize("case", BY_READING.values(), ids=BY_READING)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(case, bring, tmp_path):
    """As 01_data reads it; that the command repeats such a sentence is a test of its own."""
    bring(case)
    asked = case.arguments
    settings = SMALL | {"corpus": asked.corpus} | asked.settings
    if "data_file" in settings:
        settings["data_file"] = str(tmp_path / settings["data_file"])
    config = DataConfig(**settings)
    with pytest.raises(InputError) as refusal:
        sampling.sample(
            corpora.load(config),
            n_seed_songs=config.n_seed_songs or 0,
            n_playlists=config.n_playlists,
            max_playlist_length=config.max_playlist_length,
            seed=config.seed,
        )
    said = str(refusal.value)
    assert "\n" not in said
    assert [name for name in case.names if name not in said] == [], said
    assert str(tmp_path) not in said


def sentence(ending):
    """What a command that failed says: one line."""
    assert ending.returncode in (1, 2)
    command, _, said = ending.stderr.partition(": ")
    assert (command, said.count("\n")) == ("./run_all.sh", 1)
    return said


def left(results):
    """What is in a results folder, but for the lock and what is kept of failures."""
    paths = (path for path in results.rglob("*") if path.is_file() and path.name != ".lock")
    texts = {str(path.relative_to(results)): path.read_text("utf-8") for path in paths}
    return {name: text for name, text in texts.items() if not name.startswith("failed/")}


@pytest.mark.slow
def test_the_command_says_what_a_notebook_refuses_and_leaves_the_last_results(tmp_path):
    case = BY_READING["bytes that are not UTF-8"]
    checkout = Checkout(tmp_path)
    checkout.write("results/own/mine/tables/split.csv", "good")
    for name, content in case.files.items():
        checkout.write(name, content)
    ending = checkout.run(*case.options.split(), "--only", "01_data", "--out", "mine")
    said = sentence(ending)
    assert [name for name in case.names if name not in said] == [], said
    assert str(checkout.root) not in said
    assert left(checkout.results) == {"own/mine/tables/split.csv": "good"}


# What is strange, and what is too small

STRANGE = [
    "",
    "\u2028 line \u2029 after line \x0b",
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


SHOW_NO_NAME = ("00_poster", "02_cooccurrence", "09_ablations", "11_unseen")
"""Notebooks that show neither songs nor titles."""


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
    """The study on strange playlists, one variant and what shows names: results, what is said."""
    folder = tmp_path_factory.mktemp("strange study")
    file = folder / "mine.csv"
    file.write_text(csv_of(strange_playlists()), "utf-8")
    showing = tuple(stage for stage in STAGES if stage.notebook not in SHOW_NO_NAME)
    settings = {"data_file": str(file), "n_seed_songs": 0, "variants": ["muse"]}
    asked = Arguments("csv", "smoke", settings=settings, out="mine")
    project = study.Project(
        results=folder / "results", stages=showing, playlists=command.find_playlists
    )
    with redirect_stdout(io.StringIO()) as said:
        results = study.run(project, asked)
    return results, said.getvalue()


@pytest.fixture(scope="module")
def strange(driven):
    """The results of the study on strange playlists."""
    return driven[0]


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
    _, said = driven
    assert "\x1b" not in said
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


def test_bytes_that_are_not_utf8_are_replaced_on_demand(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_bytes(latin(csv_of(unlike(10, 4))))
    read = corpora.load(DataConfig(corpus="csv", data_file=str(file), bad_utf8="replace"))
    assert "F\ufffdr Ana" in set(read.songs["track"])


def test_playlists_that_share_no_song_can_be_learned(tmp_path):
    """That they cannot be judged is a refusal of the pairs."""
    file = tmp_path / "mine.csv"
    file.write_text(csv_of(unlike(10, 4)))
    read = corpora.load(DataConfig(corpus="csv", data_file=str(file)))
    parts = sampling.split(np.arange(len(read.playlists)), seed=0)
    vocabulary = Dataset.of(read, parts).vocabulary
    loss = Recipe().replace(dim=8, epochs=10).train(vocabulary).history["loss"]
    assert loss.iloc[-1] < loss.iloc[0]
