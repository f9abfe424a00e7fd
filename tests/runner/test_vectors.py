"""The command that turns playlists into vectors."""

import json

import numpy as np
import pandas as pd
import pytest
from gensim.models import KeyedVectors
from huggingface_hub import ModelCard
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib import MuSE
from muse_lib.runner import command, vectors
from tests.helpers.worlds import two_scenes

QUICK = ["--set", "dim=4", "--set", "epochs=5", "--variant", "muse"]
FILES = {
    *("README.md", "config.json", "report.json", "songs.csv", "songs.json"),
    *("vectors.bin", "vectors.npy", "model.safetensors", "vectors.txt"),
}
ROWS = """playlist,track,artist
p,Rain,Ana
p,Sun,Bo
p,Sun,bo
q,Sun,Bo
q,Mud,Cy
q,,Cy
alone,Stone,Di
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of vectors of a small file."""
    folder = tmp_path_factory.mktemp("vectors")
    (folder / "mine.csv").write_text(ROWS)
    status = command.muse(["vectors", str(folder / "mine.csv"), "--out", str(folder / "v"), *QUICK])
    assert status == 0
    return folder / "v"


def words(path, binary):
    return KeyedVectors.load_word2vec_format(str(path), binary=binary)


def test_every_format_is_there_and_nothing_else(made):
    assert {path.name for path in made.iterdir()} == FILES


@pytest.mark.parametrize(("name", "binary"), [("vectors.txt", False), ("vectors.bin", True)])
def test_gensim_reads_the_same_vectors(made, name, binary):
    read = words(made / name, binary)
    assert read.index_to_key == ["Ana_-_Rain", "Bo_-_Sun", "Cy_-_Mud"]
    assert_allclose(read.vectors, np.load(made / "vectors.npy"), rtol=1e-6)


def test_the_rows_of_numpy_are_the_songs_of_the_table(made):
    songs, model = pd.read_csv(made / "songs.csv"), MuSE.load(made)
    assert songs["track"].tolist() == ["Rain", "Sun", "Mud"]
    assert_array_equal(np.load(made / "vectors.npy"), model.vectors)
    assert songs.columns.tolist() == model.songs.columns.tolist()


def test_the_report_counts_what_was_read_and_what_was_left_out(made):
    report = json.loads((made / "report.json").read_text())
    assert report["read"] == {"playlists": 2, "songs": 3, "memberships": 4}
    assert {row["reason"]: row["count"] for row in report["left_out"]} == {
        "empty track": 1,
        "song repeated in its playlist": 1,
        "playlist of fewer than 2 songs": 1,
    }
    assert report["parameters"]["dim"] == 4


def test_the_card_says_how_many_and_claims_no_measure(made):
    card = ModelCard.load(made / "README.md")
    assert "3 songs, each a vector of 4 numbers (float32), learned from 2 playlists" in card.text
    assert "| left out: empty track | 1 |" in card.text
    assert card.data.license == "unknown"
    assert card.data.eval_results is None


def test_what_is_asked_to_be_evaluated_is_measured_on_playlists_kept_aside(tmp_path, capsys):
    playlists = enumerate(two_scenes(n_songs=300, n_playlists=300))
    rows = [f"{number},{song},{song}\n" for number, held in playlists for song in held]
    (tmp_path / "mine.csv").write_text("playlist,track,artist\n" + "".join(rows))
    asked = ["vectors", str(tmp_path / "mine.csv"), "--out", str(tmp_path / "v"), *QUICK]
    assert command.muse([*asked, "--evaluate"]) == 0
    measured = ModelCard.load(tmp_path / "v" / "README.md").data.eval_results
    assert [one.metric_type for one in measured] == ["roc_auc", "ndcg"]
    assert measured[0].metric_value > 0.5
    assert f"roc_auc of muse: {measured[0].metric_value:.3f}" in capsys.readouterr().out


def test_too_few_playlists_to_evaluate_are_refused_and_nothing_is_written(tmp_path, capsys):
    (tmp_path / "mine.csv").write_text(ROWS)
    asked = ["vectors", str(tmp_path / "mine.csv"), "--out", str(tmp_path / "v"), *QUICK]
    assert command.muse([*asked, "--evaluate"]) == 2
    assert "playlists" in capsys.readouterr().err
    assert not (tmp_path / "v").exists()


def test_what_was_left_out_is_said(tmp_path, capsys):
    (tmp_path / "mine.csv").write_text(ROWS)
    command.main(["vectors", str(tmp_path / "mine.csv"), "--out", str(tmp_path / "v"), *QUICK])
    said = capsys.readouterr().out
    assert "Left out: 1 x empty track (mine.csv, line 7: '' by 'Cy')." in said
    assert "Read 2 playlists, 3 songs, 4 memberships." in said


def test_a_library_is_left_out_unless_asked_for(tmp_path, capsys):
    (tmp_path / "mine.csv").write_text(ROWS)
    asked = ["vectors", str(tmp_path / "mine.csv"), "--out", str(tmp_path / "v"), *QUICK]
    assert command.muse([*asked, "--set", "max_playlist_length=2"]) == 0
    (tmp_path / "mine.csv").write_text(ROWS + "p,Four,Ed\n")
    assert command.muse([*asked, "--set", "max_playlist_length=2"]) == 0
    assert "playlist of more than 2 songs" in capsys.readouterr().out


def test_the_same_file_gives_the_same_bytes(made, tmp_path):
    (tmp_path / "mine.csv").write_text(ROWS)
    command.muse(["vectors", str(tmp_path / "mine.csv"), "--out", str(tmp_path / "v"), *QUICK])
    for name in FILES:
        assert (tmp_path / "v" / name).read_bytes() == (made / name).read_bytes(), name


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (["nothing.csv"], "there is no file or folder nothing.csv"),
        (["mine.csv", "--set", "dimm=3"], "there is no setting 'dimm' (did you mean dim?)"),
        (["mine.csv", "--set", "dim=0"], "dim=0 cannot be used"),
        (["mine.csv", "--set", "dim"], "write --set name=value"),
        (["mine.csv", "--set", "n_playlists=3"], "there is no setting 'n_playlists'"),
        (["mine.csv", "--out", "mine.csv"], "--out mine.csv is a file"),
        (["mine.csv", "--set", "track_column=Song"], "Song"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(
    tmp_path, monkeypatch, capsys, given, reason
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.csv").write_text(ROWS)
    assert command.muse(["vectors", *given]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("muse: ")
    assert reason in said.err
    assert said.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


def test_a_run_that_fails_leaves_the_vectors_of_the_last_one(made, tmp_path, monkeypatch, capsys):
    (tmp_path / "mine.csv").write_text(ROWS)
    asked = ["vectors", str(tmp_path / "mine.csv"), "--out", str(made), *QUICK]
    before = {path.name: path.read_bytes() for path in made.iterdir()}

    def no_space(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("muse_lib.models.embedding.Embedding.export_word2vec", no_space)
    assert command.muse([*asked, "--set", "seed=1"]) == 1
    assert "no space is left on the disk" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in made.iterdir()} == before


def test_every_setting_is_one_of_a_configuration():
    from muse_lib.config import DataConfig
    from muse_lib.models.muse.variants import Recipe

    assert set(DataConfig.model_fields) >= vectors.READING
    assert set(Recipe().pedigree()) >= vectors.TRAINING


@pytest.mark.parametrize(("argv", "status"), [(["--help"], 0), ([], 2), (["vector"], 2)])
def test_the_command_says_how_it_is_used(argv, status, capsys):
    assert command.muse(argv) == status
    said = capsys.readouterr()
    assert "muse vectors PLAYLISTS" in (said.err if status else said.out)
