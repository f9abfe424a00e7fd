"""What a user can mend, as a sentence: in a terminal, and in a notebook without a traceback."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from muse_lib.errors import InputError
from muse_lib.extras import MissingExtraError

RED, PLAIN = "\x1b[31m", "\x1b[0m"


@pytest.fixture
def shown(capsys, tmp_path, monkeypatch):
    """What a notebook's interpreter prints when a cell is run."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = InteractiveShell(cache_size=0)

    def run(cell):
        shell.run_cell(cell)
        return capsys.readouterr().out

    yield run
    shell.history_manager.end_session()


@pytest.mark.parametrize("error", [InputError, MissingExtraError])
def test_a_cell_that_is_refused_shows_one_red_sentence(shown, error):
    cell = f"from {error.__module__} import {error.__name__} as E\nraise E('dim=0: make it 1.')"
    assert shown(cell) == f"{RED}dim=0: make it 1.{PLAIN}\n"


def test_what_a_sentence_quotes_cannot_colour_the_page(shown):
    cell = "from muse_lib import InputError\nraise InputError('no \\x1b[7m song\\nTraceback')"
    assert shown(cell) == f"{RED}no  [7m song Traceback{PLAIN}\n"


def test_a_defect_keeps_its_traceback(shown):
    assert "Traceback" in shown("1 / 0")
