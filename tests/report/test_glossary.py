import pytest

from muse_lib.errors import InputError
from muse_lib.paths import ROOT
from muse_lib.report.glossary import GLOSSARY, anchor, glossary_page, linked


def test_a_term_is_linked_where_it_is_first_used():
    assert linked("AUC, then AUC.", "g.md") == "[AUC](g.md#auc), then AUC."


def test_linking_what_is_linked_changes_nothing():
    once = linked("On t-SNE maps and GloVe,\nLaplace\nsmoothing; kappa.", "g.md")
    assert once.count("](g.md#") == 4
    assert linked(once, "g.md") == once


def test_a_link_moves_to_an_earlier_use():
    assert linked("AUC and [AUC](g.md#auc)", "g.md") == "[AUC](g.md#auc) and AUC"


@pytest.mark.parametrize(
    "text",
    [
        "`AUC`",
        "# AUC",
        "| AUC | 1 |",
        "    AUC = 1",
        "```python\nAUC = 1\n```",
        "[the AUC](other.md)",
        '<img alt="AUC">',
        "MAUC, AUCs",
    ],
)
def test_code_headings_tables_links_and_parts_of_words_stay_as_they_are(text):
    assert linked(text, "g.md") == text


def test_a_longer_term_is_not_broken_by_a_shorter_one(monkeypatch):
    monkeypatch.setitem(GLOSSARY, "AUC of lists", "Longer.")
    assert linked("The AUC of lists.", "") == "The [AUC of lists](#auc-of-lists)."


def test_an_address_that_would_end_the_link_is_refused():
    with pytest.raises(InputError, match="cannot be linked"):
        linked("AUC", "a) b")


def test_the_glossary_in_the_documentation_is_the_librarys():
    written = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    assert written == glossary_page(), "run: python scripts/readme_results.py"


def test_no_two_terms_share_an_anchor():
    assert len({anchor(term) for term in GLOSSARY}) == len(GLOSSARY)
