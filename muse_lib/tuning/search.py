"""Try hyper-parameters of every model, judged on validation playlists.

A trial makes one model at one point. Rounds, such as epochs, are read off along its run, so that
trying fewer of them costs nothing. What a trial found is kept in a file of its own, named by a
digest of all it follows from: a search that was interrupted goes on where it stopped, and one with
other playlists, judge, parameters or code starts anew.
"""

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
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
from muse_lib.models.base import Model
from muse_lib.models.baselines import RIVALS
from muse_lib.models.baselines.fusion import Fusion, rival_of
from muse_lib.models.muse.cooccurrence import Cooccurrence, training_cooccurrence
from muse_lib.models.muse.training import TrainingDivergedError
from muse_lib.models.muse.variants import VARIANTS, Recipe
from muse_lib.progress import reporter
from muse_lib.storage.code_digest import code_digest
from muse_lib.storage.files import read_json, write_json
from muse_lib.titles.encoder import TitleModel
from muse_lib.tuning.chosen import PURPOSES, Point
from muse_lib.tuning.spaces import rounds_of
from muse_lib.tuning.trials import ordered

Judge = Callable[[Model], dict[str, float]]
"""Says how good a model is, one number a purpose, higher for better."""


@dataclass(frozen=True)
class Trial:
    """One model at one point.

    Attributes
    ----------
    model : str
        One of `VARIANTS` or `RIVALS`, or a rival with side information such as "als+artist".
    point : dict
        The hyper-parameters that are tried.
    read_at : tuple of int
        The rounds after which it is judged, ascending; empty for a model that has none.
    purposes : tuple of str
        What it is a candidate for.
    """

    model: str
    point: Point
    read_at: tuple[int, ...] = ()
    purposes: tuple[str, ...] = PURPOSES


@dataclass(frozen=True)
class Score:
    """What the judge said: after how many rounds, None for a model that has none."""

    rounds: int | None
    by_purpose: dict[str, float]


@dataclass(frozen=True)
class Outcome:
    """What a trial found, and why it found no more if it could not be completed."""

    scores: list[Score]
    reason: str = ""


@dataclass(frozen=True)
class Search:
    """What all trials of a search share.

    Attributes
    ----------
    dataset : Dataset
        The split that is searched: its training playlists are learned, its test playlists never
        looked at.
    judge : callable
        Judges a model on the validation playlists.
    judged_by : mapping
        What the judge was made with, besides the dataset; outcomes under another are not used.
    base : Recipe
        The parameters of MuSE that are not searched, the seed among them.
    folder : Path
        Where outcomes are kept.
    number : int
        Of the split.
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
        """Make all trials, or recall what they found.

        Returns
        -------
        DataFrame
            One row a candidate and purpose: ``split``, ``model``, ``point`` (the number of the
            combination among those of its model, from 0 in the order of the trials), a column a
            hyper-parameter (missing where a model does not have it), ``purpose``, ``value`` and
            ``reason``, which is empty unless the trial could not be completed; then ``value`` is
            nan where nothing could be judged. Rows are in the order of models, points, rounds.

        Raises
        ------
        InputError
            If a kept outcome is damaged or is not that of its trial.
        """
        rows: list[dict[str, Any]] = []
        numbers: dict[str, dict[str, int]] = {}
        with reporter(len(trials), "trials") as report:
            for k, trial in enumerate(trials, start=1):
                of_model = numbers.setdefault(trial.model, {})
                number = of_model.setdefault(json.dumps(trial.point), len(of_model))
                report(k - 1, trial.model)
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
            return Outcome([], str(refused))  # not kept: more memory, say, may help next time
        write_json(path, {"key": key, "outcome": asdict(outcome)})
        return outcome

    def _follows_from(self, trial: Trial) -> dict[str, Any]:
        """Return what the outcome of a trial follows from, besides what all share."""
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
        """Make a model, once, and judge it on the way or in the end."""
        seed = self.base.training.seed
        if trial.model in VARIANTS:
            recipe = self._recipe(trial)
            trained = recipe.train(
                self.vocabulary,
                evaluate=self.judge,
                evaluate_at=trial.read_at,
                label=label,
                cooccurrence=self._counted(recipe.counting),
            )
            return _scores_of(trained.history)
        if why := self._fusion.too_large(trial.model, trial.point):
            raise InputError(why)
        if trial.model not in RIVALS:
            return [Score(None, self.judge(self._fusion.model(trial.model, trial.point)))]
        rival = RIVALS[trial.model]
        arguments = self._titles_for(trial.model) | trial.point
        if rival.along is None:
            return [Score(None, self.judge(rival.fit(self.vocabulary, seed, **arguments)))]
        models = rival.along(self.vocabulary, seed, trial.read_at, **arguments)
        return [Score(rounds, self.judge(model)) for rounds, model in models]

    def _recipe(self, trial: Trial) -> Recipe:
        """Return the variant of a trial, for a run as long as its last reading."""
        epochs = max(trial.read_at)
        return self.base.replace(**VARIANTS[trial.model], **trial.point, epochs=epochs)

    def _titles_for(self, rival: str) -> dict[str, Any]:
        """Return how a rival reads titles, if it does: as the variants do."""
        taken = inspect.signature(RIVALS[rival].fit).parameters
        return {name: how for name, how in self._how_titles_are_read.items() if name in taken}

    def _rows(self, trial: Trial, number: int, outcome: Outcome) -> list[dict[str, Any]]:
        """Return a row a candidate and purpose, those that could not be judged as nan."""
        said = {score.rounds: score.by_purpose for score in outcome.scores}
        return [
            {"split": self.number, "model": trial.model, "point": number}
            | trial.point
            | ({} if rounds is None else {rounds_of(trial.model): rounds})
            | {"purpose": purpose, "value": said.get(rounds, {}).get(purpose, np.nan)}
            | {"reason": "" if rounds in said else outcome.reason}
            for rounds in trial.read_at or (None,)
            for purpose in trial.purposes
        ]

    def _counted(self, counting: CountingConfig) -> Cooccurrence:
        """Return the counts of a variant, which are made once for all its trials."""
        if counting not in self._counts:
            self._counts.clear()  # the trials of a variant come one after the other
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
        """The digest of the model that reads titles."""
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
        """What all trials follow from: the judge, and a digest of the playlists but the tested."""
        seen = self.dataset.playlists["part"] != "test"
        lists = self.dataset.playlists.loc[seen, ["playlist_id", "title", "part"]]
        held = self.dataset.memberships
        held = held[held["playlist_id"].isin(lists["playlist_id"])]
        songs = self.dataset.songs[self.dataset.songs["song_id"].isin(held["song_id"])]
        sha = hashlib.sha256()
        for part in (lists, held[["playlist_id", "song_id"]], songs[["song_id", "artist"]]):
            sha.update(part.to_csv(index=False, lineterminator="\n").encode())
        return {"playlists": sha.hexdigest(), "judged_by": dict(self.judged_by)}


def _scores_of(history: pd.DataFrame) -> list[Score]:
    """Return what the judge said along the run of a variant."""
    purposes = [purpose for purpose in PURPOSES if purpose in history]
    judged = history.dropna(subset=purposes, how="all") if purposes else history.iloc[:0]
    return [
        Score(int(row["epoch"]), {purpose: float(row[purpose]) for purpose in purposes})
        for row in judged.to_dict("records")
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
