"""Search the hyper-parameters of every model on validation pairs.

A trial trains one model at one point. Epochs are read off along its run, so that trying fewer
epochs costs nothing. What a trial found is kept in a file of its own, named by a digest of all it
follows from: a search that was interrupted goes on where it stopped, and one with other playlists,
pairs, parameters or code starts anew.
"""

import hashlib
import inspect
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError
from sklearn.metrics import roc_auc_score

from muse_lib.data.dataset import Vocabulary
from muse_lib.errors import InputError
from muse_lib.evaluation.pairs import Pairs
from muse_lib.models.base import Model
from muse_lib.models.baselines import BASELINES
from muse_lib.models.muse.training import TrainingDivergedError
from muse_lib.models.muse.variants import VARIANTS, Recipe
from muse_lib.storage.code_digest import code_digest
from muse_lib.storage.files import read_json, write_json
from muse_lib.titles.encoder import TitleModel
from muse_lib.tuning.chosen import Point
from muse_lib.tuning.trials import ordered

READ_AT = (10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1_000)
"""The epochs at which a run is judged, beside its last one."""


@dataclass(frozen=True)
class Trial:
    """One model at one point.

    Attributes
    ----------
    model : str
        One of `VARIANTS` or `BASELINES`.
    point : dict
        The hyper-parameters that are tried.
    """

    model: str
    point: Point


@dataclass(frozen=True)
class Reading:
    """How a model was judged: after how many epochs, None if it has none to read along."""

    epochs: int | None
    auc: dict[str, float]


@dataclass(frozen=True)
class Attempt:
    """A trial that is prepared, of whichever kind its model is.

    Attributes
    ----------
    key : dict
        What its outcome follows from, besides the playlists and the pairs.
    read_at : list
        The epochs at which it is judged; None for a model that has none.
    run : callable
        Takes a label for the progress, makes the model and judges it.
    """

    key: dict[str, Any]
    read_at: Sequence[int | None]
    run: Callable[[str], list[Reading]]


@dataclass(frozen=True)
class Outcome:
    """What a trial found, and why it found no more if it could not be completed."""

    readings: list[Reading]
    reason: str = ""


@dataclass(frozen=True)
class Search:
    """What all trials of a search share.

    Attributes
    ----------
    vocabulary : Vocabulary
        The training playlists.
    pairs : mapping
        Validation pairs by kind of label.
    base : Recipe
        The parameters of MuSE that are not searched, the seed among them.
    epochs : int
        Length of the variants' runs, which are judged at `READ_AT` and at their end.
    folder : Path
        Where outcomes are kept.
    """

    vocabulary: Vocabulary
    pairs: Mapping[str, Pairs]
    base: Recipe
    epochs: int
    folder: Path

    def run(self, points: Mapping[str, Sequence[Point]]) -> pd.DataFrame:
        """Try all points of all models.

        Returns
        -------
        DataFrame
            One row a reading and kind of label: ``model``, ``point`` (its number, 0 is where the
            search starts), a column a hyper-parameter (nan where a model does not have it),
            ``epochs``, ``label_source``, ``auc`` and ``reason``, which is empty unless the trial
            could not be completed; then ``auc`` is nan where nothing could be read.

        Raises
        ------
        InputError
            If a kept outcome is damaged or is not that of its trial.
        """
        inputs = self._inputs_digest()
        trials = [Trial(model, point) for model in points for point in points[model]]
        numbers = [k for model in points for k in range(len(points[model]))]
        rows = []
        for k, (trial, number) in enumerate(zip(trials, numbers, strict=True), start=1):
            attempt = self._attempt(trial)
            key = asdict(trial) | {"inputs": inputs} | attempt.key
            label = f"{k}/{len(trials)} {trial.model}"
            outcome = self._recalled_or_run(trial, key, attempt, label)
            rows += self._rows(trial, number, attempt.read_at, outcome)
        return ordered(pd.DataFrame(rows))

    @property
    def read_at(self) -> list[int]:
        """The epochs at which variants are judged."""
        return sorted({*(epoch for epoch in READ_AT if epoch < self.epochs), self.epochs})

    def _recalled_or_run(
        self, trial: Trial, key: dict[str, Any], attempt: Attempt, label: str
    ) -> Outcome:
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
        path = self.folder / f"{trial.model}-{digest[:16]}.json"
        if path.exists():
            return _recalled(path, key)
        try:
            outcome = Outcome(attempt.run(label))
        except TrainingDivergedError as diverged:
            outcome = Outcome(_readings(diverged.best.history, self.pairs), str(diverged))
        except InputError as refused:
            return Outcome([], str(refused))  # not kept: more memory, say, may help next time
        write_json(path, {"key": key, "outcome": asdict(outcome)})
        return outcome

    def _attempt(self, trial: Trial) -> Attempt:
        """Prepare a trial; baselines that read titles read them as the variants do."""
        key: dict[str, Any]
        if trial.model in VARIANTS:
            recipe = self.base.replace(**VARIANTS[trial.model], **trial.point, epochs=self.epochs)
            key = {"recipe": recipe.pedigree(), "read_at": self.read_at}
            key |= {"code": code_digest(["muse_lib.models.muse.variants"])}
            if recipe.contrastive.contrastive or recipe.titles.title_part:
                key["titles"] = self._title_model
            return Attempt(key, self.read_at, lambda label: self._along(recipe, label))
        baseline, seed = BASELINES[trial.model].fit, self.base.training.seed
        reading = self.base.titles.model_dump(include=set(inspect.signature(baseline).parameters))
        key = {"seed": seed, "reading": reading, "code": code_digest(["muse_lib.models.baselines"])}
        if "title_model" in reading:
            key["titles"] = self._title_model
        made = partial(baseline, self.vocabulary, seed, **reading, **trial.point)
        return Attempt(key, [None], lambda _: [Reading(None, self.judge(made()))])

    def _along(self, recipe: Recipe, label: str) -> list[Reading]:
        """Train a variant once and judge it on the way."""
        trained = recipe.train(
            self.vocabulary, evaluate=self.judge, evaluate_at=self.read_at, label=label
        )
        return _readings(trained.history, self.pairs)

    def judge(self, model: Model) -> dict[str, float]:
        """Return the area under the ROC curve on every kind of validation pairs, in [0, 1]."""
        return {
            source: float(roc_auc_score(pairs.similar, model.similarity(pairs.i, pairs.j)))
            for source, pairs in self.pairs.items()
        }

    def _rows(
        self, trial: Trial, number: int, expected: Sequence[int | None], outcome: Outcome
    ) -> list[dict[str, Any]]:
        """Return a row a reading and kind of label, those that could not be read as nan."""
        read = {reading.epochs: reading.auc for reading in outcome.readings}
        return [
            {"model": trial.model, "point": number}
            | trial.point
            | ({} if epochs is None else {"epochs": epochs})
            | {"label_source": source, "auc": read.get(epochs, {}).get(source, np.nan)}
            | {"reason": "" if epochs in read else outcome.reason}
            for epochs in expected
            for source in self.pairs
        ]

    @cached_property
    def _title_model(self) -> str:
        """The digest of the model that reads titles."""
        return TitleModel(self.base.titles.title_model).digest

    def _inputs_digest(self) -> str:
        """Return the digest of the playlists that are learned and the pairs that judge."""
        sha = hashlib.sha256(json.dumps(self.vocabulary.titles).encode())
        sha.update(json.dumps(self.vocabulary.artists.tolist()).encode())
        for playlist in self.vocabulary.playlists:
            sha.update(str(playlist.size).encode() + playlist.astype(np.int64).tobytes())
        for source, pairs in self.pairs.items():
            sha.update(f"{source} {len(pairs)}".encode())
            for array in (pairs.i, pairs.j, pairs.similar):
                sha.update(array.tobytes())
        return sha.hexdigest()


def _readings(history: pd.DataFrame, sources: Collection[str]) -> list[Reading]:
    """Return the epochs of a run that were judged."""
    if not set(sources) <= set(history.columns):
        return []
    judged = history.dropna(subset=list(sources))
    columns = judged[["epoch", *sources]].to_dict("list")
    return [
        Reading(int(epoch), {source: columns[source][k] for source in sources})
        for k, epoch in enumerate(columns["epoch"])
    ]


def _recalled(path: Path, key: dict[str, Any]) -> Outcome:
    """Read what a trial found; refuse a file that is damaged or that of another trial."""
    remedy = f"delete {path.name} to try that point again."
    kept = read_json(path, remedy)
    try:
        if kept["key"] != key:
            raise InputError(f"{path.name} belongs to another trial: {remedy}")
        return TypeAdapter(Outcome).validate_python(kept["outcome"])
    except (KeyError, TypeError, ValidationError):
        raise InputError(f"{path.name} is damaged (it holds no outcome): {remedy}") from None
