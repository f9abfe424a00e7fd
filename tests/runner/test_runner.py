"""The runner on small notebooks made for the purpose; nothing here touches the real results."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from muse_lib.data.corpora import Source
from muse_lib.errors import InputError
from muse_lib.paths import NOTEBOOKS
from muse_lib.runner import receipts, run_record, stage_files, study
from muse_lib.runner.arguments import Arguments
from muse_lib.runner.locks import locked
from muse_lib.runner.parameters import read_notebook
from muse_lib.runner.project import Project
from muse_lib.runner.stages import Stage, StageError
from muse_lib.storage.code_digest import code_digest
from tests.helpers import in_process

pytestmark = pytest.mark.slow

ASK = Arguments()

# What muse_lib.storage.results.Results does, without the seconds that importing pandas takes.
SAVE = """
import os
from pathlib import Path

def new(name):
    path = Path(os.environ["MUSE_DRAFT"], name)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
"""


def write_notebook(folder, name, parameters, *cells):
    code = nbformat.v4.new_code_cell
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(f"# {name}"),
            code(parameters, metadata={"tags": ["parameters"]}),
            *map(code, cells),
        ]
    )
    nbformat.write(notebook, folder / f"{name}.ipynb")


@pytest.fixture(autouse=True)
def executed_here(request, monkeypatch):
    """Notebooks run in this process, unless the test is marked ``kernel``."""
    if "kernel" not in request.keywords:
        monkeypatch.setattr("muse_lib.runner.perform.execute", in_process.execute)


@pytest.fixture
def project(tmp_path):
    """Two stages: the first writes ``seed`` to a file, the second, in two variants, doubles it."""
    notebooks = tmp_path / "note books"
    notebooks.mkdir()
    write_notebook(
        notebooks,
        "01_data",
        "results = ''\nseed = 1\nn_playlists = 527",
        SAVE,
        "new('artifacts/seed.txt').write_text(str(seed))\nprint('seed', seed)",
    )
    write_notebook(
        notebooks,
        "05_train",
        "results = ''\nartist_augmentation = False\nfactor = 2\nmodels = ['muse']",
        SAVE,
        "seed = int(Path(results, 'artifacts/seed.txt').read_text())\n"
        "name = f'tables/{artist_augmentation}.csv'\n"
        "new(name).write_text(str(factor * seed))",
    )
    stages = (
        Stage("01_data", reads_playlists=True),
        Stage("05_train", "muse", {"artist_augmentation": False}),
        Stage("05_train", "muse-artist", {"artist_augmentation": True}),
    )
    return Project(notebooks, tmp_path / "results", stages, smoke={"n_playlists": 60})


def run(project, **asked):
    return study.run(project, replace(ASK, **asked))


def tracked(results):
    """All that git would see, but for the times."""
    paths = (path for path in results.rglob("*") if path.is_file())
    names = {str(path.relative_to(results)): path.read_bytes() for path in paths}
    hidden = ("artifacts/", "times.json", ".lock")
    return {name: content for name, content in names.items() if not name.startswith(hidden)}


def lines(capsys):
    return capsys.readouterr().out.splitlines()


@pytest.mark.kernel
def test_success_publishes_notebooks_tables_and_a_record(project, capsys):
    results = run(project)
    assert results == project.results / "synthetic"
    assert sorted(p.name for p in (results / "notebooks").iterdir()) == [
        "01_data.ipynb",
        "05_train_muse-artist.ipynb",
        "05_train_muse.ipynb",
    ]
    assert (results / "tables" / "False.csv").read_text() == "2"
    assert (results / "tables" / "True.csv").read_text() == "2"
    told = json.loads((results / "run.json").read_text())
    assert list(told["stages"]) == ["01_data", "05_train_muse", "05_train_muse-artist"]
    assert told["seed"] == 1
    times = json.loads((results / "times.json").read_text())
    assert list(times) == list(told["stages"])
    assert times["01_data"]["peak_mb"] > 20
    assert told["stages"]["05_train_muse-artist"]["parameters"]["artist_augmentation"] is True
    assert str(project.results.parent) not in json.dumps(told["libraries"])
    assert [line.split(" ... ")[0] for line in lines(capsys)] == [
        "[1/3] 01_data",
        "[2/3] 05_train_muse",
        "[3/3] 05_train_muse-artist",
    ]
    assert not [p for p in project.results.rglob("*") if "draft" in p.name and p.is_file()]


def test_two_runs_give_the_same_bytes(project):
    first = tracked(run(project))
    assert tracked(run(project, force=True)) == first
    notebook = first["notebooks/01_data.ipynb"]
    assert b"papermill" not in notebook
    assert b"iopub" not in notebook
    assert b"tags" in notebook


def test_a_new_clone_with_the_committed_results_gives_their_bytes_again(project):
    """Artefacts and receipts are not committed, so every stage runs, on another day and commit."""
    project = replace(project, corpora={"synthetic": Source("", date="2015")})
    results = run(project)
    first = tracked(results)
    shutil.rmtree(results / "artifacts")
    changed = replace(project, playlists=lambda _: [("slice.json", 10, 20)])  # downloaded anew
    run(changed, only="01_data")
    assert json.loads((results / "run.json").read_text())["stages"].keys() >= {"05_train_muse"}
    assert tracked(run(changed)) == first


def test_a_stage_that_is_up_to_date_keeps_its_times(project, monkeypatch):
    monkeypatch.setattr(run_record, "_commit", lambda: "abc")
    results = run(project)
    monkeypatch.setattr(run_record, "_commit", lambda: "def")
    (results / "tables/True.csv").unlink()
    run(project)
    times = json.loads((results / "times.json").read_text())
    assert [times[name]["commit"] for name in times] == ["abc", "abc", "def"]


def test_what_is_unchanged_is_passed_over_and_what_follows_a_change_is_not(project, capsys):
    run(project)
    capsys.readouterr()
    run(project)
    assert [line.split(" ... ")[1] for line in lines(capsys)] == ["up to date"] * 3

    run(project, out="trial")
    capsys.readouterr()
    run(project, settings={"factor": 3}, out="trial")
    assert [line.endswith("up to date") for line in lines(capsys)] == [True, False, False]
    results = run(project, settings={"seed": 5}, out="trial")
    assert [line.endswith("up to date") for line in lines(capsys)] == [False, False, False]
    assert (results / "tables" / "False.csv").read_text() == "10"

    (results / "tables" / "True.csv").write_text("edited by hand")
    run(project, settings={"seed": 5}, out="trial")
    assert [line.endswith("up to date") for line in lines(capsys)] == [True, True, False]
    run(project, first="05_train_muse-artist", force=True)
    assert [line.split(" ... ")[0] for line in lines(capsys)] == ["[3/3] 05_train_muse-artist"]


def test_other_playlists_and_another_text_run_the_stage_again(project, capsys):
    run(project, only="01_data")
    capsys.readouterr()
    changed = replace(project, playlists=lambda _: [("slice.json", 10, 20)])
    run(changed, only="01_data")
    assert "up to date" not in capsys.readouterr().out
    write_notebook(project.notebooks, "01_data", "results = ''\nseed = 1\nn_playlists = 3", SAVE)
    run(changed, only="01_data")
    assert "up to date" not in capsys.readouterr().out
    # what it no longer makes is gone
    assert not (project.results / "synthetic" / "artifacts" / "seed.txt").exists()


def test_variants_that_are_left_out_are_neither_run_nor_missed(project, capsys):
    write_notebook(project.notebooks, "06_evaluate", "results = ''\nvariants = ['muse']")
    judged = replace(project, stages=(*project.stages, Stage("06_evaluate")))
    wanted = {"settings": {"variants": ["muse-artist"]}}
    run(judged, out="mine", **wanted)
    names = [line.split(" ... ")[0] for line in lines(capsys)]
    assert names == ["[1/3] 01_data", "[2/3] 05_train_muse-artist", "[3/3] 06_evaluate"]
    run(judged, out="mine", first="06_evaluate", **wanted)
    with pytest.raises(InputError, match="05_train_muse has not been run"):
        run(judged, out="mine", first="06_evaluate")
    with pytest.raises(
        InputError, match=r"no variant 'mouse' \(did you mean muse\?\); valid names"
    ):
        run(judged, settings={"variants": ["mouse"]})


def test_the_library_writes_to_the_draft_and_reads_what_is_published(project):
    cell = "from muse_lib.storage.results import Results\nstore = Results(results)"
    seed = "store.find('artifacts/seed.txt', '01_data').read_text()"
    write_notebook(project.notebooks, "06_evaluate", "results = ''", cell, seed)
    project = replace(project, stages=(project.stages[0], Stage("06_evaluate")))
    results = run(project)
    notebook = nbformat.read(results / "notebooks" / "06_evaluate.ipynb", as_version=4)
    assert notebook.cells[-1].outputs[0].data["text/plain"] == "'1'"


def test_a_run_puts_nothing_beside_the_notebooks(project):
    write_notebook(project.notebooks, "01_data", "results = ''", "import os\nsorted(os.listdir())")
    results = run(project, only="01_data")
    notebook = nbformat.read(results / "notebooks" / "01_data.ipynb", as_version=4)
    beside = notebook.cells[-1].outputs[0].data["text/plain"]
    assert beside == "['01_data.ipynb', '05_train.ipynb']"


def test_smoke_has_its_own_place_and_small_values(project):
    results = run(project, scale="smoke", only="01_data")
    assert results == project.results / "smoke" / "synthetic"
    parameters = json.loads((results / "run.json").read_text())["stages"]["01_data"]["parameters"]
    assert parameters["n_playlists"] == 60
    results = run(project, scale="smoke", only="01_data", settings={"n_playlists": 70})
    assert results == project.results / "own" / "smoke_synthetic_n_playlists=70"
    parameters = json.loads((results / "run.json").read_text())["stages"]["01_data"]["parameters"]
    assert parameters["n_playlists"] == 70


@pytest.mark.kernel
@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("1 / 0", "cell [5]: ZeroDivisionError: division by zero."),
        (
            "from muse_lib.errors import InputError\nraise InputError('No song left: add some.')",
            "cell [5]: No song left: add some.",
        ),
        ("raise OSError(28, 'No space left on device')", "no space is left on the disk"),
        ("raise ValueError('\\x1b[31m\\nsly')", "ValueError: [31m sly."),
        ("import os; os.kill(os.getpid(), 9)", "was killed, most often because memory ran out"),
        ("import os; os._exit(0)", "was killed"),
    ],
)
def test_a_failure_says_where_and_why_and_leaves_the_last_good_results(project, cell, sentence):
    good = project.results / "synthetic" / "artifacts" / "seed.txt"
    good.parent.mkdir(parents=True)
    good.write_text("good")
    write_notebook(
        project.notebooks,
        "01_data",
        "results = ''\nseed = 1\nn_playlists = 527",
        SAVE,
        "new('artifacts/seed.txt').write_text('half')",
        cell,
        "print('never reached')",
    )
    with pytest.raises(StageError) as failure:
        run(project, only="01_data")
    assert sentence in str(failure.value)
    assert str(failure.value).startswith("01_data (01_data.ipynb) failed in ")
    assert good.read_text() == "good"
    assert not (project.results / "synthetic" / "notebooks").exists()
    assert (project.results / "failed" / "synthetic" / "01_data.ipynb").exists()
    assert "See 01_data.ipynb" in str(failure.value)
    assert list((project.results / ".draft").rglob("*.*")) == []


@pytest.mark.kernel
def test_a_notebook_that_refused_its_input_keeps_one_red_sentence_and_no_traceback(project):
    cell = "from muse_lib import InputError\nraise InputError('No song left: add some.')"
    write_notebook(project.notebooks, "01_data", "results = ''", cell)
    with pytest.raises(StageError):
        run(project, only="01_data")
    kept = project.results / "failed" / "synthetic" / "01_data.ipynb"
    *_, last = (cell for cell in nbformat.read(kept, as_version=4).cells if cell.source)
    (refusal,) = last.outputs
    assert refusal.traceback == ["\x1b[31mNo song left: add some.\x1b[0m"]


@pytest.mark.kernel
def test_what_a_dying_process_said_is_kept_and_named(project):
    cell = "import ctypes, faulthandler; faulthandler.enable(); ctypes.string_at(0)"
    write_notebook(project.notebooks, "01_data", "results = ''", cell)
    with pytest.raises(StageError, match=r"See 01_data.ipynb and 01_data.log"):
        run(project, only="01_data")
    log = project.results / "failed" / "synthetic" / "01_data.log"
    assert "Segmentation fault" in log.read_text()


def test_a_success_clears_what_failed_before(project):
    write_notebook(project.notebooks, "01_data", "results = ''", "1 / 0")
    with pytest.raises(StageError):
        run(project, only="01_data")
    write_notebook(project.notebooks, "01_data", "results = ''", "1 / 1")
    run(project, only="01_data")
    assert list((project.results / "failed").rglob("*.ipynb")) == []


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"settings": {"n_playlist": 3}}, "no notebook has a parameter 'n_playlist' (did you mean"),
        ({"settings": {"n_playlists": 2}}, "n_playlists=2 cannot be used"),
        ({"settings": {"n_playlists": "many"}}, "n_playlists='many' cannot be used"),
        (
            {"settings": {"factor": "two"}},
            "factor='two' cannot be used: its type must be int, such as 2",
        ),
        (
            {"settings": {"models": []}},
            "models=[] cannot be used: its type must be list, such as ['muse']",
        ),
        ({"settings": {"corpus": "mpd"}}, "choose it with --corpus"),
        ({"settings": {"results": "/"}}, "choose it with --corpus, --scale and --out"),
        ({"settings": {"artist_augmentation": True}}, "distinguishes the variants"),
        ({"only": "05_trian"}, "there is no stage '05_trian' (did you mean 05_train?)"),
        ({"first": "05_train"}, "01_data has not been run for synthetic yet: run it first with"),
        ({"first": "05_train", "out": "mine"}, "01_data has not been run for mine yet"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_runs(project, asked, sentence):
    with pytest.raises(InputError, match=r".") as refusal:
        run(project, **asked)
    assert sentence in str(refusal.value)
    assert not list(project.results.rglob("*.ipynb"))


def test_a_part_of_the_study_never_mixes_parameters(project):
    write_notebook(project.notebooks, "06_evaluate", "results = ''\nseed = 1", "seed")
    project = replace(project, stages=(*project.stages, Stage("06_evaluate", after=("01_data",))))
    run(project, only="01_data", out="mine")
    with pytest.raises(InputError, match="01_data was run with seed=1"):
        run(project, only="06_evaluate", settings={"seed": 2}, out="mine")
    run(project, only="06_evaluate", out="mine")


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("dim = 2 * 3", "may contain only literals"),
        ("import os", "line 1 is not an assignment"),
        ("seed = 1", "does not declare results"),
        ("results = (", "may contain only literals"),
    ],
)
def test_a_parameters_cell_holds_literals_only(project, cell, sentence):
    write_notebook(project.notebooks, "01_data", cell)
    with pytest.raises(InputError, match=sentence):
        run(project)


def test_damaged_and_missing_notebooks_are_refused(project):
    path = project.notebooks / "01_data.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].metadata.tags = []
    nbformat.write(notebook, path)
    with pytest.raises(InputError, match="has 0 cells tagged 'parameters'"):
        run(project)
    path.write_text("{")
    with pytest.raises(InputError, match=r"01_data.ipynb is not a notebook"):
        run(project)
    path.unlink()
    with pytest.raises(InputError, match=r"01_data.ipynb is missing"):
        run(project)


def test_the_code_of_a_notebook_is_what_its_imports_reach():
    train, evaluate = (
        receipts.code_of(read_notebook(NOTEBOOKS / f"{name}.ipynb"))
        for name in ("05_train", "06_evaluate")
    )
    assert len({train, evaluate, receipts.code_of(nbformat.v4.new_notebook())}) == 3


def test_imports_are_found_beside_magics_and_slips():
    cells = ["%matplotlib inline\nfrom muse_lib import seeds", "1 +", "import muse_lib.paths"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    assert receipts.code_of(notebook) == code_digest(["muse_lib.seeds", "muse_lib.paths"])


def test_what_is_made_again_and_the_same_leaves_later_stages_valid(project, capsys):
    run(project)
    capsys.readouterr()
    text = (project.notebooks / "01_data.ipynb").read_text()
    (project.notebooks / "01_data.ipynb").write_text(text.replace("# 01_data", "# The data"))
    run(project)
    assert [line.endswith("up to date") for line in lines(capsys)] == [False, True, True]


def test_a_run_killed_while_it_publishes_forgets_no_file(project):
    """The stage no longer makes seed.txt; killed before that is removed, the next run does it."""
    results = run(project, only="01_data")
    write_notebook(project.notebooks, "01_data", "results = ''\nn_playlists = 527", SAVE)
    stage_files.invalidate(results, "01_data", ["artifacts/seed.txt", "notebooks/01_data.ipynb"])
    with pytest.raises(InputError, match="01_data has not been run"):
        run(project, only="05_train_muse")
    run(project, only="01_data")
    assert not (results / "artifacts" / "seed.txt").exists()


def test_only_a_temporary_folder_of_the_studys_own_is_swept(project, tmp_path):
    for name in ("muse-gone", "mine"):
        folder = tmp_path / name
        folder.mkdir()
        note = project.results / ".draft/synthetic/temporary.txt"
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(str(folder))
        run(project, only="01_data")
    assert (tmp_path / "mine").exists()
    assert not (tmp_path / "muse-gone").exists()


def test_what_a_killed_run_left_unfinished_is_swept(project):
    left = [".draft/synthetic/09_gone/tables/x.csv", "synthetic/artifacts/receipts/.x.json.draft"]
    for name in left:
        (project.results / name).parent.mkdir(parents=True)
        (project.results / name).write_text("half")
    run(project, only="01_data")
    assert [name for name in left if (project.results / name).exists()] == []


def test_two_stages_may_not_write_the_same_file(project):
    write_notebook(
        project.notebooks,
        "05_train",
        "results = ''\nartist_augmentation = False",
        SAVE,
        "new('figures/loss.svg').touch()",
    )
    with pytest.raises(StageError, match=r"muse-artist and 05_.* both write figures/loss.svg"):
        run(project)
    assert not (project.results / "synthetic/notebooks/05_train_muse-artist.ipynb").exists()


def test_a_second_run_in_the_same_results_is_refused(project):
    results = project.results / "synthetic"
    with locked(results), pytest.raises(InputError, match=f"process {os.getpid()}"):
        run(project)
    run(project, only="01_data")  # the lock of a run that is over does not block


def test_two_runs_in_two_places_do_not_wait_for_each_other(project):
    with locked(project.results / "synthetic"):
        run(project, only="01_data", corpus="archive")
    assert (project.results / "index.html").exists()


SLOW = """
import signal
import sys
from muse_lib.runner import study
from tests.runner.test_runner import ASK
from muse_lib.runner.stages import Stage
from pathlib import Path
project = study.Project(Path(sys.argv[1]), Path(sys.argv[2]), (Stage("01_data"),))
from muse_lib.runner import command
command.run_study = lambda _: study.run(project, ASK)
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run in background
sys.exit(command.main([]))
"""


STOPPED_WHILE_LOADING = """
import runpy
import sys

class CtrlC:
    def find_spec(self, name, *_):
        if name == "papermill":
            raise KeyboardInterrupt

sys.meta_path.insert(0, CtrlC())
runpy.run_module("muse_lib.runner", run_name="__main__")
"""


def test_a_command_stopped_while_it_loads_says_so():
    ending = subprocess.run(
        [sys.executable, "-c", STOPPED_WHILE_LOADING], capture_output=True, text=True, check=False
    )
    told = "./run_all.sh: interrupted before anything was started.\n"
    assert (ending.returncode, ending.stderr) == (130, told)


IN_PROCESSES = """
from pathlib import Path
from muse_lib import processes
from tests.helpers import items
processes.n_processes = lambda *_: 2
list(processes.map_in_order(items.endless, [Path({0!r})] * 2, label="items", gigabytes=1))
"""


@pytest.mark.kernel
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_of_several_processes_says_so_in_one_line(project, tmp_path, sent):
    write_notebook(project.notebooks, "01_data", "results = ''", IN_PROCESSES.format(str(tmp_path)))
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, project.notebooks, project.results],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while len(pids := [int(path.stem) for path in tmp_path.glob("*.pid")]) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(sent)
    _, said = process.communicate(timeout=60)
    assert said.count("\n") == 1
    while any(map(_alive, pids)):
        assert time.monotonic() < deadline, "a process outlives the run"
        time.sleep(0.1)


@pytest.mark.kernel
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_run_leaves_nothing_half_written_no_process_and_no_lock(
    project, tmp_path, sent
):
    mark = tmp_path / "kernel.pid"
    write_notebook(
        project.notebooks,
        "01_data",
        "results = ''",
        f"import os, time\nopen({str(mark)!r}, 'w').write(str(os.getpid()) + '.')",
        "time.sleep(60)",
    )
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, project.notebooks, project.results],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not (mark.exists() and mark.read_text().endswith(".")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with pytest.raises(InputError, match=rf"another run \(process {process.pid}\) is writing"):
        run(project, only="01_data")
    temporary = Path((project.results / ".draft/synthetic/temporary.txt").read_text())
    assert temporary.is_dir()
    process.send_signal(sent)
    _, said = process.communicate(timeout=60)
    if sent != signal.SIGKILL:
        assert process.returncode == 130
        assert said.count("\n") == 1
        assert "interrupted" in said
    assert [p.name for p in (project.results / "synthetic").rglob("*")] == [".lock"]
    kernel = int(mark.read_text().rstrip("."))
    while _alive(kernel):
        assert time.monotonic() < deadline, "the kernel outlives the run"
        time.sleep(0.1)
    write_notebook(project.notebooks, "01_data", "results = ''", "1")
    run(project, only="01_data")  # whatever it left does not block the next
    assert not temporary.exists()


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_caveat_is_in_the_notebook_in_the_record_and_in_the_last_lines(project, capsys):
    caveat = "from muse_lib.report.caveats import Caveats\nCaveats(['Too few\\x1b[2J songs.'])"
    write_notebook(project.notebooks, "01_data", "results = ''", caveat)
    for _ in range(2):  # also when the stage is up to date
        results = run(project, only="01_data")
        assert lines(capsys)[-1] == "Caveat of 01_data: Too few [2J songs."
    told = json.loads((results / "run.json").read_text())
    assert told["stages"]["01_data"]["caveats"] == ["Too few [2J songs."]
    assert "**Caveat.** Too few" in (results / "notebooks" / "01_data.ipynb").read_text()


def test_a_table_is_traced_to_the_command_and_the_commit_that_made_it(project, monkeypatch):
    monkeypatch.setattr(run_record, "_commit", lambda: "abc")
    run(project, out="mine")
    monkeypatch.setattr(run_record, "_commit", lambda: "def")
    results = run(project, settings={"factor": 3}, first="05_train", out="mine")
    stages = json.loads((results / "run.json").read_text())["stages"]
    times = json.loads((results / "times.json").read_text())
    assert stages["01_data"]["command"] == "./run_all.sh --corpus synthetic --out mine"
    assert times["01_data"]["commit"] == "abc"
    made = stages["05_train_muse"]
    assert made["command"] == "./run_all.sh --corpus synthetic --out mine --set factor=3"
    assert times["05_train_muse"]["commit"] == "def"
    table = (results / "tables/False.csv").read_bytes()
    assert made["outputs"]["tables/False.csv"] == hashlib.sha256(table).hexdigest()


def test_no_place_of_the_users_file_is_published(project):
    cell = "results = ''\ndata_file = ''\nn_playlists = 527"
    write_notebook(project.notebooks, "01_data", cell, SAVE)
    results = run(project, only="01_data", settings={"data_file": "/home/ana/my lists.csv"})
    made = json.loads((results / "run.json").read_text())["stages"]["01_data"]
    assert made["parameters"]["data_file"] == "my lists.csv"
    assert made["command"].endswith("--set 'data_file=my lists.csv'")
    notebook = (results / "notebooks/01_data.ipynb").read_text()
    assert 'data_file = \\"my lists.csv\\"' in notebook
    assert "/home/ana" not in notebook


def test_the_date_of_the_data_is_what_the_source_states_or_when_the_file_changed(project):
    files = [("mine.csv", 9, 86_400 * 10**9), ("old.csv", 9, 5)]
    project = replace(project, playlists=lambda _: files)
    results = run(project)
    assert json.loads((results / "run.json").read_text())["data_date"] == "1970-01-02"
    run(project, first="05_train", force=True)  # reads no file, and remembers
    assert json.loads((results / "run.json").read_text())["data_date"] == "1970-01-02"
    run(replace(project, corpora={"synthetic": Source("", date="2015")}), force=True)
    assert json.loads((results / "run.json").read_text())["data_date"] == "2015"


def test_a_caveat_of_several_stages_is_printed_once(project, capsys):
    caveat = "from muse_lib.report.caveats import Caveats\nCaveats(['Still falling.'])"
    cell = "results = ''\nartist_augmentation = False"
    write_notebook(project.notebooks, "05_train", cell, caveat)
    run(project)
    said = [line for line in lines(capsys) if line.startswith("Caveat")]
    assert said == ["Caveat of 05_train_muse, 05_train_muse-artist: Still falling."]


# Where results go


OWN = {"synthetic": Source("", n_seed_songs=0, parameters={"n_splits": 5})}


@pytest.fixture
def with_own(project):
    """The study of a corpus whose own number of seeds is 5, and whose notebooks say 1."""
    write_notebook(project.notebooks, "01_data", "results = ''\nn_splits = 1\nn_seed_songs = None")
    return replace(project, corpora=OWN, stages=project.stages[:1])


def parameters_of(results):
    return json.loads((results / "run.json").read_text())["stages"]["01_data"]["parameters"]


def test_a_corpus_has_defaults_of_its_own_and_the_record_shows_their_values(with_own):
    made = parameters_of(run(with_own))
    assert (made["n_splits"], made["n_seed_songs"]) == (5, 0)


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"n_splits": 5}, "synthetic"),  # what it is anyway
        ({"n_splits": "5", "n_seed_songs": None}, "synthetic"),
        ({"n_splits": 1}, "own/synthetic_n_splits=1"),
        ({"n_seed_songs": 3, "n_splits": 2}, "own/synthetic_n_seed_songs=3_n_splits=2"),
    ],
)
def test_what_is_not_the_corpus_s_own_is_a_trial_in_a_place_of_its_own(with_own, settings, place):
    assert run(with_own, settings=settings) == with_own.results / place


def test_a_trial_changes_nothing_of_the_reference_and_its_index(project):
    results = run(project)
    before = tracked(project.results)
    trial = run(project, settings={"factor": 3}, first="01_data")
    after = tracked(project.results)
    assert {name: content for name, content in after.items() if name[:4] != "own/"} == before
    assert trial == project.results / "own/synthetic_factor=3"
    assert (results / "tables/False.csv").read_text() == "2"
    assert "synthetic_factor=3" in (project.results / "own/index.html").read_text()


def test_a_part_of_a_trial_builds_on_that_trial(project):
    run(project)
    trial = {"settings": {"factor": 3}}
    with pytest.raises(InputError, match="01_data has not been run for synthetic_factor=3 yet"):
        run(project, only="05_train", **trial)
    run(project, only="01_data", **trial)
    results = run(project, only="05_train_muse", **trial)
    assert (results / "tables/False.csv").read_text() == "3"


def test_two_corpora_do_not_share_a_named_place(project):
    run(project, only="01_data", out="mine")
    with pytest.raises(InputError, match="mine has results of synthetic at scale full: choose"):
        run(project, only="01_data", out="mine", corpus="archive")


# What becomes stale


def test_after_other_data_the_artefacts_of_a_stage_that_read_them_are_gone(project, capsys):
    caveat = "from muse_lib.report.caveats import Caveats\nCaveats(['Of the old vectors.'])"
    write_notebook(
        project.notebooks,
        "05_train",
        "results = ''\nartist_augmentation = False",
        SAVE,
        "new(f'artifacts/models/{artist_augmentation}/vectors').touch()\n"
        "new(f'tables/{artist_augmentation}.csv').touch()",
        caveat,
    )
    results = run(project, out="mine")
    capsys.readouterr()
    run(project, out="mine", only="01_data", settings={"seed": 2})
    assert not (results / "artifacts/models").exists() or not [*results.rglob("vectors")]
    assert (results / "tables/False.csv").exists()
    assert [line.split(" is ")[0] for line in lines(capsys)[1:]] == [
        "05_train_muse",
        "05_train_muse-artist",
    ]
    assert [*json.loads((results / "run.json").read_text())["stages"]] == ["01_data"]
    run(project, out="mine", settings={"seed": 2})
    assert "out of date" not in capsys.readouterr().out
    assert len([*results.rglob("vectors")]) == 2


def test_a_variant_that_is_left_out_is_out_of_date_as_well(project):
    write_notebook(project.notebooks, "06_evaluate", "results = ''\nvariants = ['muse']")
    judged = replace(project, stages=(*project.stages, Stage("06_evaluate")))
    results = run(judged, out="mine")
    run(judged, out="mine", settings={"seed": 2, "variants": ["muse"]})
    assert not receipts.Receipt.load(results, "05_train_muse-artist").key


def test_the_record_is_complete_though_a_run_was_killed_before_it_was_written(project):
    results = run(project)
    whole = (results / "run.json").read_bytes()
    (results / "run.json").unlink()
    run(project)
    assert (results / "run.json").read_bytes() == whole


def test_what_is_set_to_the_corpus_s_own_value_leaves_no_trace(with_own):
    first = tracked(run(with_own))
    assert tracked(run(with_own, settings={"n_splits": 5}, force=True)) == first


def test_data_made_again_and_the_same_leave_the_artefacts(project):
    results = run(project)
    run(project, only="01_data", force=True)
    assert receipts.Receipt.load(results, "05_train_muse").key


def test_what_a_stage_has_published_goes_with_the_stage(project):
    results = run(project)
    (project.notebooks / "05_train.ipynb").rename(project.notebooks / "06_train.ipynb")
    renamed = [replace(stage, notebook="06_train") for stage in project.stages[1:]]
    run(replace(project, stages=(project.stages[0], *renamed)))
    names = sorted(path.stem for path in (results / "notebooks").iterdir())
    assert names == ["01_data", "06_train_muse", "06_train_muse-artist"]
    assert (results / "tables" / "True.csv").exists()


def test_in_a_new_clone_what_a_former_stage_has_published_goes_as_well(project):
    results = run(project)
    shutil.rmtree(results / "artifacts")
    run(replace(project, stages=project.stages[:2]))
    names = sorted(path.stem for path in (results / "notebooks").iterdir())
    assert names == ["01_data", "05_train_muse"]
