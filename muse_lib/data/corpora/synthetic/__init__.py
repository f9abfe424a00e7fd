"""The synthetic corpus: a small world of scenes, artists, songs and playlists.

It needs no network, and the ground truth is known: every song carries the scene it was planted
in. The world is generated in these steps, with all constants in `World`:

1. Genres consist of scenes (`words`), some larger than others. Every artist belongs to a scene, a
   few also to a second one, and few are famous. The number of songs varies between artists, and
   an artist's first song is the most popular.
2. A chart of hits by famous artists is known in every scene.
3. A playlist has a theme: a scene, a genre, a mood that several scenes fit, one artist, or
   everything. Its owner's taste narrows the theme down to some of its scenes. Lengths are skewed:
   half of the lists are short, a few have several hundred songs, some were abandoned at once.
4. Songs are added one by one: a hit, a stray from anywhere, another song by an artist already on
   the list, or an artist and a song that match the theme. A song may be added twice.
5. The owner gives the list a title (`titles`): its theme in any spelling, an empty title, or
   something that breaks careless software. Songs and artists are named similarly (`names`).
6. The world is cut to the poster's size: enough playlists that slightly more than 527 contain one
   of the ten most popular songs, and enough of each that 527 of those have 21,747 songs in total.
   Choosing the ten songs and the 527 lists is left to `muse_lib.data.sampling`; this module only
   predicts how many songs they will contain.
"""

from muse_lib.data.corpora.synthetic.reader import grow, locate, read
from muse_lib.data.corpora.synthetic.world import World

__all__ = ["World", "grow", "locate", "read"]
