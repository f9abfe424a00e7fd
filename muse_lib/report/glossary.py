"""The terms that a reader may not know, and links to them where a text first uses them."""

import re
from collections.abc import Iterator

from muse_lib.errors import InputError

GLOSSARY = {
    "AUC": "Area under the ROC curve: the probability that a model scores a similar pair above a "
    "dissimilar one. 0.5 is chance, 1 is perfect. In this study the mean over playlists.",
    "NDCG": "Normalised discounted cumulative gain: how high a ranking places the hidden songs of "
    "a playlist, between 0 and 1; a place further down counts less.",
    "F1": "The harmonic mean of precision (the share of pairs called similar that are) and recall "
    "(the share of similar pairs that are found). Calling every pair similar can score high.",
    "95 % interval": "The values of a measurement that are compatible with the data. Over folds it "
    "is widened for the training playlists that folds share; with one split, it is a bootstrap "
    "over test playlists.",
    "Holm": "Holm's correction: with many comparisons some look significant by chance, so the more "
    "comparisons are declared, the smaller the smallest p value must be; the bound for "
    "the next ones loosens step by step.",
    "J": "The objective that MuSE minimises: the weighted squared error of the logarithm of how "
    "often two songs co-occur, over all pairs of songs.",
    "kappa": "The constant that Laplace smoothing adds to every count; 1 on the poster.",
    "Laplace smoothing": "Adding a constant (kappa) to every count, so that pairs of songs that "
    "never co-occurred count as well.",
    "contrastive learning": "A second objective: songs of playlists with similar titles move "
    "together, songs of playlists with dissimilar titles apart.",
    "GloVe": "Word vectors fitted to the logarithm of co-occurrence counts (Pennington, Socher and "
    "Manning 2014); MuSE does the same with songs.",
    "item2vec": "Word2vec with songs for words and playlists for sentences (Barkan and Koenigstein "
    "2016).",
    "PPMI": "Positive pointwise mutual information: the logarithm of how many times as often two "
    "songs co-occur as independent ones would, or 0 if negative. `ppmi_svd` factorises its matrix "
    "(Levy and Goldberg 2014).",
    "ALS": "Alternating least squares: factors of the matrix of playlists and songs in which every "
    "absent song counts a little (Hu, Koren and Volinsky 2008).",
    "EASE": "A linear model that predicts each song of a playlist from its other songs, in closed "
    "form (Steck 2019).",
    "kNN": "k nearest neighbours: `item_knn` recommends songs whose playlists resemble those of "
    "the given songs, `playlist_knn` songs of playlists that resemble the given one.",
    "declared comparison": "One of the few comparisons fixed before the results were known, on "
    "which verdicts rest; all others are exploratory.",
    "fold": "One of several splits of the playlists into training, validation and test parts; "
    "together, the folds test every playlist once.",
    "`greatest_hits`": "Continues a playlist with the most popular songs of its artists and of "
    "artists that share playlists with them (Bonnin and Jannach 2014).",
    "`met`": "A control that knows only whether two songs share a training playlist.",
    "`title_mean`": "Compares songs by the mean vector of their playlists' titles.",
    "t-SNE": "A map on which songs with similar vectors are close. Distances between clusters mean "
    "little (van der Maaten and Hinton 2008).",
}
"""Terms with their meanings, in Markdown."""

_PROTECTED = re.compile(
    r"^```.*?^```"  # code, in blocks
    r"|^(?: {4}|#|\|).*?$"  # and indented; headings, tables
    r"|`[^`\n]*`"
    r"|!?\[[^\]]*\]\([^)]*\)"  # links, images
    r"|<[^<>]*>",
    re.MULTILINE | re.DOTALL,
)


def anchor(heading: str) -> str:
    """Return the id that a repository page gives to a heading; our pages use the same.

    Examples
    --------
    >>> anchor("Laplace smoothing"), anchor("95 % interval")
    ('laplace-smoothing', '95--interval')
    """
    return re.sub(r"[^\w -]", "", heading.casefold()).replace(" ", "-")


def linked(text: str, address: str) -> str:
    """Return Markdown in which the first use of every term is a link to its meaning.

    Code, headings, tables, links and HTML stay as they are. Applied twice, it gives the same text.

    Parameters
    ----------
    text : str
        Markdown.
    address : str
        Where the glossary is; empty if it is in the same document.

    Raises
    ------
    InputError
        If the address could end a link.

    Examples
    --------
    >>> linked("An AUC of 0.5; another AUC.", "glossary.md")
    'An [AUC](glossary.md#auc) of 0.5; another AUC.'
    """
    if set(address) & set("()[] "):
        raise InputError(f"{address!r} cannot be linked: take out brackets and blanks.")
    text = re.sub(rf"\[([^\]]*)\]\({re.escape(address)}#[^)]*\)", r"\1", text)
    for term in sorted(GLOSSARY, key=len, reverse=True):
        words = r"\s".join(map(re.escape, term.split()))
        pattern = re.compile(rf"(?<![\w-]){words}(?![\w-])")
        if (found := _first(pattern, text)) is not None:
            link = f"[{found[0]}]({address}#{anchor(term)})"
            text = text[: found.start()] + link + text[found.end() :]
    return text


def _first(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Return the first match outside what is protected."""
    for start, end in _open(text):
        if found := pattern.search(text, start, end):
            return found
    return None


def _open(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of the stretches of text in which links may be put."""
    start = 0
    for protected in _PROTECTED.finditer(text):
        yield start, protected.start()
        start = protected.end()
    yield start, len(text)


def glossary_page() -> str:
    """Return the glossary as a Markdown document, in which every term is a heading."""
    parts = (f"## {term}\n\n{meaning}\n" for term, meaning in GLOSSARY.items())
    return "\n".join(["# Glossary\n", *parts])
