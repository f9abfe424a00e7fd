"""Where the results of a run go: the reference of a corpus, or a trial in a place of its own.

What is committed under ``results/<corpus>`` is what the corpus's own parameters give, and nothing
else is ever written there. A run with other parameters goes to ``results/own/<name>``, which git
ignores; the name says what differs, so the same settings lead to the same place.
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
"""Characters of a name; the files in it need some of the 255 bytes that systems allow."""

FILE = "data_file"
UNSAFE = re.compile(r"[^A-Za-z0-9._=+-]+")


def place_of(arguments: Arguments, differing: Mapping[str, Value]) -> Path:
    """Return the folder that a run fills, counted from the folder of all results.

    Parameters
    ----------
    arguments : Arguments
        What the user asks for.
    differing : mapping
        The parameters that are not the corpus's own.

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
    # the file first, for it is what the study is about
    for name in sorted(differing, key=lambda name: (name != FILE, name)):
        value = _word(name, differing[name])
        words.append(value if name == FILE else f"{name}={value}")
    name = "_".join(words)
    if len(name) > LONGEST:
        name = f"{name[: LONGEST - 7]}-{_digest(name)}"
    return Path(OWN, name)


def check_name(name: str) -> None:
    """Refuse a name for ``--out`` that is not the plain name of a folder."""
    plain = name.isprintable() and not re.search(r"[/\\:]", name) and len(name.encode()) <= LONGEST
    if not plain or name != name.strip() or name.startswith((".", "-")):
        raise InputError(
            f"--out {name!r} cannot be used: give the plain name of a folder of at most {LONGEST} "
            f"characters, such as --out first-trial."
        )


def _word(name: str, value: Value) -> str:
    """Return a value as a part of a name; a digest stands for what is cut or replaced."""
    if isinstance(value, str) and (name.endswith("_file") or "/" in value):
        path = (ROOT / Path(value).expanduser()).resolve()
        return f"{UNSAFE.sub('-', path.stem)[:40]}-{_digest(str(path))}"
    text = "+".join(map(str, value)) if isinstance(value, list) else str(value)
    safe = UNSAFE.sub("-", text)[:60]
    return safe if safe == text else f"{safe}-{_digest(text)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:6]
