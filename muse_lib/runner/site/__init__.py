"""Convert the executed notebooks to pages that open from the file system, without a network.

This uses the libraries behind nbconvert (mistune, Pygments, bleach, Jinja) but not nbconvert
itself, whose templates load MathJax and RequireJS from the network, do not escape their input, and
are looked up in the user's own folders. Sphinx with MyST-NB would add thirty packages, and half a
megabyte of scripts and fonts per corpus, for eleven pages.
"""

from muse_lib.runner.site.pages import make_pages

__all__ = ["make_pages"]
