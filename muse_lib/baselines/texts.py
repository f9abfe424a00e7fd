"""A baseline that reads: what the titles of a song's playlists say, and nothing else."""

from muse_lib.dataset import Vocabulary
from muse_lib.models import Model, Vectors
from muse_lib.song_titles import song_title_vectors


def title_mean(vocabulary: Vocabulary, _seed: int, normalised: bool = True) -> Model:
    """Return the mean title vector of each song's playlists: text alone."""
    return Vectors(song_title_vectors(vocabulary, normalised=normalised))
