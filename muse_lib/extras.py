"""Optional dependencies: what each extra installs, and a clear error when one is missing."""

from importlib.util import find_spec

from muse_lib.errors import InputError

EXTRAS = {
    "text": ("emoji", "scipy", "sentence_transformers"),
    "baselines": ("gensim", "implicit", "scipy", "sklearn"),
    "plots": ("bokeh", "emoji", "matplotlib", "seaborn"),
    "fast": ("numba", "scipy"),
    "dask": ("distributed",),
}
"""The modules that each extra's part of the library needs."""

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
    """Return whether every module of an extra is installed, without importing any."""
    return all(find_spec(module) is not None for module in EXTRAS[extra])


def require(extra: str, otherwise: str = "") -> None:
    """Raise `MissingExtraError` unless every module of an extra is installed.

    Parameters
    ----------
    extra : str
        One of `EXTRAS`.
    otherwise : str
        What to do without the extra, if there is an alternative.

    Raises
    ------
    MissingExtraError
        If a module is missing; the message gives the command that installs it.

    Examples
    --------
    >>> require("text")
    """
    if missing := [module for module in EXTRAS[extra] if find_spec(module) is None]:
        raise MissingExtraError(
            f"{PURPOSE[extra]} need {', '.join(missing)}, which this environment lacks: run "
            f"pip install 'muse-lib[{extra}]', or pip install '.[{extra}]' in a checkout"
            f"{otherwise and f'; or {otherwise}'}."
        )
