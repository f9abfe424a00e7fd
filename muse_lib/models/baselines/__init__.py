"""What MuSE is compared with: controls that learn next to nothing, and rivals that learn.

Each is a function of the vocabulary, a seed and its hyper-parameters, all with defaults, and
learns only from the training playlists.
"""

from muse_lib.extras import require

require("baselines")

from muse_lib.models.base import RANKING
from muse_lib.models.baselines.als import als, als_along, als_needs
from muse_lib.models.baselines.controls import (
    always_similar,
    artist,
    met,
    popularity,
    random_vectors,
    title_mean,
)
from muse_lib.models.baselines.cooccurrence import cooccurrence_cosine
from muse_lib.models.baselines.ease import ease, ease_needs
from muse_lib.models.baselines.glove import glove, glove_along, glove_needs
from muse_lib.models.baselines.greatest_hits import greatest_hits
from muse_lib.models.baselines.item2vec import item2vec, item2vec_along, item2vec_needs
from muse_lib.models.baselines.item_knn import item_knn, item_knn_needs
from muse_lib.models.baselines.playlist_knn import playlist_knn
from muse_lib.models.baselines.ppmi_svd import ppmi_svd, ppmi_svd_needs
from muse_lib.models.baselines.rival import Rival

CONTROLS: dict[str, Rival] = {
    "always_similar": Rival(always_similar),
    "random": Rival(random_vectors),
    "popularity": Rival(popularity),
    "artist": Rival(artist),
    "title_mean": Rival(title_mean),
    "met": Rival(met),
}
"""What a model must beat to have learned anything; none of them is tuned."""

RIVALS: dict[str, Rival] = {
    "cooccurrence": Rival(cooccurrence_cosine, side_information=True),
    "item_knn": Rival(item_knn, side_information=True, needs=item_knn_needs),
    "playlist_knn": Rival(playlist_knn, purposes=(RANKING,), side_information=True),
    "greatest_hits": Rival(greatest_hits, purposes=(RANKING,), side_information=True),
    "ppmi_svd": Rival(ppmi_svd, side_information=True, needs=ppmi_svd_needs),
    "item2vec": Rival(
        item2vec, item2vec_along, "epochs", side_information=True, needs=item2vec_needs
    ),
    "glove": Rival(glove, glove_along, "epochs", side_information=True, needs=glove_needs),
    "als": Rival(als, als_along, "iterations", side_information=True, needs=als_needs),
    "ease": Rival(ease, side_information=True, needs=ease_needs),
}
"""Established methods."""

BASELINES: dict[str, Rival] = CONTROLS | RIVALS
"""All of them, in the order of the tables."""

__all__ = ["BASELINES", "CONTROLS", "RIVALS", "Rival", "title_mean"]
