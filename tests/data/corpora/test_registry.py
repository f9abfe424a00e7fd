import pytest

from muse_lib.config import DataConfig
from muse_lib.data.corpora import CORPORA, archive, artist_genres, load, spotify, tidytuesday
from muse_lib.data.corpora.download import Remote
from muse_lib.errors import InputError


def test_an_unknown_corpus_is_refused_with_the_names_of_the_known():
    with pytest.raises(InputError, match=r"no corpus 'spotfy'; .*synthetic, tidytuesday, archive"):
        load(DataConfig(corpus="spotfy"))


def test_the_posters_rule_is_for_its_own_playlists_and_the_generated_ones():
    rules = {name: (source.n_seed_songs, source.n_playlists) for name, source in CORPORA.items()}
    whole = dict.fromkeys(["tidytuesday", "archive", "mpd", "csv"], (0, 0))
    assert rules == whole | dict.fromkeys(["synthetic", "spotify"], (10, 527))


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("name", ["tidytuesday", "archive", "spotify", "mpd", "csv"])
def test_a_corpus_that_is_not_there_is_missed_before_anything_is_read(name):
    with pytest.raises(InputError):
        CORPORA[name].locate(DataConfig(corpus=name))


def test_every_download_is_encrypted():
    remotes = [tidytuesday.FILE, artist_genres.FILE, spotify.FILE]
    remotes += [snapshot.zip for snapshot in archive.SNAPSHOTS]
    assert all(isinstance(remote, Remote) for remote in remotes)
    assert all(remote.url.startswith(("https://", "doi:")) for remote in remotes)
