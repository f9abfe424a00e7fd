"""The vocabulary of the synthetic world: genres, scenes and moods, and the titles people use.

These are plain tables; edit them to get another world.
"""

import numpy as np

# genre -> scene -> how people write it in titles; the scene's own name comes first
GENRES: dict[str, dict[str, tuple[str, ...]]] = {
    "pop": {
        "dance pop": ("dance pop", "dance hits", "pop party"),
        "bedroom pop": ("bedroom pop", "soft pop", "dreamy pop"),
        "synthpop": ("synthpop", "synth pop", "neon nights"),
        "teen pop": ("teen pop", "bubblegum", "boyband days"),
        "k-pop": ("k-pop", "kpop", "케이팝"),
        "latin pop": ("latin pop", "pop latino", "música latina"),
    },
    "hip hop": {
        "trap": ("trap", "trap bangers", "808s"),
        "boom bap": ("boom bap", "old school hip hop", "golden age rap"),
        "cloud rap": ("cloud rap", "sad rap", "late night rap"),
        "drill": ("drill", "uk drill", "street rap"),
        "southern rap": ("southern rap", "dirty south", "trunk music"),
        "conscious rap": ("conscious rap", "real lyrics", "rap with a message"),
    },
    "electronic": {
        "house": ("house", "deep house", "house music"),
        "techno": ("techno", "warehouse techno", "peak time"),
        "trance": ("trance", "uplifting trance", "138 bpm"),
        "drum and bass": ("drum and bass", "dnb", "d&b"),
        "ambient": ("ambient", "drones", "soundscapes"),
        "big room": ("big room", "edm", "festival drops"),
    },
    "rock": {
        "classic rock": ("classic rock", "dad rock", "rock legends"),
        "indie rock": ("indie rock", "indie", "indie kids"),
        "punk": ("punk", "punk rock", "three chords"),
        "grunge": ("grunge", "flannel", "seattle sound"),
        "shoegaze": ("shoegaze", "dream pop", "wall of fuzz"),
        "emo": ("emo", "emo phase", "elder emo"),
    },
    "metal": {
        "thrash": ("thrash", "thrash metal", "riffs"),
        "doom": ("doom", "doom metal", "slow and low"),
        "metalcore": ("metalcore", "breakdowns", "mosh pit"),
        "power metal": ("power metal", "dragons and swords", "epic metal"),
    },
    "r&b": {
        "neo soul": ("neo soul", "neo-soul", "silky"),
        "slow jams": ("slow jams", "baby making music", "quiet storm"),
        "funk": ("funk", "funky", "slap bass"),
        "motown": ("motown", "soul classics", "northern soul"),
    },
    "country": {
        "outlaw country": ("outlaw country", "real country", "honky tonk"),
        "country pop": ("country pop", "country hits", "tailgate"),
        "bluegrass": ("bluegrass", "banjo", "pickin"),
        "americana": ("americana", "alt country", "dusty roads"),
    },
    "folk": {
        "indie folk": ("indie folk", "cabin songs", "campfire"),
        "singer-songwriter": ("singer-songwriter", "acoustic", "just a guitar"),
        "celtic": ("celtic", "irish pub", "jigs and reels"),
        "sea shanties": ("sea shanties", "shanty", "ahoy"),
    },
    "jazz": {
        "bebop": ("bebop", "hard bop", "blue smoke"),
        "bossa nova": ("bossa nova", "bossa", "ipanema"),
        "swing": ("swing", "big band", "lindy hop"),
        "lofi": ("lofi", "lo-fi beats", "chillhop"),
    },
    "classical": {
        "baroque": ("baroque", "harpsichord", "counterpoint"),
        "solo piano": ("solo piano", "piano", "nocturnes"),
        "film scores": ("film scores", "soundtracks", "epic scores"),
        "minimalism": ("minimalism", "modern classical", "strings and repeats"),
    },
    "latin": {
        "reggaeton": ("reggaeton", "perreo", "reggaetón"),
        "salsa": ("salsa", "salsa dura", "pa bailar"),
        "cumbia": ("cumbia", "cumbias", "sonidero"),
        "bachata": ("bachata", "amargue", "bachata romántica"),
    },
}

# mood -> (how people write it in titles, the scenes that fit it)
MOODS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "study": (
        ("study", "homework", "focus", "deep work", "exam week", "勉強用"),
        ("lofi", "ambient", "solo piano", "minimalism", "film scores", "bossa nova"),
    ),
    "gym": (
        ("gym", "workout", "beast mode", "leg day", "running", "cardio"),
        ("trap", "big room", "metalcore", "drill", "thrash", "dance pop"),
    ),
    "sleep": (
        ("sleep", "sleepy", "bedtime", "rainy night", "insomnia"),
        ("ambient", "solo piano", "indie folk", "minimalism"),
    ),
    "party": (
        ("party", "pregame", "friday night", "house party", "turn up", "fiesta"),
        ("dance pop", "big room", "reggaeton", "trap", "house", "funk"),
    ),
    "sad": (
        ("sad", "crying", "heartbreak", "in my feels", "breakup", "missing you"),
        ("cloud rap", "emo", "bedroom pop", "singer-songwriter", "slow jams"),
    ),
    "road trip": (
        ("road trip", "driving", "car songs", "windows down", "long drive"),
        ("classic rock", "country pop", "americana", "indie rock", "synthpop"),
    ),
    "summer": (
        ("summer", "beach", "pool day", "sunshine", "verano", "barbecue"),
        ("dance pop", "reggaeton", "latin pop", "house", "country pop", "indie rock"),
    ),
    "dinner": (
        ("dinner", "cooking", "wine night", "sunday brunch", "coffee shop"),
        ("bossa nova", "swing", "neo soul", "motown", "singer-songwriter"),
    ),
    "wedding": (
        ("wedding", "first dance", "love songs", "date night", "anniversary"),
        ("slow jams", "motown", "latin pop", "bachata", "country pop"),
    ),
    "throwback": (
        ("throwback", "tbt", "middle school", "90s", "2000s", "nostalgia"),
        ("teen pop", "boom bap", "grunge", "emo", "punk", "southern rap"),
    ),
    "shower": (
        ("shower", "sing along", "karaoke", "getting ready", "in the mirror"),
        ("teen pop", "dance pop", "k-pop", "synthpop", "classic rock"),
    ),
    "gaming": (
        ("gaming", "grind", "boss fight", "late night coding", "raid night"),
        ("drum and bass", "techno", "power metal", "film scores", "trance"),
    ),
}

SCENES: tuple[tuple[str, tuple[str, ...]], ...] = tuple(
    scene for scenes in GENRES.values() for scene in scenes.items()
)
"""Every scene's name and its title words; a scene's number is its index here."""

GENRE_NAMES = tuple(GENRES)
MOOD_NAMES = tuple(MOODS)
SCENE_NAMES = tuple(name for name, _ in SCENES)
SCENE_GENRE = np.repeat(np.arange(len(GENRES)), [len(scenes) for scenes in GENRES.values()])
"""(n_scenes,) int: the genre of each scene."""

_served = np.array([[name in scenes for name in SCENE_NAMES] for _, scenes in MOODS.values()])
MOOD_SCENES = _served / _served.sum(axis=1, keepdims=True)
"""(n_moods, n_scenes) float: each mood's uniform mixture of the scenes that fit it."""
