"""What a model keeps in order to read: names of songs that it does not know, titles of lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from muse_lib.config import TitleConfig
from muse_lib.errors import InputError
from muse_lib.models.embedding import Embedding
from muse_lib.models.unseen.methods import Affine
from muse_lib.models.unseen.scale import Scale
from muse_lib.storage.files import Tensors, read_tensors, write_tensors

FILE = "readings.safetensors"


@dataclass
class Readings:
    """The regression on names, once it is learned, and the middle of all titles.

    Attributes
    ----------
    names : Affine, optional
        `muse_lib.models.unseen.placing.learn_names`.
    middle : ndarray, optional
        (n_features,) float: of the titles of the training playlists. None for a model whose
        vectors have no title part.
    titles : TitleConfig
        How titles are read.
    """

    names: Affine | None = None
    middle: np.ndarray | None = None
    titles: TitleConfig | None = None

    @classmethod
    def of_titles(cls, titles: Sequence[str], config: TitleConfig) -> Self:
        """Return what reads further titles as those of the training playlists were read."""
        if not config.title_part:
            return cls(titles=config)
        from muse_lib.titles.songs import titles_read  # of the extra for text

        _, middle = titles_read(titles, config.title_model, config.normalise_titles)
        return cls(middle=np.asarray(middle, dtype=np.float32), titles=config)

    def of_title(self, title: str, trained: Embedding) -> np.ndarray:
        """Return a title as a song that is nothing but its title part, (dim,) float.

        It is as long as songs are: 1, or the median where lists are continued by product.

        Parameters
        ----------
        title : str
            Not blank.
        trained : Embedding
            The songs. If it has no `parts`, the title part is last in a vector.

        Raises
        ------
        InputError
            If the vectors have no title part, or nothing is left of the title.
        """
        if self.middle is None or self.titles is None:
            raise InputError(
                f"title={title[:60]!r} cannot be used: this model does not read titles; fit one of "
                f"a variant with a title part to playlists with titles, or give songs alone."
            )
        from muse_lib.titles.songs import titles_read

        read, _ = titles_read([title], self.titles.title_model, self.titles.normalise_titles)
        if not read.any():
            raise InputError(f"title={title[:60]!r} says nothing: give songs, or another title.")
        part = read[0] - self.middle
        vector = np.zeros(trained.vectors.shape[1])
        vector[trained.columns("titles") if trained.parts else slice(-part.size, None)] = part
        return np.asarray(Scale.of(trained).vectors(vector[None])[0])

    def save(self, folder: str | Path) -> None:
        """Write what there is into a model's folder; no file, if there is nothing."""
        tensors: Tensors = {}
        if self.names is not None:
            tensors |= {"matrix": self.names.matrix, "offset": self.names.offset}
        if self.middle is not None:
            tensors["middle"] = self.middle
        if tensors:
            write_tensors(Path(folder) / FILE, tensors, {})
        else:
            (Path(folder) / FILE).unlink(missing_ok=True)

    @classmethod
    def load(cls, folder: str | Path, config: TitleConfig, trained: Embedding, remedy: str) -> Self:
        """Read what `save` wrote; nothing was learned if there is no file.

        Raises
        ------
        InputError
            If the file is damaged or of vectors of another length.
        """
        file = Path(folder) / FILE
        if not file.exists():
            return cls(titles=config)
        tensors, _ = read_tensors(file, remedy)
        dim = trained.vectors.shape[1]
        names = None
        if "matrix" in tensors:
            names = Affine(tensors["matrix"], tensors.get("offset", np.empty(0)))
            if names.matrix.shape[1:] != (dim,) or names.offset.shape != (dim,):
                raise InputError(f"{FILE} belongs to other vectors: {remedy}")
        middle = tensors.get("middle")
        if middle is not None and (
            middle.ndim != 1 or middle.size > dim or _other_titles(middle, trained)
        ):
            raise InputError(f"{FILE} belongs to other vectors: {remedy}")
        return cls(names, middle, config)


def _other_titles(middle: np.ndarray, trained: Embedding) -> bool:
    """Tell whether titles are read into more or fewer numbers than the title part has."""
    return bool(trained.parts) and trained.parts.get("titles") != middle.size
