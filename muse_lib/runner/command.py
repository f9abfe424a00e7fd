"""The command behind ``./run_all.sh``.

The command line is checked first; only then is the library loaded, which takes seconds.
"""

import errno
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from muse_lib.data.corpora import CORPORA
from muse_lib.errors import InputError
from muse_lib.paths import shown
from muse_lib.runner import vectors
from muse_lib.runner.arguments import Arguments
from muse_lib.runner.check import REFUSED, check
from muse_lib.runner.places import OWN
from muse_lib.runner.stages import NO_SPACE, Parameters, StageError

FAILED, INTERRUPTED = 1, 130
USAGE = """usage: muse vectors PLAYLISTS [--out FOLDER] [--variant NAME] [--set NAME=VALUE]

Learn song vectors from playlists; muse vectors --help says more."""


def muse(argv: Sequence[str] | None = None) -> int:
    """Run the command ``muse``, which is installed with the library."""
    given = sys.argv[1:] if argv is None else argv
    if given[:1] == ["vectors"]:
        return run_vectors(given[1:], "muse")
    help_is_asked = given[:1] in (["-h"], ["--help"])
    print(USAGE, file=sys.stdout if help_is_asked else sys.stderr)
    return 0 if help_is_asked else REFUSED


def run_vectors(argv: Sequence[str], prog: str) -> int:
    """Train vectors on the user's playlists and return the exit status."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        vectors.run(vectors.check(argv, prog))
    except InputError as error:
        return _say(str(error), REFUSED, prog)
    except KeyboardInterrupt:
        return _say("interrupted; nothing has been written.", INTERRUPTED, prog)
    except OSError as error:
        reason = f"{NO_SPACE}." if error.errno == errno.ENOSPC else f"{error}."
        return _say(f"the vectors could not be written: {reason}", FAILED, prog)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the study according to the command line and return the exit status."""
    given = sys.argv[1:] if argv is None else argv
    if given[:1] == ["vectors"]:
        return run_vectors(given[1:], "./run_all.sh")
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:  # not under nohup
        signal.signal(signal.SIGHUP, _interrupt)
    try:
        arguments = check(given)
        # jsonschema, loaded by nbformat, would spend more than a second on grammars for web
        # addresses, which no notebook needs. None in sys.modules makes their import fail.
        sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
        from muse_lib.runner import study  # noqa: F401
    except InputError as error:
        return _say(str(error), REFUSED)
    except KeyboardInterrupt:
        return _say("interrupted before anything was started.", INTERRUPTED)
    try:
        return run_study(arguments)
    except InputError as error:
        return _say(str(error), REFUSED)
    except StageError as error:
        return _say(str(error), FAILED)
    except KeyboardInterrupt:
        return _say("interrupted; finished stages are kept, and the next run resumes.", INTERRUPTED)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return _say(f"{NO_SPACE}.", FAILED)


def run_study(arguments: Arguments) -> int:
    """Run or verify the study, print where its results are, and return the exit status."""
    from muse_lib.runner.study import Project, run, verify

    project = Project(playlists=find_playlists)
    if arguments.verify:
        return 0 if verify(project, arguments) else FAILED
    results = run(project, arguments)
    trial = " of this trial" if results.parent.name == OWN else ""
    apart = ", which git ignores" if trial else ""
    print(f"The results{trial} are in {shown(results)}/{apart}: notebooks, tables and figures.")
    return 0


def find_playlists(parameters: Parameters) -> list[tuple[str, int, int]]:
    """Find the corpus's files, downloading them if necessary, and list them."""
    from muse_lib.config import DataConfig
    from muse_lib.runner.receipts import listing

    config = DataConfig(**{n: v for n, v in parameters.items() if n in DataConfig.model_fields})
    place = CORPORA[config.corpus].locate(config)
    return listing(place) if isinstance(place, Path) else []


def _say(message: str, status: int, prog: str = "./run_all.sh") -> int:
    print(f"{prog}: {message}", file=sys.stderr)
    return status


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
