"""A search forgives in the browser what it forgives in Python."""

import json

import pytest

from muse_lib.names import SEARCHABLE_JS, searchable

pytestmark = pytest.mark.slow

TEXTS = [
    *("Beyonc\u00e9", "Stra\u00dfe", "\ufb01re", "\uff21\uff22\uff23", "be\u200by\u00adonce"),
    *(
        "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",
        "\u0130zmir",
        "\ud55c\uad6d",
        "\u304c\u3063\u3053\u3046",
    ),
    *(
        "\u0915\u094d\u0937\u092e\u093e",
        "A$AP",
        "\u00bd x\u00b2",
        "\U0001f469\u200d\U0001f3a4",
        "\u01c5",
    ),
]


def test_python_and_the_browser_compare_the_same_texts(browser):
    page = browser.new_page()
    compared = page.evaluate(
        f"() => {{ {SEARCHABLE_JS} return {json.dumps(TEXTS)}.map(searchable) }}"
    )
    assert compared == [searchable(text) for text in TEXTS]
