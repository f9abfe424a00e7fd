"""What a model stores to encode the names of unknown songs and the titles of playlists."""

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
    """The regression on names, once learned, and the mean of all title vectors.

    Attributes
    ----------
    names : Affine, optional
        `muse_lib.models.unseen.placing.learn_names`.
    middle : ndarray, optional
        (n_features,) float: mean over the titles of the training playlists. None for a model
        whose vectors have no title part.
    titles : TitleConfig
        How titles are normalised and encoded.
    """

    names: Affine | None = None
    middle: np.ndarray | None = None
    titles: TitleConfig | None = None

    @classmethod
    def of_titles(cls, titles: Sequence[str], config: TitleConfig) -> Self:
        """Return the readings that encode new titles as the training titles were encoded."""
        if not config.title_part:
            return cls(titles=config)
        from muse_lib.titles.songs import titles_read  # needs the extra for text

        _, middle = titles_read(titles, config.title_model, config.normalise_titles)
        return cls(middle=np.asarray(middle, dtype=np.float32), titles=config)

    def of_title(self, title: str, trained: Embedding) -> np.ndarray:
        """Return the vector of a song that has only a title part, (dim,) float.

        It is as long as those of songs: 1, or the median if continuation is by dot product.

        Parameters
        ----------
        title : str
            Not blank.
        trained : Embedding
            The songs. Without `parts`, the title part is the last columns of a vector.

        Raises
        ------
        InputError
            If the vectors have no title part, or the title is empty once normalised.
        """
        if self.middle is None or self.titles is None:
            raise InputError(
                f"title={title[:60]!r} cannot be used: this model does not read titles; fit a "
                f"variant with a title part to playlists with titles, or give only songs."
            )
        from muse_lib.titles.songs import titles_read

        read, _ = titles_read([title], self.titles.title_model, self.titles.normalise_titles)
        if not read.any():
            raise InputError(
                f"title={title[:60]!r} has no usable words: give songs, or another title."
            )
        part = read[0] - self.middle
        vector = np.zeros(trained.vectors.shape[1])
        vector[trained.columns("titles") if trained.parts else slice(-part.size, None)] = part
        return np.asarray(Scale.of(trained).vectors(vector[None])[0])

    def save(self, folder: str | Path) -> None:
        """Write what is stored into a model's folder; no file if there is nothing."""
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
        """Load what `save` wrote; without a file, nothing was learned.

        Raises
        ------
        InputError
            If the file is damaged or belongs to vectors of another length.
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
    """Return whether the length of title vectors differs from that of the title part."""
    return bool(trained.parts) and trained.parts.get("titles") != middle.size
