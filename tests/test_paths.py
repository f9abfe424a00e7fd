from pathlib import Path

import pytest

from muse_lib.paths import NOTEBOOKS, RESULTS, ROOT, data_dir, shown


def test_the_root_is_the_folder_that_holds_the_library():
    assert (ROOT / "muse_lib" / "paths.py").is_file()
    assert NOTEBOOKS.parent == RESULTS.parent == ROOT


@pytest.mark.parametrize("unset", [None, ""])
def test_data_lie_in_data_unless_said_otherwise(monkeypatch, unset):
    monkeypatch.delenv("MUSE_DATA_DIR", raising=False)
    if unset is not None:
        monkeypatch.setenv("MUSE_DATA_DIR", unset)
    assert data_dir() == ROOT / "data"


def test_a_relative_data_folder_counts_from_the_root_wherever_one_stands(monkeypatch, tmp_path):
    monkeypatch.setenv("MUSE_DATA_DIR", "../elsewhere/data")
    monkeypatch.chdir(tmp_path)
    assert data_dir() == ROOT / "../elsewhere/data"


def test_an_absolute_data_folder_is_taken_as_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("MUSE_DATA_DIR", str(tmp_path))
    assert data_dir() == tmp_path


def test_a_path_inside_the_project_is_shown_from_its_root():
    assert shown(ROOT / "results" / "archive" / "run.json") == "results/archive/run.json"


@pytest.mark.parametrize("outside", ["/somewhere/private/songs.csv", "songs.csv"])
def test_a_path_outside_is_shown_by_its_name_alone(outside):
    assert shown(Path(outside)) == "songs.csv"
