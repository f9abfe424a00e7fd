"""Musical Semantic Embeddings: song vectors learned from playlists alone.

What is public is loaded when it is first asked for (SPEC 1): ``import muse_lib`` costs nothing.
"""

from pkgutil import resolve_name
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from muse_lib.config import (
        CooccurrenceConfig,
        DataConfig,
        EvaluationConfig,
        ProjectionConfig,
        TrainingConfig,
    )
    from muse_lib.data.corpora import CORPORA
    from muse_lib.data.corpus import Corpus
    from muse_lib.data.dataset import Dataset
    from muse_lib.errors import InputError
    from muse_lib.models.embedding import Embedding
    from muse_lib.models.muse.cooccurrence import Cooccurrence, count_cooccurrence
    from muse_lib.models.muse.objective import Objective
    from muse_lib.models.muse.training import train

_HOMES = {
    "config": (
        *("CooccurrenceConfig", "DataConfig", "EvaluationConfig", "ProjectionConfig"),
        "TrainingConfig",
    ),
    "models.muse.cooccurrence": ("Cooccurrence", "count_cooccurrence"),
    "data.corpora": ("CORPORA",),
    "data.corpus": ("Corpus",),
    "data.dataset": ("Dataset",),
    "models.embedding": ("Embedding",),
    "errors": ("InputError",),
    "models.muse.objective": ("Objective",),
    "models.muse.training": ("train",),
}
"""The module that defines each public name; a test holds it to the imports above."""

__all__ = [
    "CORPORA",
    "Cooccurrence",
    "CooccurrenceConfig",
    "Corpus",
    "DataConfig",
    "Dataset",
    "Embedding",
    "EvaluationConfig",
    "InputError",
    "Objective",
    "ProjectionConfig",
    "TrainingConfig",
    "count_cooccurrence",
    "train",
]


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            return resolve_name(f"{__name__}.{module}:{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
