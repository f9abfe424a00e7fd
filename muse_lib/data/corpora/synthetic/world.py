"""The constants of the synthetic world."""

from typing import Literal

from pydantic import Field

from muse_lib.config import Config

Kind = Literal["scene", "genre", "mood", "artist", "everything"]
"""What a playlist is about."""


class World(Config):
    """The constants of the world: calibrated so that training is as hard as on real lists.

    Real lists of this size (TidyTuesday, the Spotify Playlist Archive) give a PPMI + SVD baseline
    an AUC of about 0.82 on held-out pairs; here it is about 0.77, decided by how pure the
    lists are (`strays`, `hits`, `own_scene`, `taste`).
    """

    # the poster's sample, which the world is cut to
    n_seed_songs: int = Field(10, ge=1, description="popular songs of the poster's rule")
    n_sampled: int = Field(527, ge=1, description="playlists in the poster's sample")
    n_sampled_songs: int = Field(21_747, ge=1, description="songs in the poster's sample")
    n_eligible: int = Field(
        540,
        ge=1,
        description="playlists that hold a seed song; few more than n_sampled, so that the chance "
        "which of them are drawn moves the number of songs by 0.4 % (one standard deviation)",
    )

    # artists and songs
    n_artists: int = Field(9_000, ge=1, description="artists there are, most never collected")
    scene_skew: float = Field(
        0.5, ge=0, le=2, description="the r-th largest scene has r^-skew times the artists"
    )
    crossing: float = Field(0.1, ge=0, le=1, description="share of artists with a second scene")
    crossing_weight: float = Field(
        0.3, ge=0, le=1, description="an artist's fame in the second scene, of that at home"
    )
    fame_sigma: float = Field(
        1.3, ge=0, le=3, description="spread of log fame: e^1.3 = 3.7 times, up or down"
    )
    songs_median: float = Field(6.0, ge=1, description="songs of an artist")
    songs_sigma: float = Field(0.9, ge=0, le=3, description="spread of the log of that number")
    song_skew: float = Field(
        0.7, ge=0, le=2, description="an artist's r-th song is heard r^-skew times as often"
    )
    n_hits: int = Field(60, ge=10, description="songs in the chart")
    hit_skew: float = Field(
        0.6, ge=0, le=2, description="the chart's r-th song is heard r^-skew times as often"
    )

    # playlists
    n_playlists: int = Field(
        1_300, ge=1, description="lists written; about 1,050 of them are needed and kept"
    )
    kinds: dict[Kind, float] = Field(
        {"scene": 0.68, "genre": 0.06, "mood": 0.12, "artist": 0.08, "everything": 0.06},
        description="shares of the playlists by kind of theme",
    )
    own_scene: float = Field(
        0.98,
        ge=0,
        le=1,
        description="how much of a scene list is meant for its scene, the rest for all of its "
        "genre; likewise of an artist list, apart from the artist",
    )
    artist_share: float = Field(0.6, ge=0, le=1, description="an artist list's share of the artist")
    taste: float = Field(
        0.7,
        ge=0.1,
        description="concentration of the Dirichlet draw that makes a theme one's own; "
        "small: one or two of its scenes, large: all of them as the theme has them",
    )
    taste_for_everything: float = Field(
        8.0, ge=0.1, description="the same for those who collect everything: a dozen scenes"
    )
    length_median: float = Field(
        43.0, ge=1, description="songs written down per playlist, before the world is cut to size"
    )
    length_sigma: float = Field(
        1.2, ge=0, le=3, description="spread of the log length; 1.2 gives 7 M co-occurrences"
    )
    length_max: int = Field(800, ge=2, description="songs; nobody goes on longer than that")
    given_up: float = Field(0.025, ge=0, le=1, description="share of lists left at 1 or 2 songs")
    first_is_hit: float = Field(
        0.35, ge=0, le=1, description="probability that a list begins with a hit of the day"
    )
    hits: float = Field(0.03, ge=0, le=1, description="share of hits among the other songs")
    strays: float = Field(
        0.05, ge=0, le=1, description="share of songs from any scene; with the hits about 10 %"
    )
    echoes: float = Field(
        0.1, ge=0, le=1, description="share of songs by an artist already on the list"
    )
