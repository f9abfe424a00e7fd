"""The stages of the study and their variants: adding a stage takes one line here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from muse_lib.errors import InputError
from muse_lib.models.muse.switches import PRESETS, VARIANTS

Value = bool | int | float | str | list | dict | None
"""The value of a parameter: a Python literal that can be stored as JSON."""

Parameters = Mapping[str, Value]


NO_SPACE = "no space is left on the disk: free some space and start again"


class StageError(Exception):
    """A notebook did not complete; the message says which cell failed and why."""


@dataclass(frozen=True)
class Stage:
    """One execution of a notebook.

    Parameters
    ----------
    notebook : str
        The notebook's name, without ``.ipynb``.
    variant : str, optional
        The model variant, if the notebook is executed once per variant.
    fixed : mapping, optional
        Parameters that define the variant; the user cannot set them.
    preset : mapping, optional
        Defaults of the variant that replace the notebook's own values.
    after : tuple of str, optional
        Names of the notebooks whose results this one reads; by default all earlier ones.
    chosen_by : str, optional
        Name of a notebook that this one reads only if ``hyperparameters="selected"``. It is not in
        ``after``, so that a new search does not retrain the poster's variants.
    reads_playlists : bool, optional
        Whether it reads playlist files, so that it runs again when they change.
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
        """The name by which it is selected and published."""
        return f"{self.notebook}_{self.variant}" if self.variant else self.notebook

    def reads(self, other: "Stage", parameters: Parameters) -> bool:
        """Return whether this stage, with these parameters, depends on an earlier stage."""
        if parameters.get("hyperparameters") == "selected" and other.notebook == self.chosen_by:
            return True
        if self.after is None:
            return other.notebook != self.notebook
        return other.notebook in self.after


def per_variant(
    notebook: str, after: tuple[str, ...] | None = None, chosen_by: str = ""
) -> Iterator[Stage]:
    """Yield one stage for each variant of the model, all from the same notebook."""
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
"""Notebooks for interactive use, which no run executes."""

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
"""Parameters that ``--scale smoke`` changes in notebooks that declare them: all run in seconds."""


def did_you_mean(name: str, valid: list[str]) -> str:
    """Return the end of an error message for ``name``: the closest valid name, and all of them."""
    close = get_close_matches(name, valid, n=1)
    guess = f" (did you mean {close[0]}?)" if close else ""
    return f"{guess}; valid names: {', '.join(valid)}."


def select(stages: tuple[Stage, ...], first: str = "", only: str = "") -> list[Stage]:
    """Return the stages to run: all, those from ``first`` on, or ``only`` one.

    ``05_train`` selects all variants of a notebook, ``05_train_muse`` only one.

    Raises
    ------
    InputError
        If there is no such stage; the message lists the existing ones.
    """
    wanted = first or only
    chosen = [i for i, stage in enumerate(stages) if wanted in ("", stage.notebook, stage.name)]
    if not chosen:
        names = [*dict.fromkeys(n for stage in stages for n in (stage.notebook, stage.name))]
        raise InputError(f"there is no stage {wanted!r}{did_you_mean(wanted, names)}")
    return list(stages[chosen[0] :]) if first else [stages[i] for i in chosen]


def of_variants(stages: tuple[Stage, ...], wanted: Value) -> tuple[Stage, ...]:
    """Return the stages of the wanted variants, and those without variants.

    Parameters
    ----------
    stages : tuple of Stage
        The stages of a study.
    wanted : list of str
        Names of variants. Anything but a list keeps all stages: types are checked later, together
        with those of the other parameters.

    Raises
    ------
    InputError
        If there is no such variant; the message lists the existing ones.
    """
    if not isinstance(wanted, list):
        return stages
    known = [stage.variant for stage in stages if stage.variant]
    for name in wanted:
        if name not in known:
            raise InputError(f"there is no variant {name!r}{did_you_mean(str(name), known)}")
    return tuple(stage for stage in stages if not stage.variant or stage.variant in wanted)
