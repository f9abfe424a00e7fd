"""A model card for a folder of vectors: data, training, metrics and limits.

The format is that of the Hugging Face hub: a README.md that begins with YAML.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from muse_lib.errors import plain

LONG_NAMES = {
    "roc_auc": "AUC, pairs of songs that never co-occurred in training",
    "ndcg": "NDCG, the other half of a playlist",
}


@dataclass(frozen=True)
class Card:
    """The facts of a model card; `text` is the card.

    Attributes
    ----------
    variant : str
        The variant of the model.
    source : str
        The playlists: a corpus, or the name of a file.
    about : str
        A sentence on their origin; empty if unknown.
    licence : str
        Their licence as the hub names it: ``"mit"``, ``"cc0-1.0"``, ``"other"``, ``"unknown"``.
    size : mapping of int
        Number of ``playlists``, ``songs`` and ``memberships`` trained on.
    left_out : mapping of int
        How much was left out when reading, by reason.
    shape : tuple of int
        (n_songs, n_features) of the vectors.
    precision : str
        Their dtype.
    share_once : float
        The share of songs in only one playlist.
    parameters : mapping
        Every parameter of the model by name.
    version : str
        The version of muse-lib.
    files : mapping of str
        The files in the folder and what each contains.
    metrics : DataFrame, optional
        `muse_lib.evaluation.scorecard.scorecard`; None if every playlist was trained on.
    how : sequence of str
        Sentences on how these vectors were made and evaluated, beyond the parameters.
    """

    variant: str
    source: str
    about: str
    licence: str
    size: Mapping[str, int]
    left_out: Mapping[str, int]
    shape: tuple[int, int]
    precision: str
    share_once: float
    parameters: Mapping[str, object]
    version: str
    files: Mapping[str, str]
    metrics: pd.DataFrame | None = None
    how: Sequence[str] = ()

    @property
    def text(self) -> str:
        """The card: YAML followed by Markdown."""
        parts = [
            self._front(),
            f"# {self.variant}: song vectors learned from playlists",
            f"{self.shape[0]:,} songs, each a vector of {self.shape[1]:,} numbers "
            f"({self.precision}), learned from {self.size['playlists']:,} playlists. Songs "
            f"that people put on the same playlists are close: their cosine is high.",
            *self.how,
            self._use(),
            _INTENDED,
            self._data(),
            f"## Training\n\nmuse-lib {self.version}, with these parameters:\n\n"
            + _table(["parameter", "value"], [(f"`{k}`", f"`{v}`") for k, v in self._settings()]),
            self._measured(),
            self._limits(),
        ]
        return "\n\n".join(parts) + "\n"

    def _settings(self) -> list[tuple[str, str]]:
        return [(name, _quoted(str(self.parameters[name]))) for name in sorted(self.parameters)]

    def _front(self) -> str:
        """Return the YAML; values are written as JSON, which is valid YAML."""
        lines = [
            "---",
            f"license: {json.dumps(self.licence)}",
            'library_name: "muse-lib"',
            f"tags: {json.dumps(['music', 'playlists', 'song-embeddings', 'recommendation'])}",
        ]
        if self.metrics is not None:
            own = self.metrics[self.metrics["model"] == self.variant]
            lines += ["model-index:", f"- name: {json.dumps(self.variant)}", "  results:"]
            lines += ["  - task:", '      type: "recommendation"', "    dataset:"]
            lines += [
                f"      {key}: {json.dumps(_quoted(self.source))}" for key in ("name", "type")
            ]
            lines.append("    metrics:")
            for row in own.itertuples():
                lines += [
                    f"    - type: {json.dumps(row.metric)}",
                    f"      name: {json.dumps(LONG_NAMES[str(row.metric)])}",
                    f"      value: {row.value:.4f}",
                ]
        return "\n".join([*lines, "---"])

    def _use(self) -> str:
        files = [(f"`{name}`", what) for name, what in self.files.items()]
        return f"## Use\n\n{_USE}\n\n" + _table(["file", "what it is"], files)

    def _data(self) -> str:
        rows = [(name, f"{number:,}") for name, number in self.size.items()]
        rows += [(f"left out: {_quoted(why)}", f"{n:,}") for why, n in self.left_out.items()]
        stated = (
            "The licence of the playlists is not stated: whoever publishes the vectors states it."
            if self.licence == "unknown"
            else f"Licence of the playlists: {self.licence}."
        )
        sentences = [f"Source: `{_quoted(self.source)}`.", self.about, stated]
        text = " ".join(filter(None, sentences))
        return f"## Data\n\n{text}\n\n" + _table(["what", "number"], rows)

    def _measured(self) -> str:
        if self.metrics is None:
            return (
                "## Metrics\n\nNone: every playlist was trained on, so none is left to evaluate "
                "these vectors. `muse vectors ... --evaluate` holds some out first and reports "
                "here the metrics of vectors made in the same way."
            )
        rows = [
            (
                LONG_NAMES[str(row.metric)],
                f"`{row.model}`",
                f"{row.value:.3f}",
                f"{row.low:.3f} to {row.high:.3f}",
                f"{row.n_playlists:,}",
            )
            for row in self.metrics.itertuples()
        ]
        head = ["metric", "model", "value", "95 % interval", "playlists"]
        return f"## Metrics\n\n{_METRICS}\n\n" + _table(head, rows)

    def _limits(self) -> str:
        limits = [
            f"{self.share_once:.0%} of the songs are on one playlist only. Little is known of "
            f"them, and their neighbours are mostly the songs of that playlist.",
            *_LIMITS,
        ]
        if self.parameters.get("title_part"):
            limits.append(
                "Playlist titles are a part of these vectors, encoded by a language model that "
                "was trained on English: its biases carry over."
            )
        return "## Limits\n\n" + "\n".join(f"- {limit}" for limit in limits)


_USE = """```python
from muse_lib import MuSE

muse = MuSE.load("this-folder")
muse.search("love")  # songs by words of track or artist, the most popular first
song = muse.songs["song"][0]
muse.similar(song, k=10)
muse.recommend([song], k=10)  # songs to continue a playlist
```"""

_INTENDED = """## Intended use

To find similar songs, to continue playlists, and as features of other models; for study, for
prototypes, and as a cheap baseline.

Not intended: to describe how music sounds, about which these vectors know nothing; to rank artists
or to judge people by what they hear; to decide alone what is recommended to whom, since popular
songs are favoured."""

_METRICS = """\
Measured on playlists that were not trained on: means over playlists, and bootstrap intervals.
AUC: how often two songs of one held-out playlist are closer than two songs that share none, for
pairs that share no training playlist and no artist; 0.5 is chance. NDCG: how high the hidden half
of a playlist is ranked among all songs, of which the first 500 count; 1 is perfect. `popularity`
ranks songs by their number of playlists."""

_LIMITS = (
    "The playlists are not representative of all listeners: tastes, languages and years missing "
    "from them are missing here.",
    "A song in no training playlist has no vector.",
    "Two releases of one track by one artist are one song.",
)


_HARMLESS = str.maketrans("`|<>", "'/()")
"""Replacements for characters that end a code span or a table cell, or begin markup."""


def _quoted(text: str) -> str:
    """Return a text made safe for Markdown's backticks and tables."""
    return plain(text).translate(_HARMLESS)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
