"""The study's own table of stages and its notebooks, held to what the runner and config say."""

import errno

import pytest

from muse_lib.config import DataConfig
from muse_lib.errors import InputError
from muse_lib.models.muse.variants import VARIANTS
from muse_lib.paths import NOTEBOOKS, RESULTS
from muse_lib.runner import command
from muse_lib.runner.arguments import Arguments, parse
from muse_lib.runner.parameters import _configs, declared, parse_settings, read_notebook
from muse_lib.runner.plan import plan
from muse_lib.runner.project import Project
from muse_lib.runner.receipts import Receipt
from muse_lib.runner.stages import BY_HAND, SMOKE, STAGES, StageError, select

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))


def test_every_stage_has_its_notebook_and_every_notebook_its_stage():
    assert {path.stem for path in PATHS} == {*BY_HAND, *(stage.notebook for stage in STAGES)}


@pytest.mark.parametrize("scale", ["full", "smoke"])
def test_the_whole_study_can_be_planned(scale):
    jobs = plan(Project(), Arguments(scale=scale)).jobs
    assert [job.stage for job in jobs] == list(STAGES)
    folder = "results/synthetic" if scale == "full" else "results/smoke/synthetic"
    assert all(job.parameters["results"] == folder for job in jobs)
    assert jobs[1].parameters["corpus"] == "synthetic"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebooks_defaults_are_those_of_the_configuration(path):
    for name, value in declared(read_notebook(path), path).items():
        for rules in _configs():
            if name in rules.model_fields:
                assert value == rules.model_fields[name].default, f"{name} in {rules.__name__}"


def test_what_smoke_changes_is_a_parameter_of_some_notebook():
    names = {name for path in PATHS for name in declared(read_notebook(path), path)}
    assert names >= SMOKE.keys()


def test_stages_are_named_by_notebook_or_variant():
    train = [f"05_train_{variant}" for variant in VARIANTS]
    assert [stage.name for stage in select(STAGES, only="05_train")] == train
    assert [stage.name for stage in select(STAGES, only=train[1])] == [train[1]]
    assert select(STAGES) == list(STAGES)
    after = select(STAGES, first="05_train")
    assert [stage.name for stage in after[: len(train)]] == train
    assert after[-1] == STAGES[-1]


def test_training_follows_the_search_only_where_it_uses_its_choice():
    stages = {stage.name: stage for stage in STAGES}
    train, search = stages["05_train_muse"], stages["04_grid_search"]
    assert not train.reads(search, {"hyperparameters": "poster"})
    assert train.reads(search, {"hyperparameters": "selected"})
    assert train.reads(stages["01_data"], {"hyperparameters": "selected"})
    assert not stages["08_tsne"].reads(search, {"hyperparameters": "selected"})


def test_the_choice_of_a_search_that_was_not_run_cannot_be_used(tmp_path):
    settings = {"hyperparameters": "selected"}
    asked = Arguments(scale="smoke", only="05_train", settings=settings, out="mine")
    Receipt("key", {}).save(tmp_path / "own" / "mine", "01_data")
    with pytest.raises(InputError, match="04_grid_search has not been run"):
        plan(Project(results=tmp_path), asked)


def test_settings_are_read_as_literals_words_or_text():
    assert parse_settings(["a=1e-3", "b=None", "c=true", "d=x=y", "e=[1, 2]", "f="]) == {
        "a": 0.001,
        "b": None,
        "c": True,
        "d": "x=y",
        "e": [1, 2],
        "f": "",
    }
    for setting in ("dim", "=3", "not a name=3"):
        with pytest.raises(InputError, match="write --set name=value"):
            parse_settings([setting])


def test_the_command_line_is_read():
    argv = ["--corpus", "csv", "--scale", "smoke", "--from", "x", "--force", "--set", "dim=3"]
    assert parse([*argv, "--out", "mine"], [], []) == Arguments(
        "csv", "smoke", "x", force=True, settings={"dim": 3}, out="mine"
    )


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (
            ["--corpus", "archiv"],
            "there is no corpus 'archiv' (did you mean archive?); valid names:",
        ),
        (["--only", "5"], "there is no stage '5'; valid names: 00_poster, 01_data, "),
        (["--set", "dim"], "write --set name=value"),
        (["--scale", "half"], "invalid choice: 'half'"),
        (["--from", "01_data", "--only", "01_data"], "not allowed with"),
        (["--verbose"], "unrecognized arguments: --verbose"),
        (["--set", "dim=-1"], "dim=-1 cannot be used: input should be greater than or equal to 1"),
        (["--set", "dimm=1"], "no notebook has a parameter 'dimm' (did you mean dim?)"),
        (["--set", "models=3"], "no notebook has a parameter 'models'"),
        (
            ["--set", "variants=3"],
            "variants=3 cannot be used: its type must be list, such as ['muse',",
        ),
        (["--set", "variants=['mouse']"], "no variant 'mouse' (did you mean muse?)"),
        (["--corpus", "csv"], "needs your file: name it with --set data_file=FILE"),
        (["--corpus", "csv", "--set", "data_file=not/here.csv"], "data_file=not/here.csv does not"),
        (["--corpus", "mpd"], "put its files in mpd/ in the data folder"),
        (["--out", "../x"], "--out '../x' cannot be used: give a plain folder name"),
    ],
)
def test_what_the_command_cannot_do_is_refused_with_status_2(
    argv, sentence, capsys, monkeypatch, tmp_path
):
    monkeypatch.setattr("signal.signal", lambda *_: None)  # pytest keeps its own
    monkeypatch.setenv("MUSE_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(command, "run_study", lambda _: pytest.fail("it was not refused"))
    try:
        status = command.main(argv)
    except SystemExit as stop:
        status = stop.code
    assert status == 2
    assert sentence in capsys.readouterr().err


def test_files_of_playlists_are_found_before_anything_runs(tmp_path):
    assert command.find_playlists({"corpus": "synthetic", "dim": 3}) == []
    file = tmp_path / "mine.csv"
    file.write_text("playlist,title,track,artist\n")
    found = command.find_playlists({"corpus": "csv", "data_file": str(file)})
    assert [(name, size) for name, size, _ in found] == [("mine.csv", 28)]
    with pytest.raises(InputError):
        command.find_playlists({"corpus": "csv", "data_file": str(tmp_path / "missing.csv")})
    assert "data_file" in DataConfig.model_fields


@pytest.mark.parametrize(
    ("ending", "status", "sentence"),
    [
        (StageError("06_evaluate failed in cell [3]: no."), 1, "06_evaluate failed in cell [3]"),
        (InputError("dim=0 cannot be used."), 2, "dim=0 cannot be used."),
        (KeyboardInterrupt(), 130, "interrupted; finished stages are kept"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "no space is left on the disk"),
    ],
)
def test_every_bad_end_is_one_line_and_a_status(ending, status, sentence, capsys, monkeypatch):
    def run(_):
        raise ending

    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(command, "run_study", run)
    assert command.main([]) == status
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("archive", "The results are in results/archive/: notebooks, tables and figures."),
        (
            "own/archive_dim=3",
            "The results of this trial are in results/own/archive_dim=3/, which git ignores: ",
        ),
    ],
)
def test_the_last_line_says_where_the_results_are(place, said, capsys, monkeypatch):
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("muse_lib.runner.study.run", lambda *_: RESULTS / place)
    assert command.main(["--corpus", "archive"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith(said)


def test_help_is_shown_and_nothing_else_is_done(capsys, monkeypatch):
    monkeypatch.setattr("signal.signal", lambda *_: None)
    with pytest.raises(SystemExit) as stop:
        command.main(["--help"])
    assert stop.value.code == 0
    assert "--out NAME" in capsys.readouterr().out
