"""Results run again and compared, on results made for the purpose and on a small study."""

import json
from dataclasses import replace

import nbformat
import pandas as pd
import pytest

from muse_lib.errors import InputError
from muse_lib.paths import RESULTS
from muse_lib.runner import command, study
from muse_lib.runner.arguments import parse
from muse_lib.runner.stages import Stage, StageError
from muse_lib.runner.verify import Tolerance, compare, report
from tests.runner.test_runner import ASK, SAVE, executed_here, project, write_notebook

pytestmark = pytest.mark.slow

__all__ = ["executed_here", "project"]  # fixtures

TABLE = pd.DataFrame({"model": ["muse", "random"], "value": [0.8, 0.5], "n_pairs": [10, 10]})
RUN = {
    "python": "3.11",
    "platform": "Linux",
    "libraries": {"numpy": "2.4"},
    "corpus_digest": "abc",
    "seed": 0,
    "stages": {
        "06_evaluate": {
            "parameters": {"dim": 500, "results": "here"},
            "outputs": {
                "tables/auc.csv": "",
                "notebooks/06_evaluate.ipynb": "",
                "figures/auc.svg": "",
                "maps/muse.html": "",
            },
        }
    },
}


def cell(source, output, tags=()):
    outputs = [nbformat.v4.new_output("execute_result", {"text/plain": output}, execution_count=3)]
    metadata = {"tags": [*tags]} if tags else {}
    return nbformat.v4.new_code_cell(source, outputs=outputs, metadata=metadata)


def write(folder, *, table=TABLE, cells=None, figure="<svg/>", run=RUN, page="0.8", a_map="<p>"):
    """Results of one stage: a table, a notebook and its page, a figure, a map."""
    cells = [cell("auc", "0.8")] if cells is None else cells
    for number, one in enumerate(cells):
        one.id = f"cell-{number}"
    for name in ("tables", "notebooks", "figures", "maps", "pages"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / "tables/auc.csv", index=False)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "notebooks/06_evaluate.ipynb")
    (folder / "figures/auc.svg").write_text(figure)
    (folder / "maps/muse.html").write_text(a_map)
    (folder / "pages/06_evaluate.html").write_text(f"<p>AUC</p>\n<p>{page}</p>\n")
    (folder / "pages/index.html").write_text(f"<p>In short: {page}</p>\n")
    (folder / "run.json").write_text(json.dumps(run))


@pytest.fixture
def told(tmp_path):
    """Compares `RUN` with a changed one: the lines, each with whether it is allowed."""

    def compared(*tolerances, **changes):
        write(tmp_path / "then")
        write(tmp_path / "now", **changes)
        found = compare(tmp_path / "then", tmp_path / "now", [*tolerances])
        return [(difference.line, difference.allowed) for difference in found]

    return compared


def test_the_same_is_the_same(told):
    assert told() == []


def test_a_number_beyond_the_tolerance_is_told_by_how_much(told):
    (line, allowed), *_ = told(table=TABLE.assign(value=[0.8, 0.53]))
    assert line.startswith("tables/auc.csv: value differs in 1 of 2 rows, by up to 0.03 (0.5 then")
    assert not allowed


@pytest.mark.parametrize(
    ("tolerance", "allowed"),
    [
        (Tolerance(absolute=0.02), False),
        (Tolerance(absolute=0.04), True),
        (Tolerance(relative=0.05), False),
        (Tolerance(relative=0.07), True),
        (Tolerance(absolute=0.01, relative=0.05), True),
        (Tolerance(table="other", absolute=9), False),
        (Tolerance(column="n_*", absolute=9), False),
        (Tolerance(table="a*", column="v*", absolute=None, relative=None), True),
    ],
)
def test_a_tolerance_is_absolute_plus_relative_of_what_is_expected(told, tolerance, allowed):
    assert [ok for _, ok in told(tolerance, table=TABLE.assign(value=[0.8, 0.53]))] == [allowed]


def test_of_two_tolerances_the_first_that_fits_counts(told):
    exact, loose = Tolerance(column="value"), Tolerance(absolute=9)
    assert not told(exact, loose, table=TABLE.assign(value=[0.8, 0.53]))[0][1]


@pytest.mark.parametrize(
    ("table", "part"),
    [
        (TABLE.iloc[:1], "2 rows of model, value, n_pairs in the results, 1 rows"),
        (TABLE.rename(columns={"value": "auc"}), "2 rows of model, auc, n_pairs now"),
        (TABLE.assign(model=["muse", "rando"]), "model: row 2 is 'random' in the results, 'rando'"),
        (TABLE.assign(value=[0.8, None]), "value: row 2 is '0.5' in the results, '' now"),
    ],
)
def test_no_tolerance_covers_another_shape_or_text(told, table, part):
    (line, allowed), *_ = told(Tolerance(absolute=9), table=table)
    assert part in line
    assert not allowed


DRAWN = {
    "figure": {"figure": "<svg> </svg>"},
    "text": {"cells": [cell("auc", "0.81")]},
    "map": {"a_map": "<p> </p>"},
    "page": {"page": "0.81"},
}


@pytest.mark.parametrize("kind", DRAWN)
def test_what_is_drawn_and_written_may_differ_only_with_its_table(told, kind):
    assert {allowed for _, allowed in told(**DRAWN[kind])} == {False}
    moved = told(Tolerance(absolute=1), table=TABLE.assign(value=[0.81, 0.5]), **DRAWN[kind])
    assert len(moved) > 1
    assert {allowed for _, allowed in moved} == {True}


def test_where_a_page_parts_is_told(told):
    assert [line for line, _ in told(page="0.9")] == [
        "pages/06_evaluate.html: the page differs, first at '<p>0.9</p>'",
        "pages/index.html: the page differs, first at '<p>In short: 0.9</p>'",
    ]


def test_other_versions_are_told_and_excuse_pictures_but_no_table(told):
    run = RUN | {"libraries": {"numpy": "2.5"}}
    lines = told(run=run, figure="<svg> </svg>", table=TABLE.assign(value=[0.9, 0.5]))
    assert lines[0] == ("numpy 2.4 made the results, 2.5 is here", True)
    assert [allowed for _, allowed in lines[1:]] == [False, True]


def test_the_cell_that_differs_is_named(told):
    ((line, _),) = told(cells=[cell("auc_of_muse", "0.9")])
    assert line == (
        "notebooks/06_evaluate.ipynb: 1 of 1 cells differ, first that beginning 'auc_of_muse'"
    )


def test_where_the_results_lie_is_no_difference(tmp_path):
    for place in ("then", "now"):
        given = cell(f"results = '{tmp_path / place}'", "0.8", ["injected-parameters"])
        write(tmp_path / place, cells=[given], page=f"in {tmp_path / place}/")
    assert compare(tmp_path / "then", tmp_path / "now", []) == []


def test_other_parameters_and_playlists_are_told(told):
    run = json.loads(json.dumps(RUN))
    run["stages"]["06_evaluate"]["parameters"] = {"dim": 50, "results": "there"}
    lines = [line for line, _ in told(run=run | {"corpus_digest": "xyz"})]
    assert lines == [
        "corpus_digest: abc in the results, xyz now",
        "06_evaluate: dim=500 in the results, 50 now",
    ]


@pytest.mark.parametrize("name", ["tables/auc.csv", "notebooks/06_evaluate.ipynb"])
def test_a_file_that_only_one_side_has_is_told(tmp_path, name):
    for folder in ("then", "now"):
        write(tmp_path / folder)
    (tmp_path / "now" / name).unlink()
    (line,) = compare(tmp_path / "then", tmp_path / "now", [])
    assert line.line == f"{name}: a new run does not make it"
    (line,) = compare(tmp_path / "now", tmp_path / "then", [])
    assert line.line == f"{name}: it is missing in the results"


def test_the_committed_tolerances_can_be_read():
    rules = Tolerance.load(RESULTS)
    assert rules[-1].table == rules[-1].column == "*"


def test_damaged_tolerances_are_named(tmp_path):
    (tmp_path / "tolerances.json").write_text('{"tables": [{"tabel": "x"}]}')
    with pytest.raises(InputError, match=r"tolerances.json is damaged .*tabel"):
        Tolerance.load(tmp_path)


# A small study


def verify(project, out="", **settings):
    return study.verify(project, replace(ASK, verify=True, settings=settings, out=out))


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_study_is_what_it_gives_again_and_is_not_touched(project, capsys):
    results = study.run(project, ASK)
    before = files(results)
    assert verify(project)
    assert files(results) == before
    assert capsys.readouterr().out.endswith("synthetic is identical to a new run, byte for byte.\n")
    assert not (project.results / ".verify/synthetic").exists()


def test_it_is_run_again_as_the_results_were_made(project, capsys):
    study.run(project, replace(ASK, settings={"seed": 5, "factor": 3}, out="mine"))
    assert verify(project, out="mine")
    assert capsys.readouterr().out.endswith("mine is identical to a new run, byte for byte.\n")


def test_a_trial_is_compared_with_itself(project, capsys):
    study.run(project, replace(ASK, settings={"factor": 3}))
    assert verify(project, factor=3)
    assert "synthetic_factor=3 is identical to a new run" in capsys.readouterr().out
    with pytest.raises(InputError, match="no results in synthetic to compare with"):
        verify(project)


def test_parts_that_were_made_with_other_parameters_keep_them(project):
    study.run(project, replace(ASK, out="mine"))
    study.run(project, replace(ASK, only="05_train_muse", settings={"factor": 3}, out="mine"))
    assert verify(project, out="mine")


def test_what_is_set_now_wins_and_is_told(project, capsys):
    study.run(project, replace(ASK, settings={"seed": 5, "factor": 3}, out="mine"))
    assert not verify(project, out="mine", factor=4)
    said = capsys.readouterr().out
    assert "DIFFERS: 05_train_muse: factor=3 in the results, 4 now" in said
    assert "seed=" not in said


def test_variants_that_the_results_leave_out_are_left_out(project):
    write_notebook(project.notebooks, "06_evaluate", "results = ''\nvariants = ['muse']")
    judged = replace(project, stages=(*project.stages, Stage("06_evaluate")))
    asked = replace(ASK, settings={"variants": ["muse-artist"]}, out="mine")
    results = study.run(judged, asked)
    assert verify(judged, out="mine")
    assert not (results / "tables/False.csv").exists()


def test_a_users_file_is_found_again_where_it_was(project, tmp_path):
    cell = "results = ''\ndata_file = ''\nn_playlists = 527\nseed = 1"
    write_notebook(project.notebooks, "01_data", cell, SAVE, "new('artifacts/seed.txt').touch()")
    found = []
    watched = replace(project, playlists=lambda given: found.append(given["data_file"]) or [])
    mine = str(tmp_path / "mine.csv")
    study.run(watched, replace(ASK, only="01_data", settings={"data_file": mine}, out="mine"))
    watched = replace(watched, stages=watched.stages[:1])
    assert verify(watched, out="mine")
    assert found == [mine, mine]


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"stages": {"01_data": 3}}'])
def test_a_damaged_record_is_named_and_nothing_is_run(project, text):
    results = project.results / "synthetic"
    results.mkdir(parents=True)
    (results / "run.json").write_text(text)
    with pytest.raises(InputError, match=r"run.json is damaged"):
        verify(project)
    assert not (project.results / ".verify").exists()


def test_a_page_or_map_that_was_edited_is_found(project, capsys):
    results = study.run(project, ASK)
    page = results / "pages/01_data.html"
    page.write_text(page.read_text("utf-8").replace("seed 1", "seed 2"), "utf-8")
    assert not verify(project)
    assert "DIFFERS: pages/01_data.html: the page differs, first at" in (capsys.readouterr().out)


def test_an_edited_table_is_found_and_what_was_given_is_kept(project, capsys):
    results = study.run(project, ASK)
    table = results / "tables/True.csv"
    table.write_text("7")
    assert not verify(project)
    assert table.read_text() == "7"
    assert "DIFFERS: tables/True.csv: 0 rows of 7 in the results, 0 rows of 2 now" in (
        capsys.readouterr().out
    )
    assert (project.results / ".verify/synthetic/tables/True.csv").read_text() == "2"


def test_what_was_left_of_an_earlier_comparison_does_not_count(project):
    study.run(project, ASK)
    write_notebook(project.notebooks, "01_data", "results = ''", "1 / 0")
    with pytest.raises(StageError):
        verify(project)


def test_without_results_there_is_nothing_to_compare(project):
    with pytest.raises(InputError, match="no results in synthetic to compare with: run the study"):
        verify(project)


@pytest.mark.parametrize(("agree", "status"), [(True, 0), (False, 1)])
def test_the_command_exits_accordingly(agree, status, monkeypatch):
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(study, "verify", lambda *_: agree)
    assert command.main(["--verify"]) == status


def test_a_part_of_the_study_cannot_be_compared(capsys):
    with pytest.raises(SystemExit):
        parse(["--verify", "--only", "x"], [], [])
    assert "not allowed with" in capsys.readouterr().err


def test_the_report_counts_what_differs(capsys, tmp_path):
    write(tmp_path / "then")
    write(tmp_path / "now", table=TABLE.assign(value=[0.9, 0.5]))
    differences = compare(tmp_path / "then", tmp_path / "now", [Tolerance(absolute=1)])
    assert report(differences, tmp_path / "then")
    assert capsys.readouterr().out.splitlines()[0].startswith("within tolerance: tables/auc.csv")
