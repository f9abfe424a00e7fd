"""The executed notebooks as pages that open from the file system, with no network.

Made of the parts that nbconvert is made of (mistune, Pygments, bleach, Jinja) and not of nbconvert
itself: its templates load MathJax and RequireJS from the network, do not escape what they are
given and are looked up in the reader's own folders. Sphinx with MyST-NB brings thirty packages
and half a megabyte of scripts and fonts for every corpus, for eleven pages.
"""

from muse_lib.runner.site.pages import make_pages

__all__ = ["make_pages"]
