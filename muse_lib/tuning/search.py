"""Search the hyper-parameters of every model, evaluated on validation playlists.

A trial trains one model at one point. Rounds, such as epochs, are evaluated along its run, so that
trying fewer of them costs nothing. The outcome of a trial is stored in a file named by a digest of
everything that determines it: an interrupted search resumes where it stopped, and a search with
other playlists, judge, parameters or code starts over.
"""

import hashlib
import inspect
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from muse_lib.config import CountingConfig
from muse_lib.data.dataset import Dataset, Vocabulary
from muse_lib.errors import InputError
from muse_lib.models.base import PURPOSES, Model
from muse_lib.models.baselines import RIVALS
from muse_lib.models.baselines.fusion import Fusion, rival_of
from muse_lib.models.muse.cooccurrence import Cooccurrence, training_cooccurrence
from muse_lib.models.muse.training import TrainingDivergedError
from muse_lib.models.muse.variants import VARIANTS, Recipe
from muse_lib.progress import reporter
from muse_lib.storage.code_digest import code_digest
from muse_lib.storage.files import read_json, write_json
from muse_lib.titles.encoder import TitleModel
from muse_lib.tuning.chosen import Point
from muse_lib.tuning.spaces import rounds_of
from muse_lib.tuning.trials import ordered

Judge = Callable[[Model, Collection[str]], dict[str, float]]
"""Evaluates a model for some purposes: one number for each, higher is better."""


@dataclass(frozen=True)
class Trial:
    """One model at one point.

    Attributes
    ----------
    model : str
        One of `VARIANTS` or `RIVALS`, or a rival with side information such as "als+artist".
    point : dict
        The hyper-parameters to try.
    read_at : tuple of int
        The rounds after which it is evaluated, ascending; empty for a model without rounds.
    purposes : tuple of str
        The purposes it is a candidate for.
    """

    model: str
    point: Point
    read_at: tuple[int, ...] = ()
    purposes: tuple[str, ...] = PURPOSES


@dataclass(frozen=True)
class Score:
    """The values of the judge after some rounds; None for a model without rounds."""

    rounds: int | None
    by_purpose: dict[str, float]


@dataclass(frozen=True)
class Outcome:
    """The scores of a trial, and the reason if it could not be completed."""

    scores: list[Score]
    reason: str = ""


@dataclass(frozen=True)
class Search:
    """What all trials of a search share.

    Attributes
    ----------
    dataset : Dataset
        The split of the search: models train on its training playlists; its test playlists are
        never used.
    judge : callable
        Evaluates a model on the validation playlists.
    judged_by : mapping
        The settings of the judge, besides the dataset; outcomes with other settings are not used.
    base : Recipe
        The parameters of MuSE that are not searched, including the seed.
    folder : Path
        Where outcomes are stored.
    number : int
        The number of the split.
    """

    dataset: Dataset
    judge: Judge
    judged_by: Mapping[str, Any]
    base: Recipe
    folder: Path
    number: int = 0

    @property
    def vocabulary(self) -> Vocabulary:
        """The training playlists."""
        return self.dataset.vocabulary

    def run(self, trials: Sequence[Trial]) -> pd.DataFrame:
        """Run all trials, or load their stored outcomes.

        Returns
        -------
        DataFrame
            One row per candidate and purpose: ``split``, ``model``, ``point`` (the number of the
            combination within its model, from 0 in the order of the trials), one column per
            hyper-parameter (missing if a model does not have it), ``purpose``, ``value`` and
            ``reason``, which is empty unless the trial could not be completed; ``value`` is then
            nan if nothing could be evaluated. Rows are in the order of models, points, rounds.

        Raises
        ------
        InputError
            If a stored outcome is damaged or belongs to another trial.
        """
        rows: list[dict[str, Any]] = []
        numbers: dict[str, dict[str, int]] = {}
        with reporter(len(trials), "trials") as report:
            for k, trial in enumerate(trials, start=1):
                of_model = numbers.setdefault(trial.model, {})
                number = of_model.setdefault(json.dumps(trial.point), len(of_model))
                report(k - 1, trial.model, long=True)
                outcome = self._recalled_or_made(trial, f"{k}/{len(trials)} {trial.model}")
                rows += self._rows(trial, number, outcome)
        table = ordered(pd.DataFrame(rows))
        place = pd.DataFrame(
            {
                "model": table["model"].map({model: k for k, model in enumerate(numbers)}),
                "point": table["point"],
                "rounds": [row.get(rounds_of(row["model"]), 0) for row in rows],
            }
        )
        order = place.sort_values(["model", "point", "rounds"], kind="stable").index
        return table.loc[order].reset_index(drop=True)

    def _recalled_or_made(self, trial: Trial, label: str) -> Outcome:
        key = {"model": trial.model, "point": trial.point, "read_at": list(trial.read_at)}
        key |= self._inputs | self._follows_from(trial)
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
        path = self.folder / f"{trial.model}-{digest[:16]}.json"
        if path.exists():
            return _recalled(path, key)
        try:
            outcome = Outcome(self._scores(trial, label))
        except TrainingDivergedError as diverged:
            outcome = Outcome(_scores_of(diverged.best.history), str(diverged))
        except InputError as refused:
            return Outcome([], str(refused))  # not stored: more memory, say, may help next time
        write_json(path, {"key": key, "outcome": asdict(outcome)})
        return outcome

    def _follows_from(self, trial: Trial) -> dict[str, Any]:
        """Return what determines the outcome of a trial, besides what all trials share."""
        key: dict[str, Any]
        if trial.model in VARIANTS:
            recipe = self._recipe(trial)
            reads_titles = recipe.contrastive.contrastive or recipe.titles.title_part
            key = {"recipe": recipe.pedigree(), "code": self._code["variants"]}
        else:
            titles = (
                self._how_titles_are_read
                if "titles" in trial.model.split("+")
                else self._titles_for(rival_of(trial.model))
            )
            reads_titles = "title_model" in titles
            key = {"seed": self.base.training.seed, "reads": titles, "code": self._code["rivals"]}
        return key | ({"titles": self._title_model} if reads_titles else {})

    def _scores(self, trial: Trial, label: str) -> list[Score]:
        """Train a model once, and evaluate it along the run or at its end."""
        seed, purposes = self.base.training.seed, purposes_of(trial.model)
        if trial.model in VARIANTS:
            recipe = self._recipe(trial)
            trained = recipe.train(
                self.vocabulary,
                evaluate=lambda embedding: self.judge(embedding, purposes),
                evaluate_at=trial.read_at,
                label=label,
                cooccurrence=self._counted(recipe.counting),
            )
            return _scores_of(trained.history)
        if why := self._fusion.too_large(trial.model, trial.point):
            raise InputError(why)
        if trial.model not in RIVALS:
            fused = self._fusion.model(trial.model, trial.point)
            return [Score(None, self.judge(fused, purposes))]
        rival = RIVALS[trial.model]
        arguments = self._titles_for(trial.model) | trial.point
        if rival.along is None:
            fitted = rival.fit(self.vocabulary, seed, **arguments)
            return [Score(None, self.judge(fitted, purposes))]
        models = rival.along(self.vocabulary, seed, trial.read_at, **arguments)
        return [Score(rounds, self.judge(model, purposes)) for rounds, model in models]

    def _recipe(self, trial: Trial) -> Recipe:
        """Return the variant of a trial, with epochs up to its last evaluation."""
        epochs = max(trial.read_at)
        return self.base.replace(**VARIANTS[trial.model], **trial.point, epochs=epochs)

    def _titles_for(self, rival: str) -> dict[str, Any]:
        """Return how a rival encodes titles, if it does: as the variants do."""
        taken = inspect.signature(RIVALS[rival].fit).parameters
        return {name: how for name, how in self._how_titles_are_read.items() if name in taken}

    def _rows(self, trial: Trial, number: int, outcome: Outcome) -> list[dict[str, Any]]:
        """Return one row per candidate and purpose; values that could not be computed are nan."""
        values = {score.rounds: score.by_purpose for score in outcome.scores}
        return [
            {"split": self.number, "model": trial.model, "point": number}
            | trial.point
            | ({} if rounds is None else {rounds_of(trial.model): rounds})
            | {"purpose": purpose, "value": values.get(rounds, {}).get(purpose, np.nan)}
            | {"reason": "" if rounds in values else outcome.reason}
            for rounds in trial.read_at or (None,)
            for purpose in trial.purposes
        ]

    def _counted(self, counting: CountingConfig) -> Cooccurrence:
        """Return the counts of a variant, computed once for all its trials."""
        if counting not in self._counts:
            self._counts.clear()  # the trials of a variant are consecutive
            self._counts[counting] = training_cooccurrence(self.vocabulary, counting)
        return self._counts[counting]

    @cached_property
    def _counts(self) -> dict[CountingConfig, Cooccurrence]:
        return {}

    @property
    def _how_titles_are_read(self) -> dict[str, Any]:
        return self.base.titles.model_dump(include={"title_model", "normalise_titles"})

    @cached_property
    def _fusion(self) -> Fusion:
        return Fusion(self.vocabulary, self.base.training.seed, self._how_titles_are_read)

    @cached_property
    def _title_model(self) -> str:
        """The digest of the sentence encoder of titles."""
        return TitleModel(self.base.titles.title_model).digest

    @cached_property
    def _code(self) -> dict[str, str]:
        judging = "muse_lib.evaluation.measurement"
        return {
            "variants": code_digest(["muse_lib.models.muse.variants", judging]),
            "rivals": code_digest(["muse_lib.models.baselines", judging]),
        }

    @cached_property
    def _inputs(self) -> dict[str, Any]:
        """The inputs of all trials: the judge, and a digest of all playlists except test ones."""
        seen = self.dataset.playlists["part"] != "test"
        lists = self.dataset.playlists.loc[seen, ["playlist_id", "title", "part"]]
        held = self.dataset.memberships
        held = held[held["playlist_id"].isin(lists["playlist_id"])]
        songs = self.dataset.songs[self.dataset.songs["song_id"].isin(held["song_id"])]
        sha = hashlib.sha256()
        for part in (lists, held[["playlist_id", "song_id"]], songs[["song_id", "artist"]]):
            sha.update(part.to_csv(index=False, lineterminator="\n").encode())
        return {"playlists": sha.hexdigest(), "judged_by": dict(self.judged_by)}


def purposes_of(model: str) -> tuple[str, ...]:
    """Return the purposes that a model can be tuned for, whatever side information it has.

    Examples
    --------
    >>> purposes_of("playlist_knn+artist")
    ('ranking',)
    """
    return PURPOSES if model in VARIANTS else RIVALS[rival_of(model)].purposes


def _scores_of(history: pd.DataFrame) -> list[Score]:
    """Return the values of the judge along the run of a variant."""
    purposes = [purpose for purpose in PURPOSES if purpose in history]
    judged = history.dropna(subset=purposes, how="all") if purposes else history.iloc[:0]
    return [
        Score(int(row["epoch"]), {purpose: float(row[purpose]) for purpose in purposes})
        for row in judged.to_dict("records")
    ]


def _recalled(path: Path, key: dict[str, Any]) -> Outcome:
    """Load the outcome of a trial; refuse a file that is damaged or of another trial."""
    remedy = f"delete {path.name} to try that point again."
    kept = read_json(path, remedy)
    try:
        if kept["key"] != key:
            raise InputError(f"{path.name} belongs to another trial: {remedy}")
        return TypeAdapter(Outcome).validate_python(kept["outcome"])
    except (KeyError, TypeError, ValidationError):
        raise InputError(f"{path.name} is damaged (it has no valid outcome): {remedy}") from None
