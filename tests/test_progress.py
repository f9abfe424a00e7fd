import io
import json

import pytest

from muse_lib.errors import plain
from muse_lib.progress import PROGRESS, duration, read_progress, reporter


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "progress.json"
    monkeypatch.setenv(PROGRESS, str(path))
    return path


def test_the_runner_reads_what_the_library_reports(file):
    with reporter(total=150, label="muse") as report:
        report(1, note="J = 2")
        assert read_progress(file) == "muse 1 of 150, J = 2"
        report(2, note="too soon after the first to be written")
        assert read_progress(file) == "muse 1 of 150, J = 2"
        report(150)
    assert read_progress(file) == "muse 150 of 150"


def test_a_long_step_is_named_however_soon_it_follows_the_last(file):
    with reporter(total=3, label="trials") as report:
        report(0, "quick", long=True)
        report(1, "slow", long=True)
        assert read_progress(file) == "trials 1 of 3, slow"
        report(2, "quick again")
        assert read_progress(file) == "trials 1 of 3, slow"


def test_nothing_reported_and_half_a_report_read_as_nothing(tmp_path):
    file = tmp_path / "progress.json"
    assert read_progress(file) == ""
    for text in ('{"label": "mu', "[]", "3", '{"label": "muse"}'):
        file.write_text(text)
        assert read_progress(file) == ""


def test_control_characters_cannot_reach_the_terminal(file):
    with reporter(total=2, label="\x1b[31mred\x1b[0m\r\n") as report:
        report(0, note="\x07bell")
    line = read_progress(file)
    assert line.isprintable()
    assert line == "[31mred [0m   0 of 2,  bell"
    assert plain("a\nb\x9b") == "a b"


def test_without_a_watcher_it_is_silent(monkeypatch, capsys):
    monkeypatch.delenv(PROGRESS, raising=False)
    with reporter(total=3, label="muse") as report:
        report(3)
    assert capsys.readouterr() == ("", "")


def test_in_a_terminal_the_bar_vanishes_at_the_end(monkeypatch):
    monkeypatch.delenv(PROGRESS, raising=False)
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", terminal)
    with reporter(total=3, label="muse") as report:
        report(1, note="J = 2")
        report(3, note="J = 1")
    assert "muse" in terminal.getvalue()
    assert terminal.getvalue().split("\r")[-1].strip() == ""


def test_the_file_is_one_short_line(file):
    with reporter(total=3, label="muse") as report:
        report(3)
    assert json.loads(file.read_text())["done"] == 3
    assert "\n" not in file.read_text()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.7, "1 min 0 s"), (3725, "1 h 2 min")],
)
def test_durations_read_as_people_say_them(seconds, text):
    assert duration(seconds) == text
