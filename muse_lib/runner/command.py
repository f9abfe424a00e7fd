"""The command behind ``./run_all.sh``."""

import errno
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from muse_lib.config import DataConfig
from muse_lib.corpora import CORPORA
from muse_lib.errors import InputError
from muse_lib.paths import shown
from muse_lib.runner.arguments import parse
from muse_lib.runner.execute import NO_SPACE, StageError
from muse_lib.runner.record import listing
from muse_lib.runner.stages import STAGES, Parameters, did_you_mean
from muse_lib.runner.study import Project, run, verify

FAILED, REFUSED, INTERRUPTED = 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the study as the command line asks and return the status to exit with."""
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:  # not under nohup
        signal.signal(signal.SIGHUP, _interrupt)
    try:
        arguments = parse(
            sys.argv[1:] if argv is None else argv, list(CORPORA), [s.name for s in STAGES]
        )
        if arguments.corpus not in CORPORA:
            hint = did_you_mean(arguments.corpus, list(CORPORA))
            raise InputError(f"there is no corpus {arguments.corpus!r}{hint}")
        dates = {name: source.date for name, source in CORPORA.items()}
        project = Project(playlists=find_playlists, dates=dates)
        if arguments.verify:
            return 0 if verify(project, arguments) else FAILED
        results = run(project, arguments)
    except InputError as error:
        return _say(str(error), REFUSED)
    except StageError as error:
        return _say(str(error), FAILED)
    except KeyboardInterrupt:
        return _say("interrupted; what is finished is kept, and the next run goes on.", INTERRUPTED)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return _say(f"{NO_SPACE}.", FAILED)
    print(f"The results are in {shown(results)}/: notebooks, tables, figures and run.json.")
    return 0


def find_playlists(parameters: Parameters) -> list[tuple[str, int, int]]:
    """Find the corpus's files, downloading them if need be, and list them."""
    config = DataConfig(**{n: v for n, v in parameters.items() if n in DataConfig.model_fields})
    place = CORPORA[config.corpus].locate(config)
    return listing(place) if isinstance(place, Path) else []


def _say(message: str, status: int) -> int:
    print(f"./run_all.sh: {message}", file=sys.stderr)
    return status


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
