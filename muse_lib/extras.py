"""The optional dependencies: what each extra of the package brings, and a word where one lacks."""

from importlib.util import find_spec

from muse_lib.errors import InputError

EXTRAS = {
    "text": ("emoji", "scipy", "sentence_transformers"),
    "baselines": ("gensim", "implicit", "scipy", "sklearn"),
    "plots": ("bokeh", "emoji", "matplotlib", "seaborn"),
    "fast": ("numba", "scipy"),
    "dask": ("distributed",),
}
"""The modules without which each extra's part of the library does not run."""

PURPOSE = {
    "text": "titles of playlists",
    "baselines": "rival models and their evaluation",
    "plots": "figures",
    "fast": "compiled loops",
    "dask": "several machines",
}


class MissingExtraError(InputError, ImportError):
    """An optional dependency is not installed."""


def installed(extra: str) -> bool:
    """Tell whether all of an extra is installed; nothing of it is loaded."""
    return all(find_spec(module) is not None for module in EXTRAS[extra])


def require(extra: str, otherwise: str = "") -> None:
    """Go on if all of an extra is installed.

    Parameters
    ----------
    extra : str
        One of `EXTRAS`.
    otherwise : str
        What to do without it, if there is anything.

    Raises
    ------
    MissingExtraError
        If something is missing, with the line that installs it.

    Examples
    --------
    >>> require("text")
    """
    if missing := [module for module in EXTRAS[extra] if find_spec(module) is None]:
        raise MissingExtraError(
            f"{PURPOSE[extra]} need {', '.join(missing)}, which this environment lacks: "
            f"pip install 'muse-lib[{extra}]', or '.[{extra}]' in a checkout"
            f"{otherwise and f'; or {otherwise}'}."
        )
