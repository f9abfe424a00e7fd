"""Musical Semantic Embeddings: song vectors learned from playlists alone."""

from muse_lib.config import (
    CooccurrenceConfig,
    DataConfig,
    EvaluationConfig,
    ProjectionConfig,
    TrainingConfig,
)
from muse_lib.cooccurrence import Cooccurrence, count_cooccurrence
from muse_lib.corpora import CORPORA
from muse_lib.corpora.corpus import Corpus
from muse_lib.dataset import Dataset
from muse_lib.embedding import Embedding
from muse_lib.errors import InputError
from muse_lib.objectives import Objective
from muse_lib.training import train

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
