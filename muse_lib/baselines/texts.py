"""A baseline that reads: what the titles of a song's playlists say, and nothing else."""

import numpy as np
import scipy.sparse

from muse_lib.dataset import Vocabulary
from muse_lib.models import Model, Vectors
from muse_lib.titles import TitleModel, as_read


def title_mean(vocabulary: Vocabulary, _seed: int, normalised: bool = True) -> Model:
    """Return the mean title vector of each song's playlists: text alone.

    Title vectors are centred over the playlists first, since BERT finds any two titles a little
    alike. A song of playlists without a title has the zero vector.
    """
    titles = as_read(vocabulary.titles, normalised)
    vectors = TitleModel().encode(titles)
    told = np.array([bool(title) for title in titles])
    vectors = (
        np.where(told[:, None], vectors - vectors[told].mean(axis=0), 0) if told.any() else vectors
    )
    songs = np.concatenate(vocabulary.playlists)
    playlist = np.repeat(np.arange(len(titles)), [p.size for p in vocabulary.playlists])
    holds = scipy.sparse.csr_array(
        (np.ones(songs.size, np.float32), (songs, playlist)),
        shape=(len(vocabulary.songs), len(titles)),
    )
    return Vectors(holds @ vectors)  # the sum points where the mean points
