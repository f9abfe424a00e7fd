"""The stages of the study and the variants of the model: a new one is one line here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from muse_lib.errors import InputError
from muse_lib.models.muse.switches import PRESETS, VARIANTS

Value = bool | int | float | str | list | dict | None
"""What a parameter can be: a literal of Python that JSON can hold."""

Parameters = Mapping[str, Value]


NO_SPACE = "no space is left on the disk: free some and start again"


class StageError(Exception):
    """A notebook did not complete; the message says in which cell and why."""


@dataclass(frozen=True)
class Stage:
    """One execution of a notebook.

    Parameters
    ----------
    notebook : str
        The notebook's name, without ``.ipynb``.
    variant : str, optional
        Which of several executions of the notebook this is.
    fixed : mapping, optional
        Parameters that make the variant; they cannot be set by the user.
    preset : mapping, optional
        Parameters that the variant starts from instead of the notebook's own values.
    after : tuple of str, optional
        Names of the notebooks whose results this one reads; by default all earlier ones.
    chosen_by : str, optional
        Name of the notebook that this one reads, too, when ``hyperparameters="selected"``. It is
        not in ``after``, so that a new search alone does not train the poster's variants again.
    reads_playlists : bool, optional
        Whether it reads files of playlists, so that it runs again when these change.
    """

    notebook: str
    variant: str = ""
    fixed: Parameters = field(default_factory=dict, hash=False)
    preset: Parameters = field(default_factory=dict, hash=False)
    after: tuple[str, ...] | None = None
    chosen_by: str = ""
    reads_playlists: bool = False

    @property
    def name(self) -> str:
        """The name it is chosen and published by."""
        return f"{self.notebook}_{self.variant}" if self.variant else self.notebook

    def reads(self, other: "Stage", parameters: Parameters) -> bool:
        """Tell whether this stage, at some parameters, depends on ``other``, which is before it."""
        if parameters.get("hyperparameters") == "selected" and other.notebook == self.chosen_by:
            return True
        if self.after is None:
            return other.notebook != self.notebook
        return other.notebook in self.after


def per_variant(
    notebook: str, after: tuple[str, ...] | None = None, chosen_by: str = ""
) -> Iterator[Stage]:
    """Make one stage for each variant of the model, all from one notebook."""
    for variant, fixed in VARIANTS.items():
        preset = PRESETS.get(variant, {})
        yield Stage(notebook, variant, fixed, preset, after, chosen_by)


STAGES = (
    Stage("00_poster", after=()),
    Stage("01_data", after=(), reads_playlists=True),
    Stage("02_cooccurrence", after=("01_data",)),
    Stage("03_titles", after=("01_data",)),
    Stage("04_grid_search", after=("01_data",)),
    *per_variant("05_train", after=("01_data",), chosen_by="04_grid_search"),
    Stage("06_evaluate", after=("01_data", "04_grid_search", "05_train")),
    Stage("07_compare", after=("01_data", "04_grid_search", "06_evaluate")),
    Stage("08_tsne", after=("01_data", "05_train")),
    Stage("09_ablations", after=("01_data",)),
    Stage("11_unseen", after=("01_data", "05_train")),
)

BY_HAND = ("10_explore",)
"""Notebooks for JupyterLab alone, which no run executes."""

SMOKE: Parameters = {
    "n_splits": 1,
    "n_playlists": 60,
    "dim": 16,
    "epochs": 10,
    "n_pairs": 500,
    "n_resamples": 200,
    "n_popular": 100,
    "perplexity": 10.0,
    "n_contrastive_pairs": 500,
    "ablation_dim": 16,
    "ablation_epochs": 5,
    "grid_candidates": 2,
    "grid_widenings": 0,
    "grid_epochs": 10,
    "most_read": 500,
}
"""What ``--scale smoke`` changes, wherever a notebook declares it: every cell runs, in seconds."""


def did_you_mean(name: str, valid: list[str]) -> str:
    """Return the end of a sentence that refuses ``name``: the closest valid one, and all."""
    close = get_close_matches(name, valid, n=1)
    guess = f" (did you mean {close[0]}?)" if close else ""
    return f"{guess}; valid are: {', '.join(valid)}."


def select(stages: tuple[Stage, ...], first: str = "", only: str = "") -> list[Stage]:
    """Return the stages to run: all, those from ``first`` on, or ``only`` one.

    A notebook with variants can be named as a whole (``05_train``) or by one (``05_train_muse``).

    Raises
    ------
    InputError
        If there is no such stage, naming those there are.
    """
    wanted = first or only
    chosen = [i for i, stage in enumerate(stages) if wanted in ("", stage.notebook, stage.name)]
    if not chosen:
        names = [*dict.fromkeys(n for stage in stages for n in (stage.notebook, stage.name))]
        raise InputError(f"there is no stage {wanted!r}{did_you_mean(wanted, names)}")
    return list(stages[chosen[0] :]) if first else [stages[i] for i in chosen]


def of_variants(stages: tuple[Stage, ...], wanted: Value) -> tuple[Stage, ...]:
    """Return the stages of the wanted variants, and those that are of no variant.

    Parameters
    ----------
    stages : tuple of Stage
        The stages of a study.
    wanted : list of str
        Names of variants. Anything but a list leaves all: its type is checked with that of the
        other parameters.

    Raises
    ------
    InputError
        If there is no such variant, naming those there are.
    """
    if not isinstance(wanted, list):
        return stages
    known = [stage.variant for stage in stages if stage.variant]
    for name in wanted:
        if name not in known:
            raise InputError(f"there is no variant {name!r}{did_you_mean(str(name), known)}")
    return tuple(stage for stage in stages if not stage.variant or stage.variant in wanted)
