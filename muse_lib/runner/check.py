"""Reject invalid command lines before anything is installed or loaded.

This needs only the standard library. So ``./run_all.sh`` can run it with any recent Python before
setting up an environment, and again before loading libraries, which takes seconds.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from muse_lib.data.corpora import CORPORA
from muse_lib.data.corpora.opening import own_path
from muse_lib.errors import InputError
from muse_lib.paths import NOTEBOOKS, data_dir
from muse_lib.runner import vectors
from muse_lib.runner.arguments import Arguments, parse
from muse_lib.runner.limits import read_limits
from muse_lib.runner.outline import Outline, outline
from muse_lib.runner.parameters import Notebook, check_type, read_cells
from muse_lib.runner.places import FILE, check_name
from muse_lib.runner.stages import STAGES, Stage, did_you_mean

REFUSED, GO_ON = 2, 3


def check(
    argv: Sequence[str], stages: tuple[Stage, ...] = STAGES, notebooks: Path = NOTEBOOKS
) -> Arguments:
    """Parse the command line and check whatever can be checked at this point.

    Raises
    ------
    InputError
        If there is no such corpus, stage, variant or parameter, a value has the wrong type or is
        out of range, or the user's file is missing.
    SystemExit
        With status 0 after printing help, with 2 if the command line is invalid.
    """
    arguments = parse(argv, list(CORPORA), [stage.name for stage in stages])
    if arguments.corpus not in CORPORA:
        hint = did_you_mean(arguments.corpus, list(CORPORA))
        raise InputError(f"there is no corpus {arguments.corpus!r}{hint}")
    if arguments.out:
        check_name(arguments.out)
    asked = outline(arguments, stages, notebooks, read_cells, {})
    _check_values(arguments, asked)
    _check_file(arguments, asked)
    return arguments


def _check_values(arguments: Arguments, asked: Outline[Notebook]) -> None:
    """Reject values that no configuration accepts."""
    limits = read_limits()
    for name, value in arguments.settings.items():
        for limit in limits.get(name, ()):
            limit.check(name, value)
        if name not in limits:
            default = next(names[name] for names in asked.defaults.values() if name in names)
            check_type(name, value, default)


def _check_file(arguments: Arguments, asked: Outline[Notebook]) -> None:
    """Raise `InputError` if a file of the user is missing, or not named although required."""
    named = arguments.settings.get(FILE)
    corpus = CORPORA[arguments.corpus]
    is_read = any(stage.reads_playlists for stage in asked.selected)
    if isinstance(named, str) and named:
        if is_read:
            own_path(named, FILE)
    elif corpus.is_the_users and not (arguments.out and arguments.is_a_part):
        raise InputError(
            f"the corpus {arguments.corpus} needs your file: name it with --set {FILE}=FILE."
        )
    elif corpus.folder and is_read and not (data_dir() / corpus.folder).is_dir():
        raise InputError(
            f"the corpus {arguments.corpus} cannot be downloaded: put its files in "
            f"{corpus.folder}/ in the data folder (data/, or where MUSE_DATA_DIR points), or name "
            f"their folder with --set {FILE}=FOLDER."
        )


def main() -> int:
    """Check the command line, print any error, and return a status: `REFUSED` or `GO_ON`."""
    try:
        if sys.argv[1:2] == ["vectors"]:
            vectors.check(sys.argv[2:], "./run_all.sh")
        else:
            check(sys.argv[1:])
    except InputError as error:
        print(f"./run_all.sh: {error}", file=sys.stderr)
        return REFUSED
    return GO_ON


if __name__ == "__main__":
    sys.exit(main())
