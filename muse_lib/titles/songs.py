"""Represent songs by the titles of their playlists: one vector per song, without training."""

from collections.abc import Sequence

import numpy as np

from muse_lib.data.dataset import Vocabulary, incidence
from muse_lib.titles.encoder import EMBEDDED_MODEL, TitleModel
from muse_lib.titles.text import as_read


class TitlesOfSongs:
    """Each song's sum of its playlists' title vectors, and the vector of any other title.

    Title vectors are first centred on their mean over the training playlists, since BERT gives any
    two titles some similarity.

    Parameters
    ----------
    vocabulary : Vocabulary
        The songs, and the playlists that contain them.
    title_model : str
        See `TitleModel`.
    normalised : bool
        Whether to normalise titles first; see `muse_lib.titles.text.normalise`.

    Attributes
    ----------
    vectors : ndarray
        (n_songs, n_features) float32: the sum over a song's playlists, which has the direction of
        their mean; zero if none of the song's playlists has a title.
    """

    def __init__(
        self, vocabulary: Vocabulary, title_model: str = EMBEDDED_MODEL, normalised: bool = True
    ) -> None:
        self._model, self._normalised = TitleModel(title_model), normalised
        vectors, self._middle = titles_read(vocabulary.titles, title_model, normalised)
        has_text = vectors.any(axis=1, keepdims=True)
        vectors = np.where(has_text, vectors - self._middle, 0).astype(np.float32)
        self.vectors = np.asarray(incidence(vocabulary.playlists, len(vocabulary.songs)) @ vectors)

    def title(self, text: str) -> np.ndarray:
        """Return the centred vector of a title, (n_features,) float; zero if it has no words."""
        (words,) = as_read([text], self._normalised)
        if not words:
            return np.zeros(self.vectors.shape[1])
        return np.asarray(self._model.encode([words])[0] - self._middle)


def titles_read(
    titles: Sequence[str], title_model: str = EMBEDDED_MODEL, normalised: bool = True
) -> tuple[np.ndarray, np.ndarray | float]:
    """Return a vector for each title, and their mean.

    Returns
    -------
    vectors : ndarray
        (n_titles, n_features) float32, of length 1; zero for a title without words.
    middle : ndarray or float
        (n_features,) float32: the mean over titles with words; 0.0 if there are none.
    """
    words = as_read(titles, normalised)
    has_text = np.array([bool(title) for title in words])
    vectors = np.where(has_text[:, None], TitleModel(title_model).encode(words), np.float32(0))
    return vectors, vectors[has_text].mean(axis=0) if has_text.any() else 0.0


def song_title_vectors(
    vocabulary: Vocabulary, *, title_model: str = EMBEDDED_MODEL, normalised: bool = True
) -> np.ndarray:
    """Return `TitlesOfSongs.vectors`."""
    return TitlesOfSongs(vocabulary, title_model, normalised).vectors
