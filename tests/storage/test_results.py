import csv
import json
import os
import pickle
from base64 import b64decode
from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.figure import Figure
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal
from PIL import Image

from muse_lib.errors import InputError
from muse_lib.figures import use_house_style
from muse_lib.storage import files
from muse_lib.storage.files import (
    read_frame,
    read_json,
    read_tensors,
    replacing,
    write_frame,
    write_json,
    write_tensors,
)
from muse_lib.storage.picture import MIME
from muse_lib.storage.results import DRAFT, Results

TABLE = pd.DataFrame({"model": ["muse", "muse-artist"], "value": [0.125, np.nan]})
FILES = {
    "songs.parquet": (lambda path: write_frame(path, TABLE), read_frame),
    "model.safetensors": (lambda path: write_tensors(path, {"W": np.eye(3)}, {}), read_tensors),
    "run.json": (lambda path: write_json(path, {"seed": 1}), read_json),
}


@pytest.fixture
def results(tmp_path, monkeypatch) -> Results:
    """A study's folder, outside of any run."""
    monkeypatch.delenv(DRAFT, raising=False)
    return Results(str(tmp_path / "study"))


@pytest.fixture
def draft(tmp_path, monkeypatch, results) -> Results:
    """The same study while the runner executes a notebook."""
    monkeypatch.setenv(DRAFT, str(tmp_path / "draft"))
    return Results(str(results.root))


def everything_in(folder):
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_a_crash_while_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")

    def crash():
        with replacing(path) as written:
            written.write_text("half of the ne")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        crash()
    assert path.read_text() == "old"
    assert everything_in(tmp_path) == {"table.csv"}


def test_until_all_is_written_readers_see_the_old_file(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with replacing(path) as written:
        written.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"


def test_a_table_that_cannot_be_written_leaves_the_old_one(results):
    class Unprintable:
        def __str__(self):
            raise RuntimeError

    results.save_table("metrics", TABLE)
    before = (results.root / "tables/metrics.csv").read_bytes()
    with pytest.raises(RuntimeError):
        results.save_table("metrics", pd.DataFrame({"value": [1, Unprintable()]}))
    assert (results.root / "tables/metrics.csv").read_bytes() == before
    assert everything_in(results.root) == {"metrics.csv"}


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_one_sentence_with_the_remedy(name, tmp_path):
    _, read = FILES[name]
    with pytest.raises(InputError, match=f"^{name} is missing: do this[.]$"):
        read(tmp_path / name, "do this.")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kept", [0, 7, -1])
def test_a_truncated_file_is_one_sentence_with_the_remedy(name, kept, tmp_path):
    write, read = FILES[name]
    path = tmp_path / name
    write(path)
    path.write_bytes(path.read_bytes().rstrip()[:kept])
    with pytest.raises(InputError, match=rf"^{name} is damaged \(.+\): do this[.]$"):
        read(path, "do this.")


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("disguise", ["pickle", "npy", "npz"])
def test_a_planted_pickle_is_refused_and_not_run(name, disguise, tmp_path):
    _, read = FILES[name]
    bomb = Bomb(tmp_path / "exploded")
    with (tmp_path / name).open("wb") as file:
        if disguise == "pickle":
            pickle.dump(bomb, file)
        elif disguise == "npy":
            np.save(file, np.array([bomb], dtype=object), allow_pickle=True)
        else:
            np.savez(file, W=np.array([bomb], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match=f"{name} is damaged"):
        read(tmp_path / name, "do this.")
    assert not bomb.path.exists()


def test_tensors_come_back_with_their_pedigree(tmp_path):
    tensors = {"W": np.eye(3, dtype=np.float32), "ids": np.arange(4)}
    write_tensors(tmp_path / "vectors", tensors, {"seed": 3, "title": "夜"})
    loaded, pedigree = read_tensors(tmp_path / "vectors", "")
    assert pedigree == {"seed": 3, "title": "夜"}
    assert loaded.keys() == tensors.keys()
    for name, array in tensors.items():
        assert loaded[name].dtype == array.dtype
        assert_array_equal(loaded[name], array)


def test_a_safetensors_file_of_somebody_else_is_refused(tmp_path):
    """One without a pedigree: 8 bytes of length, a header, no tensor."""
    header = json.dumps({"__metadata__": {"format": "pt"}}).encode()
    (tmp_path / "theirs").write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(InputError, match=r"theirs is damaged .*pedigree"):
        read_tensors(tmp_path / "theirs", "")


def test_json_is_readable_by_people(tmp_path):
    write_json(tmp_path / "run.json", {"title": "夜 🌙"})
    assert (tmp_path / "run.json").read_text("utf-8") == '{\n  "title": "夜 🌙"\n}\n'


def test_without_a_runner_results_go_straight_to_their_folder(results):
    results.save_table("metrics", TABLE)
    results.save_frame("songs", TABLE)
    results.save_figure("loss", Figure())
    results.new("notes.txt").write_text("note")
    assert everything_in(results.root / "tables") == {"metrics.csv"}
    assert everything_in(results.root / "artifacts") == {"songs.parquet"}
    assert everything_in(results.root / "figures") == {"loss.png", "loss.svg"}
    assert (results.root / "notes.txt").is_file()


def test_under_the_runner_all_is_written_to_the_draft(draft):
    draft.save_table("metrics", TABLE)
    draft.save_frame("songs", TABLE)
    draft.save_figure("loss", Figure())
    draft.new("notes.txt").write_text("note")
    assert not draft.root.exists()
    written = {"metrics.csv", "songs.parquet", "loss.png", "loss.svg", "notes.txt"}
    assert everything_in(draft.draft) == written


def shown(picture):
    """What a notebook holds of a picture that is the last expression of a cell."""
    return DisplayFormatter().format(picture)[0]


def test_a_notebook_shows_the_picture_and_says_which_files_it_is(results):
    with plt.style.context("default"):  # whatever style another test has set
        figure, _ = plt.subplots()
        output = shown(results.save_figure("loss", figure))
    assert plt.imread(BytesIO(b64decode(output["image/png"]))).shape[:2] == (480, 640)
    assert output[MIME] == {
        "files": ["figures/loss.png", "figures/loss.svg"],
        "tables": ["tables/loss.csv"],
        "seen": "",
    }


def test_a_picture_says_what_is_seen_on_one_line(results):
    output = shown(results.save_figure("loss", Figure(), seen="It falls\n  to 3."))
    assert output[MIME]["seen"] == "It falls to 3."


def test_a_picture_has_256_colours_and_knows_its_resolution(results):
    figure, axes = plt.subplots(figsize=(2, 1))
    axes.imshow(np.random.default_rng(0).random((20, 40, 3)))
    with plt.rc_context({"savefig.dpi": 160}):
        results.save_figure("noise", figure)
    with Image.open(results.root / "figures" / "noise.png") as picture:
        assert picture.mode == "P"
        assert picture.size == (320, 160)
        assert picture.info["dpi"] == pytest.approx((160, 160), abs=0.01)


def test_searching_fewer_fonts_changes_no_byte_of_a_figure(results, monkeypatch):
    def drawn(name):
        with plt.style.context("default"):
            use_house_style()
            figure, axes = plt.subplots()
            axes.barh(["Rain", "夜 🌙", "Дождь"], [1, -2, 3], label="Ana, 雨")
            axes.set(title="Ana", xlabel="songs -1")
            axes.legend()
            results.save_figure(name, figure)
        files = [results.root / "figures" / f"{name}.{suffix}" for suffix in ("png", "svg")]
        return [file.read_bytes() for file in files]

    fewer = drawn("fewer")
    monkeypatch.setattr("muse_lib.storage.results._search_fewer_fonts", lambda _: None)
    assert fewer == drawn("all")


def test_a_page_is_written_as_it_is(results):
    results.save_text("maps/one.html", "<p>é</p>\n")
    assert (results.root / "maps" / "one.html").read_bytes() == "<p>é</p>\n".encode()


def test_a_picture_is_drawn_from_the_tables_that_are_named(results):
    output = shown(results.save_figure("map", Figure(), tables=["songs", "genres"]))
    assert output[MIME]["tables"] == ["tables/songs.csv", "tables/genres.csv"]


def test_the_same_figure_is_shown_with_the_same_bytes_wherever_it_is_saved(results, draft):
    assert shown(results.save_figure("loss", Figure())) == shown(
        draft.save_figure("loss", Figure())
    )


def test_a_figure_that_was_saved_is_closed_so_that_it_is_shown_once(results):
    figure, _ = plt.subplots()
    results.save_figure("loss", figure)
    assert not plt.fignum_exists(figure.number)


def test_under_the_runner_reading_falls_back_on_what_is_published(results, draft):
    results.save_table("metrics", TABLE)
    assert_frame_equal(draft.load_table("metrics", made_by="06_evaluate"), TABLE)


def test_under_the_runner_what_was_just_written_wins(results, draft):
    results.save_frame("songs", TABLE)
    draft.save_frame("songs", TABLE.iloc[:1])
    assert len(draft.load_frame("songs", made_by="01_data")) == 1
    assert len(results.load_frame("songs", made_by="01_data")) == 2


@pytest.mark.parametrize("load", [Results.load_table, Results.load_frame])
def test_a_missing_upstream_result_says_which_notebook_makes_it(results, load):
    with pytest.raises(
        InputError, match=r"metrics\..* is missing: run notebooks/06_evaluate.ipynb"
    ):
        load(results, "metrics", made_by="06_evaluate")


def test_a_damaged_upstream_result_says_which_notebook_to_run_again(results):
    results.new("artifacts/songs.parquet").write_bytes(b"PAR1 and nothing more")
    with pytest.raises(InputError, match=r"damaged .*: run notebooks/01_data.ipynb again"):
        results.load_frame("songs", made_by="01_data")


NAMES = [
    "NA",
    "null",
    "None",
    "nan",
    "007",
    "1e5",
    "=1+1",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "'=1",
    "''=1",
    "'Till I Collapse",
    "'",
    "\uff1d1",
    "a,b",
    'say "hi"',
    "夜\n🌙",
    "a\rb",
    " x ",
    "$",
    "",
]


def test_names_in_a_table_stay_what_they_are(results):
    table = pd.DataFrame({"artist": NAMES, "value": np.linspace(0, 1, len(NAMES)).round(3)})
    results.save_table("songs", table)
    assert_frame_equal(results.load_table("songs", made_by="01_data"), table)


def test_no_text_in_a_table_is_a_formula(results):
    table = pd.DataFrame({"artist": NAMES, "value": np.linspace(-1, 1, len(NAMES)).round(3)})
    results.save_table("songs", table)
    with (results.root / "tables/songs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["artist"] for row in rows if row["artist"].startswith(tuple("=+-@\t\r\n"))] == []
    assert rows[0]["value"] == "-1"  # numbers stay numbers


def test_an_undefined_value_in_a_table_stays_undefined(results):
    results.save_table("metrics", TABLE)
    assert_frame_equal(results.load_table("metrics", made_by="06_evaluate"), TABLE)


def test_floats_in_a_table_keep_six_digits(results):
    results.save_table("metrics", pd.DataFrame({"value": [1 / 3, 1e-9 / 3]}))
    text = (results.root / "tables/metrics.csv").read_text()
    assert text == "value\n0.333333\n3.33333e-10\n"


@pytest.mark.parametrize("save", [Results.save_table, Results.save_frame])
def test_the_same_table_has_the_same_bytes(results, save):
    written = []
    for _ in range(2):
        save(results, "metrics", TABLE)
        (file,) = (path for path in results.root.rglob("*") if path.is_file())
        written.append(file.read_bytes())
    assert written[0] == written[1]


def test_every_split_but_the_first_has_a_folder_of_its_own(results):
    places = [place.root.relative_to(results.root) for place in results.splits(3)]
    assert list(map(str, places)) == [".", "artifacts/splits/1", "artifacts/splits/2"]


def test_others_may_read_what_is_written(tmp_path):
    (tmp_path / "touched").touch()
    for name, (write, _) in FILES.items():
        write(tmp_path / name)
        assert (tmp_path / name).stat().st_mode == (tmp_path / "touched").stat().st_mode, name


# Trials in JupyterLab


def test_a_trial_writes_aside_and_reads_what_the_study_has(results):
    results.new("artifacts/models/muse").write_text("study")
    results.new("tables/split.csv").write_text("part\ntrain\n")
    trial = results.aside({"dim": 16})
    trial.new("artifacts/models/muse").write_text("trial")
    assert trial.find("artifacts/models/muse", "05_train").read_text() == "trial"
    assert trial.load_table("split", "01_data")["part"].tolist() == ["train"]
    assert results.find("artifacts/models/muse", "05_train").read_text() == "study"


def test_the_checkpoints_and_further_splits_of_a_trial_are_aside_too(results):
    trial = results.aside({"dim": 16})
    apart = results.root / "artifacts/trials/dim=16"
    assert trial.checkpoint("muse").is_relative_to(apart)
    further = trial.splits(2)[1]
    assert further.new("artifacts/models/muse").is_relative_to(apart)
    assert further.checkpoint("muse").is_relative_to(apart)
    assert further.root == results.splits(2)[1].root


def test_without_a_difference_it_is_the_study(results):
    assert results.aside({}) is results


def test_the_runner_has_chosen_the_place_already(draft):
    assert draft.aside({"dim": 16}) is draft


def test_two_trials_never_share_a_folder_and_none_leaves_the_study(results):
    values = ["../../x", "a/b", "a-b", "", "x" * 300, "x" * 299 + "y"]
    places = [results.aside({"title_model": value}).draft for value in values]
    assert len(set(places)) == len(values)
    assert {place.parent for place in places} == {results.root / "artifacts/trials"}
    assert max(len(place.name) for place in places) < 120


def test_large_tensors_are_read_as_small_ones_are(tmp_path, monkeypatch):
    path = tmp_path / "model.safetensors"
    kinds = {"b": np.float64, "a": np.float32, "d": np.uint8, "c": np.int32}
    tensors = {name: np.arange(12, dtype=kind).reshape(3, 4) for name, kind in kinds.items()}
    tensors["none"] = np.zeros((0, 3))
    write_tensors(path, tensors, {})
    monkeypatch.setattr(files, "LARGE", 3)
    read, _ = read_tensors(path, "train again.")
    assert read.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert_array_equal(read[name], tensor, strict=True)
