"""The study's variants of MuSE as recipes: everything that determines a model, and its training."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np

from muse_lib.config import (
    Config,
    ContrastiveConfig,
    CountingConfig,
    ListConfig,
    ObjectiveConfig,
    TitleConfig,
    TrainingConfig,
)
from muse_lib.data.dataset import Vocabulary
from muse_lib.errors import InputError
from muse_lib.models.base import unit
from muse_lib.models.embedding import Embedding
from muse_lib.models.muse.cooccurrence import Cooccurrence, training_cooccurrence
from muse_lib.models.muse.objective import Objective
from muse_lib.models.muse.switches import PRESETS, SWITCHES, VARIANTS, Switches
from muse_lib.models.muse.training import N_SHARDS, Evaluate, Training, train

if TYPE_CHECKING:
    from distributed import Client

    from muse_lib.models.muse.contrastive import Contrastive

Part = TypeVar("Part", bound=Config)
__all__ = ["PRESETS", "SWITCHES", "VARIANTS", "Recipe", "Switches"]


@dataclass(frozen=True)
class Recipe:
    """Everything that determines the vectors of a variant, except the playlists.

    Attributes
    ----------
    counting : CountingConfig
        How playlists become the counts C.
    objective : ObjectiveConfig
        How counts become J.
    training : TrainingConfig
        How J is minimised.
    contrastive : ContrastiveConfig
        The term that playlist titles add to J.
    titles : TitleConfig
        How titles are encoded, and whether vectors have a title part.
    lists : ListConfig
        Whether vectors have a list part, and how lists are then continued.
    """

    counting: CountingConfig = field(default_factory=CountingConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    contrastive: ContrastiveConfig = field(default_factory=ContrastiveConfig)
    titles: TitleConfig = field(default_factory=TitleConfig)
    lists: ListConfig = field(default_factory=ListConfig)

    @classmethod
    def of(cls, variant: str, **changes: object) -> Self:
        """Return a variant with its presets or the poster's values, except for ``changes``.

        Raises
        ------
        InputError
            If there is no such variant or parameter, or a value is out of range.
        """
        if variant not in VARIANTS:
            raise InputError(f"there is no variant {variant!r}: choose from {', '.join(VARIANTS)}.")
        return cls().replace(**{**PRESETS.get(variant, {}), **VARIANTS[variant], **changes})

    @property
    def variant(self) -> str:
        """The name, in tables and files, of the variant that the switches describe."""
        chosen = {switch: self.pedigree()[switch] for switch in SWITCHES}
        for name, switches in VARIANTS.items():
            if switches == chosen:
                return name
        raise InputError(f"these switches make no variant: choose from {', '.join(VARIANTS)}.")

    @property
    def own(self) -> Self:
        """The recipe of the songs' own vectors: without the title part and the list part."""
        kept = self.titles.model_dump(include={"title_model", "normalise_titles"})
        return replace(self, titles=TitleConfig(**kept), lists=ListConfig())

    def replace(self, **changes: object) -> Self:
        """Return a copy with some parameters changed, whichever configuration they belong to."""
        known = self.pedigree()
        if unknown := changes.keys() - known.keys():
            raise InputError(
                f"there is no parameter {min(unknown)!r}; the parameters are: "
                f"{', '.join(sorted(known))}."
            )

        def changed(part: Part) -> Part:
            names = changes.keys() & type(part).model_fields.keys()
            return part.replace(**{name: changes[name] for name in names})

        return type(self)(
            changed(self.counting),
            changed(self.objective),
            changed(self.training),
            changed(self.contrastive),
            changed(self.titles),
            changed(self.lists),
        )

    def pedigree(self) -> dict[str, Any]:
        """Return every parameter by name."""
        parts: dict[str, Config] = vars(self)
        return {name: value for part in parts.values() for name, value in part.model_dump().items()}

    def train(
        self,
        vocabulary: Vocabulary,
        *,
        evaluate: Evaluate | None = None,
        evaluate_at: Collection[int] = (),
        checkpoint: Path | None = None,
        label: str = "",
        cooccurrence: Cooccurrence | None = None,
        cluster: "Client | str" = "",
        n_shards: int = N_SHARDS,
    ) -> Training:
        """Count, and train from the seed's initial vectors: `muse_lib.models.muse.training.train`.

        To train repeatedly on the same playlists, count once with `training_cooccurrence` and
        pass ``cooccurrence``. With ``title_part`` and ``list_part``, those parts are appended to
        the trained vectors, also in what ``evaluate`` receives.
        """
        finished = self.finish(vocabulary)
        trained = train(
            # without a name of their own, the counts are gone before parts are appended
            Objective.of(
                cooccurrence or training_cooccurrence(vocabulary, self.counting), self.objective
            ),
            vocabulary.catalogue,
            self.training,
            artists=vocabulary.artists if self.training.artist_vectors else None,
            contrastive=self._contrastive(vocabulary),
            evaluate=(lambda so_far: evaluate(finished(so_far))) if evaluate else None,
            evaluate_at=evaluate_at,
            checkpoint=checkpoint,
            label=label or self.variant,
            cluster=cluster,
            n_shards=n_shards,
        )
        return replace(trained, embedding=finished(trained.embedding))

    def _contrastive(self, vocabulary: Vocabulary) -> "Contrastive | None":
        """Return the term that titles add to J, or None."""
        if not self.contrastive.contrastive:
            return None
        from muse_lib.models.muse.contrastive import training_contrastive  # needs titles

        return training_contrastive(vocabulary, self.contrastive, self.titles, self.training.seed)

    def finish(self, vocabulary: Vocabulary) -> Callable[[Embedding], Embedding]:
        """Return the function that appends the title and list parts, if any, to trained vectors."""
        titles = self._of_titles(vocabulary) if self.titles.title_part else None
        if not self.lists.list_part:
            if titles is None:
                return lambda embedding: embedding
            return partial(Embedding.beside, features=titles, weight=self.titles.title_weight)
        from muse_lib.models.muse.lists import list_vectors

        # one array each: with half a million songs, a copy takes a gigabyte
        of_titles = {} if titles is None else {"titles": unit(titles, self.titles.title_weight)}

        @cache  # not before it is needed, which is after training unless trials are evaluated
        def of_lists() -> np.ndarray:
            vectors = list_vectors(
                vocabulary,
                dim=self.lists.list_dim,
                artist_share=self.lists.artist_share,
                seed=self.training.seed,
            )
            vectors *= self.lists.list_weight
            return vectors

        return lambda embedding: embedding.joined(
            {**of_titles, "lists": of_lists()}, self.lists.artist_bonus
        )

    def _of_titles(self, vocabulary: Vocabulary) -> np.ndarray:
        """Return the title vectors of songs, (n_songs, n_features)."""
        from muse_lib.titles.songs import song_title_vectors

        return song_title_vectors(
            vocabulary,
            title_model=self.titles.title_model,
            normalised=self.titles.normalise_titles,
        )
