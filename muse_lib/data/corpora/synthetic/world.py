"""The constants of the synthetic world."""

from typing import Literal

from pydantic import Field

from muse_lib.config import Config

Kind = Literal["scene", "genre", "mood", "artist", "everything"]
"""What a playlist is about."""


class World(Config):
    """The constants of the world, calibrated to be about as hard to learn as real playlists.

    On real playlists of this size (TidyTuesday, the Spotify Playlist Archive), a PPMI + SVD
    baseline has an AUC of about 0.82 on held-out pairs. Here it is about 0.77, which depends on
    the purity of the lists (`strays`, `hits`, `own_scene`, `taste`).
    """

    # the poster's sample, which the world is cut to
    n_seed_songs: int = Field(10, ge=1, description="popular songs in the poster's sampling rule")
    n_sampled: int = Field(527, ge=1, description="playlists in the poster's sample")
    n_sampled_songs: int = Field(21_747, ge=1, description="songs in the poster's sample")
    n_eligible: int = Field(
        540,
        ge=1,
        description="playlists that contain a seed song; slightly more than n_sampled, so that "
        "sampling varies the number of songs by only 0.4 % (one standard deviation)",
    )

    # artists and songs
    n_artists: int = Field(9_000, ge=1, description="artists, most of them never on a playlist")
    scene_skew: float = Field(
        0.5, ge=0, le=2, description="the r-th largest scene has r^-skew times the artists"
    )
    crossing: float = Field(0.1, ge=0, le=1, description="share of artists with a second scene")
    crossing_weight: float = Field(
        0.3, ge=0, le=1, description="an artist's fame in the second scene relative to the first"
    )
    fame_sigma: float = Field(
        1.3, ge=0, le=3, description="standard deviation of log fame: a factor of e^1.3 = 3.7"
    )
    songs_median: float = Field(6.0, ge=1, description="median number of songs per artist")
    songs_sigma: float = Field(
        0.9, ge=0, le=3, description="standard deviation of the log number of songs per artist"
    )
    song_skew: float = Field(
        0.7, ge=0, le=2, description="an artist's r-th song is heard r^-skew times as often"
    )
    n_hits: int = Field(60, ge=10, description="songs in the chart")
    hit_skew: float = Field(
        0.6, ge=0, le=2, description="the chart's r-th song is heard r^-skew times as often"
    )

    # playlists
    n_playlists: int = Field(
        1_300, ge=1, description="playlists generated; about 1,050 of them are needed and kept"
    )
    kinds: dict[Kind, float] = Field(
        {"scene": 0.68, "genre": 0.06, "mood": 0.12, "artist": 0.08, "everything": 0.06},
        description="share of playlists of each kind of theme",
    )
    own_scene: float = Field(
        0.98,
        ge=0,
        le=1,
        description="share of a scene list drawn from its scene, the rest from its whole genre; "
        "the same for the songs of an artist list that are not by the artist",
    )
    artist_share: float = Field(
        0.6, ge=0, le=1, description="share of an artist list that is by the artist"
    )
    taste: float = Field(
        0.7,
        ge=0.1,
        description="concentration of the Dirichlet draw that personalises a theme; small: one or "
        "two of its scenes, large: all of them in the proportions of the theme",
    )
    taste_for_everything: float = Field(
        8.0, ge=0.1, description="the same for lists of everything: a dozen scenes"
    )
    length_median: float = Field(
        43.0, ge=1, description="median songs per playlist, before the world is cut to size"
    )
    length_sigma: float = Field(
        1.2,
        ge=0,
        le=3,
        description="standard deviation of the log length; 1.2 gives 7 M co-occurrences",
    )
    length_max: int = Field(800, ge=2, description="maximum number of songs per playlist")
    given_up: float = Field(
        0.025, ge=0, le=1, description="share of playlists abandoned after 1 or 2 songs"
    )
    first_is_hit: float = Field(
        0.35, ge=0, le=1, description="probability that a playlist begins with a hit"
    )
    hits: float = Field(0.03, ge=0, le=1, description="share of hits among the other songs")
    strays: float = Field(
        0.05, ge=0, le=1, description="share of songs from random scenes; with hits about 10 %"
    )
    echoes: float = Field(
        0.1, ge=0, le=1, description="share of songs by an artist already on the list"
    )
