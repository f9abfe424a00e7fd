"""What the titles of playlists say of songs: one vector a song, without any training."""

import numpy as np

from muse_lib.data.dataset import Vocabulary, incidence
from muse_lib.titles.encoder import EMBEDDED_MODEL, TitleModel
from muse_lib.titles.text import as_read


def song_title_vectors(
    vocabulary: Vocabulary, *, title_model: str = EMBEDDED_MODEL, normalised: bool = True
) -> np.ndarray:
    """Return where the titles of each song's training playlists point.

    Title vectors are centred over the playlists first, since BERT finds any two titles a little
    alike. Their sum over a song's playlists points where their mean points.

    Parameters
    ----------
    vocabulary : Vocabulary
        The songs, and the playlists that hold them.
    title_model : str
        See `TitleModel`.
    normalised : bool
        Whether titles are put into plain words first.

    Returns
    -------
    ndarray
        (n_songs, n_features) float32; zero for a song none of whose playlists has a title.
    """
    titles = as_read(vocabulary.titles, normalised)
    vectors = TitleModel(title_model).encode(titles)
    told = np.array([bool(title) for title in titles])
    if told.any():
        vectors = np.where(told[:, None], vectors - vectors[told].mean(axis=0), 0)
    return np.asarray(incidence(vocabulary.playlists, len(vocabulary.songs)) @ vectors)
