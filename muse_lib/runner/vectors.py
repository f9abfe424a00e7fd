"""The command `muse vectors`: playlists in, vectors out, without notebooks or a search.

Like `muse_lib.runner.check`, it rejects invalid command lines before loading any library.
"""

import argparse
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muse_lib.data.corpora import CORPORA
from muse_lib.errors import InputError, plain
from muse_lib.extras import require
from muse_lib.models.muse.switches import VARIANTS
from muse_lib.runner.limits import of_class, read_limits
from muse_lib.runner.parameters import parse_settings
from muse_lib.runner.stages import Parameters, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from muse_lib.data.corpus import Corpus
    from muse_lib.models.estimator import MuSE

READING = {*of_class("DataConfig")} - {"corpus", "data_file", "n_seed_songs", "n_playlists", "seed"}
PARTS = ("Counting", "Objective", "Training", "Contrastive", "Title")
TRAINING = {name for part in PARTS for name in of_class(f"{part}Config")}
NAMED = [name for name, corpus in CORPORA.items() if not (corpus.is_the_users or corpus.folder)]
CARD = "README.md"
FORMATS = {
    CARD: "the model card: use, data, training, metrics, limits; it makes the folder a "
    "valid Hugging Face model repository",
    "model.safetensors, songs.json, config.json": "the model, for muse_lib.MuSE.load",
    "vectors.npy, songs.csv": "NumPy, one row per song, and the songs in the same order",
    "vectors.txt, vectors.bin": "word2vec as text and binary, for gensim and many other tools",
    "report.json": "what was read, what was left out and why, and every parameter",
}


@dataclass(frozen=True)
class VectorsArguments:
    """The parsed command line."""

    source: str
    out: Path
    variant: str
    settings: Parameters = field(default_factory=dict)
    evaluate: bool = False

    @property
    def reading(self) -> dict[str, Any]:
        """The settings for reading the file."""
        return {name: value for name, value in self.settings.items() if name in READING}

    @property
    def training(self) -> dict[str, Any]:
        """The settings of the model."""
        return {name: value for name, value in self.settings.items() if name in TRAINING}


def check(argv: Sequence[str], prog: str) -> VectorsArguments:
    """Parse the command line of ``vectors`` and check whatever can be checked at this point.

    Raises
    ------
    InputError
        If the file is missing, the output cannot be written there, or a setting is unknown or
        out of range.
    SystemExit
        With status 0 after printing help, with 2 if the command line is invalid.
    """
    files = "\n".join(f"  {names}\n      {what}" for names, what in FORMATS.items())
    parser = argparse.ArgumentParser(
        prog=f"{prog} vectors",
        description="Learn song vectors from playlists and write them to a folder.",
        epilog=f"The folder then contains:\n{files}\n\nSettings for reading the file: "
        f"{', '.join(sorted(READING))}.\nSettings of the model: {', '.join(sorted(TRAINING))}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "source",
        metavar="PLAYLISTS",
        help="a CSV file with the columns playlist, track and artist (and title, if available), "
        f"a folder or zip archive of such files, or a corpus: {', '.join(NAMED)}",
    )
    add("--out", metavar="FOLDER", default="vectors", help="where to write (%(default)s/)")
    add(
        "--variant",
        metavar="NAME",
        choices=VARIANTS,
        default="muse-lists",
        help=f"the model: {', '.join(VARIANTS)} (%(default)s)",
    )
    add(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        dest="settings",
        help="change a setting, such as dim=50 or track_column=Song; may be repeated",
    )
    add(
        "--evaluate",
        action="store_true",
        help="first train on 80 %% of the playlists and evaluate on another 10 %%, for the metrics "
        "in README.md; takes twice as long and requires the extra 'baselines'",
    )
    given = parser.parse_args(argv)
    if given.evaluate:
        require("baselines", "omit --evaluate")
    settings = parse_settings(given.settings)
    limits = read_limits()
    for name, value in settings.items():
        if name not in READING | TRAINING:
            hint = did_you_mean(name, sorted(READING | TRAINING))
            raise InputError(f"there is no setting {name!r}{hint}")
        for limit in limits[name]:
            limit.check(name, value)
    if given.source not in NAMED and not Path(given.source).expanduser().exists():
        raise InputError(f"there is no file or folder {given.source}: name your playlist file.")
    out = Path(given.out).expanduser()
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {given.out} is a file: name a folder.")
    return VectorsArguments(given.source, out, given.variant, settings, given.evaluate)


def run(arguments: VectorsArguments) -> None:
    """Read the playlists, train on all of them, and write all formats or none."""
    from muse_lib.config import DataConfig
    from muse_lib.data.corpora import read
    from muse_lib.data.sampling import sample
    from muse_lib.models.estimator import MuSE

    model = MuSE(arguments.variant, **arguments.training)
    corpus = sample(
        read(arguments.source, **arguments.reading),
        max_playlist_length=DataConfig(**arguments.reading).max_playlist_length,
        at_least=1,
    )
    size = {"playlists": len(corpus.playlists), "songs": len(corpus.songs)}
    size["memberships"] = len(corpus.memberships)
    print(f"Read {', '.join(f'{number:,} {what}' for what, number in size.items())}.")
    for line in _left_out(corpus):
        print(line)
    metrics = _evaluated(arguments, corpus) if arguments.evaluate else None
    print(f"Training {arguments.variant} on all of them.")
    model.fit(corpus)
    report = {
        "source": Path(arguments.source).name,
        "read": size,
        "left_out": corpus.dropped.to_dict("records"),
        "notes": list(corpus.notes),
        "variant": arguments.variant,
        "parameters": model.parameters,
    }
    _write(model, report, _card(arguments, model, corpus, size, metrics), arguments.out)
    print(f"The vectors of {len(model.songs):,} songs are in {arguments.out}/; see its README.md.")


def _evaluated(arguments: VectorsArguments, corpus: "Corpus") -> "pd.DataFrame":
    """Return the metrics of a model trained in the same way on 80 % of the playlists."""
    from muse_lib.data.dataset import Dataset
    from muse_lib.data.overlaps import overlapping_groups
    from muse_lib.data.sampling import split
    from muse_lib.evaluation.scorecard import scorecard
    from muse_lib.models.estimator import MuSE

    model = MuSE(arguments.variant, **arguments.training)
    seed = model.parameters["seed"]
    groups = overlapping_groups(corpus.memberships, len(corpus.playlists))
    dataset = Dataset.of(corpus, split(groups, seed), groups)
    in_training = dataset.parts[corpus.memberships["playlist_id"]] == "train"
    print(f"Training {arguments.variant} on 80 % of them, to evaluate it on another 10 %.")
    model.fit(replace(corpus, memberships=corpus.memberships[in_training]))
    metrics = scorecard(dataset, {arguments.variant: model.embedding}, seed)
    for row in metrics.itertuples():
        print(f"{row.metric} of {row.model}: {row.value:.3f} ({row.low:.3f} to {row.high:.3f}).")
    return metrics


def _card(
    arguments: VectorsArguments,
    model: "MuSE",
    corpus: "Corpus",
    size: Mapping[str, int],
    metrics: "pd.DataFrame | None",
) -> str:
    """Return the model card of vectors that were trained on all playlists."""
    from muse_lib.report.card import Card

    by_reason = corpus.dropped.groupby("reason", sort=False)
    named = CORPORA[arguments.source] if arguments.source in NAMED else None
    how = "The metrics below are from a model trained in the same way on 80 % of the playlists; "
    how += "these vectors were trained on all of them."
    return Card(
        variant=arguments.variant,
        source=arguments.source if named else Path(arguments.source).name,
        about=named.about if named else "",
        licence=named.licence if named else "unknown",
        size=size,
        left_out={str(reason): int(rows["count"].sum()) for reason, rows in by_reason},
        shape=model.vectors.shape,
        precision=str(model.vectors.dtype),
        share_once=float((model.songs["n_playlists"] == 1).mean()),
        parameters=model.parameters,
        version=version("muse-lib"),
        files={name: what for name, what in FORMATS.items() if name != CARD},
        metrics=metrics,
        how=[how] if metrics is not None else [],
    ).text


def _left_out(corpus: "Corpus") -> list[str]:
    """Return lines that report what was left out, and the notes of the corpus."""
    dropped = corpus.dropped.itertuples()
    lines = [f"Left out: {row.count:,} x {row.reason} ({row.example})." for row in dropped]
    return [plain(line) for line in [*lines, *corpus.notes]]


def _write(model: "MuSE", report: Mapping[str, object], card: str, out: Path) -> None:
    """Write every format to a draft folder in ``out``, and move them once all are complete."""
    import numpy as np

    from muse_lib.runner.publish import signals_blocked
    from muse_lib.storage.files import write_json
    from muse_lib.storage.results import write_table

    out.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=out))
    try:
        model.save(draft)
        np.save(draft / "vectors.npy", model.vectors, allow_pickle=False)
        write_table(draft / "songs.csv", model.songs)
        model.embedding.export_word2vec(draft / "vectors.txt")
        model.embedding.export_word2vec(draft / "vectors.bin", binary=True)
        write_json(draft / "report.json", report)
        (draft / CARD).write_text(card, "utf-8", newline="\n")
        with signals_blocked():  # otherwise an interruption could mix new and old files
            for path in sorted(draft.iterdir()):
                path.replace(out / path.name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
