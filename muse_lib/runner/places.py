"""Where the results of a run go: the reference results of a corpus, or a trial in its own folder.

Only runs with the corpus's default parameters write to ``results/<corpus>``, which is committed. A
run with other parameters writes to ``results/own/<name>``, which git ignores. The name says what
differs, so the same settings always lead to the same folder.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from muse_lib.errors import InputError
from muse_lib.paths import ROOT
from muse_lib.runner.arguments import Arguments
from muse_lib.runner.stages import Value

OWN, SMOKE = "own", "smoke"
LONGEST = 100
"""Maximum length of a name; file systems allow 255 bytes, of which file names need some."""

FILE = "data_file"
UNSAFE = re.compile(r"[^A-Za-z0-9._=+-]+")


def place_of(arguments: Arguments, differing: Mapping[str, Value]) -> Path:
    """Return the folder of a run's results, relative to the folder of all results.

    Parameters
    ----------
    arguments : Arguments
        The command line.
    differing : mapping
        The parameters that differ from the corpus's defaults.

    Examples
    --------
    >>> place_of(archive, {"smoothing": 0.001, "dim": 100})
    PosixPath('own/archive_dim=100_smoothing=0.001')
    """
    if arguments.out:
        return Path(OWN, arguments.out)
    if not differing:
        return Path(SMOKE if arguments.scale == SMOKE else "", arguments.corpus)
    words = [SMOKE] if arguments.scale == SMOKE else []
    words.append(arguments.corpus)
    # the file first, since it is the most important
    for name in sorted(differing, key=lambda name: (name != FILE, name)):
        value = _word(name, differing[name])
        words.append(value if name == FILE else f"{name}={value}")
    name = "_".join(words)
    if len(name) > LONGEST:
        name = f"{name[: LONGEST - 7]}-{_digest(name)}"
    return Path(OWN, name)


def check_name(name: str) -> None:
    """Raise `InputError` if a name for ``--out`` is not a plain folder name."""
    plain = name.isprintable() and not re.search(r"[/\\:]", name) and len(name.encode()) <= LONGEST
    if not plain or name != name.strip() or name.startswith((".", "-")):
        raise InputError(
            f"--out {name!r} cannot be used: give a plain folder name of at most {LONGEST} "
            f"characters, such as --out first-trial."
        )


def _word(name: str, value: Value) -> str:
    """Return a value as part of a name, with a digest if it was cut or had characters replaced."""
    if isinstance(value, str) and (name.endswith("_file") or "/" in value):
        path = (ROOT / Path(value).expanduser()).resolve()
        return f"{UNSAFE.sub('-', path.stem)[:40]}-{_digest(str(path))}"
    text = "+".join(map(str, value)) if isinstance(value, list) else str(value)
    safe = UNSAFE.sub("-", text)[:60]
    return safe if safe == text else f"{safe}-{_digest(text)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:6]
