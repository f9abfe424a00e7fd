"""The compared models: their groups in the tables, and what each may see.

A comparison is fair between models that see the same data and were tuned alike, so every table
states both.
"""

from collections.abc import Iterable

import pandas as pd

from muse_lib.models.baselines import BASELINES, CONTROLS, Rival
from muse_lib.models.baselines.side_information import SIDE_INFORMATION
from muse_lib.models.muse.switches import PRESETS, VARIANTS

AS_PRINTED = "MuSE, the poster's settings"
BEYOND = "MuSE beyond the poster"
TUNED = "MuSE, tuned"
RIVAL = "rivals, tuned"
CONTROL = "controls"
GROUPS = (AS_PRINTED, BEYOND, TUNED, RIVAL, CONTROL)

TUNED_SUFFIX = "-tuned"

PLAIN, ARTISTS, TITLES, BOTH = "playlists", "+ artists", "+ titles", "+ artists, titles"
SEEING = (PLAIN, ARTISTS, TITLES, BOTH)
"""What a model may see in addition to which songs share a playlist."""

_ARTISTS_OF = {"artist_augmentation", "artist_vectors", "list_part"}
_TITLES_OF = {"contrastive", "title_part"}
_SEES = {"title_mean": TITLES, "artist": ARTISTS, "greatest_hits": ARTISTS}


def group_of(model: str) -> str:
    """Return the group of a model, one of `GROUPS`."""
    if model.endswith(TUNED_SUFFIX):
        return TUNED
    if model in VARIANTS:
        return BEYOND if model in PRESETS else AS_PRINTED
    return CONTROL if model in CONTROLS else RIVAL


def sees(model: str) -> str:
    """Return what a model may see, one of `SEEING`."""
    name, *parts = model.removesuffix(TUNED_SUFFIX).split("+")
    switched = {switch for switch, on in VARIANTS.get(name, {}).items() if on}
    own = _SEES.get(name, PLAIN)
    artists = "artist" in parts or bool(switched & _ARTISTS_OF) or own == ARTISTS
    titles = "titles" in parts or bool(switched & _TITLES_OF) or own == TITLES
    return {(True, True): BOTH, (True, False): ARTISTS, (False, True): TITLES}.get(
        (artists, titles), PLAIN
    )


def described(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the columns ``group`` and ``sees`` after ``model``."""
    columns = table.columns.tolist()
    place = columns.index("model") + 1
    named = table.assign(group=table["model"].map(group_of), sees=table["model"].map(sees))
    return named[[*columns[:place], "group", "sees", *columns[place:]]]


def expected(variants: Iterable[str], tuned: Iterable[str], purpose: str) -> list[str]:
    """Return every model that must be in a table, in the order of the tables.

    Parameters
    ----------
    variants : iterable of str
        Variants as trained.
    tuned : iterable of str
        Variants trained with hyper-parameters chosen on validation playlists.
    purpose : str
        "pairs" or "ranking": some rivals support only one.
    """
    names = [*variants, *(f"{variant}{TUNED_SUFFIX}" for variant in tuned)]
    for name, rival in BASELINES.items():
        if purpose in rival.purposes:
            names += [name + side for side in sides_of(rival)]
    return names


def sides_of(rival: Rival) -> list[str]:
    """Return the suffixes of a rival's name in the tables, one for each set of data it may see."""
    return list(SIDE_INFORMATION) if rival.side_information else [""]
