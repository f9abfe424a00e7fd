"""How far an estimate can be believed, as a chance that can be checked.

The *confidence* of an estimated song is the chance that it is nearer to a song with which it
shares a playlist than to one with which it shares none (the area under the ROC curve): 0.5 is a
guess. The *evidence* (`Known.evidence`) is how far the estimate lies from the middle of all songs
before it is scaled: how much the artist's songs and the name agree on a direction. It is small of
a name alone, and where an artist's songs lie far apart.

The curve was read off the validation playlists of both real corpora, which agree within 0.04, for
`muse-text`; for `muse-lists` it is as near to one split of each, but for the few lists of a range.
`11_unseen` holds it against test playlists.
"""

import numpy as np

EVIDENCE = (0.0, 0.2, 0.3, 0.4, 0.55, 0.95)
CONFIDENCE = (0.5, 0.65, 0.73, 0.81, 0.86, 0.89)
"""The curve: straight lines between these points."""

IN_A_LIST = 0.85
"""Of a song that a playlist holds, at least."""


def confidence(evidence: np.ndarray, in_list: np.ndarray) -> np.ndarray:
    """Return the confidence of estimated songs, (n,) float in [0.5, 1).

    Parameters
    ----------
    evidence : ndarray
        (n,) float, at least 0: `Known.evidence` of what `methods.shrunken` returns.
    in_list : ndarray
        (n,) bool: whether a playlist with known songs holds the song.
    """
    chance = np.interp(evidence, EVIDENCE, CONFIDENCE)
    return np.asarray(np.where(in_list, np.maximum(chance, IN_A_LIST), chance))
