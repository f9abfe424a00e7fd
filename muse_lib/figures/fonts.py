"""The fonts names are drawn in: DejaVu Sans, and Noto for the scripts and emoji it lacks.

Packages bring them, so that a name looks the same on every machine. matplotlib takes each sign
from the first font that has it, joins Arabic letters and sets right-to-left text by itself.
"""

from functools import cache
from importlib import resources

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

FIRST = "DejaVu Sans"
"""The font of all text that it has signs for; matplotlib carries it."""

PACKAGES = ("cvttf_NotoSansCJK_Regular", "manimgx_fonts")
"""Chinese, Japanese and Korean; then emoji and the other scripts."""


@cache
def font_families() -> tuple[str, ...]:
    """Return the families to draw in, the first choice first, after making them known."""
    families = [FIRST]
    manager = font_manager.fontManager
    for package in PACKAGES:
        names = (place.name for place in resources.files(package).iterdir())
        for name in sorted(name for name in names if name.endswith((".ttf", ".otf"))):
            if "Italic" in name:
                continue
            with resources.as_file(resources.files(package) / name) as path:
                known = len(manager.ttflist)
                manager.addfont(path)
            # before the fonts of this machine, which may hold another version of the family
            added = manager.ttflist[known:]
            manager.ttflist[:] = added + manager.ttflist[:known]
            families.append(added[0].name)
    return tuple(families)


@cache
def drawable() -> frozenset[str]:
    """Return all signs that one of the fonts has."""
    signs: set[int] = set()
    for family in font_families():
        signs.update(FT2Font(font_manager.findfont(family)).get_charmap())
    return frozenset(map(chr, signs))
