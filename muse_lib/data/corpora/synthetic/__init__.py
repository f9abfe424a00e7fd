"""The embedded corpus: a small world of scenes, artists, songs and the people who collect them.

It needs no network and its answer is known: every song carries the scene it was planted in. The
world comes about in this order, every number of it a field of `World`:

1. Genres hold scenes (`words`), some larger than others. Every artist belongs to a
   scene, a few cross over into a second one, and few are famous. An artist has a few songs or
   many, the first of them heard most.
2. A chart of hits by famous artists is known in every scene.
3. A playlist has a theme: a scene, a genre, a mood that several scenes serve, one artist, or
   everything. Its maker's taste narrows the theme down to some of its scenes. Lengths are skewed:
   half of the lists are short, a few have several hundred songs, some were given up at once.
4. Song after song is written down: a hit, a stray from anywhere, another one by an artist already
   on the list, or an artist and a song that suit the theme. A song may be written down twice.
5. The maker calls the list something (`titles`): what it holds in any spelling, nothing
   at all, or something that breaks careless software. Songs and artists get names likewise
   (`names`).
6. The world is cut to the poster's size: as many playlists as it takes for a few more than 527
   to hold one of the ten most popular songs, and as much of each as it takes for 527 of those
   to have 21,747 songs between them. The ten songs and the 527 lists are the sampling's affair
   (`muse_lib.data.sampling`); this module only foresees how many songs they will bring.
"""

from muse_lib.data.corpora.synthetic.reader import grow, locate, read
from muse_lib.data.corpora.synthetic.world import World

__all__ = ["World", "grow", "locate", "read"]
