"""The fonts of figures: DejaVu Sans, and Noto for the scripts and emoji it lacks.

They come with Python packages, so that a name looks the same on every machine. matplotlib takes
each character from the first font that has it, and shapes Arabic and right-to-left text itself.
"""

from functools import cache
from importlib import resources

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

FIRST = "DejaVu Sans"
"""The font of all characters that it covers; part of matplotlib."""

PACKAGES = ("cvttf_NotoSansCJK_Regular", "manimgx_fonts")
"""Chinese, Japanese and Korean; then emoji and the other scripts."""


@cache
def font_families() -> tuple[str, ...]:
    """Register the fonts, and return their families in order of preference."""
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
            # before this machine's fonts, which may include another version of the family
            added = manager.ttflist[known:]
            manager.ttflist[:] = added + manager.ttflist[:known]
            families.append(added[0].name)
    return tuple(families)


@cache
def drawable() -> frozenset[str]:
    """Return all characters that at least one of the fonts covers."""
    signs: set[int] = set()
    for family in font_families():
        signs.update(FT2Font(font_manager.findfont(family)).get_charmap())
    return frozenset(map(chr, signs))
