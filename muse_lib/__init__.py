"""Musical Semantic Embeddings: song vectors learned from playlists.

Public names are loaded on first access (SPEC 1), so ``import muse_lib`` costs nothing.

Examples
--------
>>> from muse_lib import MuSE
>>> muse = MuSE(dim=4).fit([["a", "b", "c"], ["b", "c", "d"], ["x", "y"], ["y", "z", "x"]])
>>> muse.recommend(["a", "b"], k=1)["song"].tolist()
['c']
"""

from pkgutil import resolve_name
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from muse_lib.data.corpora import read
    from muse_lib.data.corpus import Corpus
    from muse_lib.errors import InputError
    from muse_lib.models.embedding import Embedding
    from muse_lib.models.estimator import MuSE

_HOMES = {
    "Corpus": "data.corpus",
    "Embedding": "models.embedding",
    "InputError": "errors",
    "MuSE": "models.estimator",
    "read": "data.corpora",
}
"""The module that defines each public name; a test checks it against the imports above."""

__all__ = ["MuSE", "read", "Corpus", "Embedding", "InputError"]  # noqa: RUF022 - the documentation's order


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return resolve_name(f"{__name__}.{_HOMES[name]}:{name}")
    if name == "__version__":
        from importlib.metadata import version

        return version("muse-lib")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
