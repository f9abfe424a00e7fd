"""The model card, as the Hugging Face hub reads it and as people do."""

from dataclasses import replace

import pandas as pd
import pytest
import yaml
from huggingface_hub import ModelCard

from muse_lib.report.card import Card

METRICS = pd.DataFrame(
    [
        ("roc_auc", "muse-text", 0.84216, 0.8, 0.88, 36),
        ("roc_auc", "popularity", 0.5, 0.4, 0.6, 36),
        ("ndcg", "muse-text", 0.3765, 0.3, 0.45, 38),
    ],
    columns=["metric", "model", "value", "low", "high", "n_playlists"],
)


@pytest.fixture
def card():
    return Card(
        variant="muse-text",
        source="mine.csv",
        about="",
        licence="unknown",
        size={"playlists": 1200, "songs": 34000, "memberships": 56000},
        left_out={"empty track": 7},
        shape=(34000, 64),
        precision="float16",
        share_once=0.814,
        parameters={"dim": 64, "title_part": True},
        version="1.2.3",
        files={"model.safetensors": "the model"},
        metrics=METRICS,
    )


def body(card):
    return ModelCard(card.text).text


def test_the_hub_reads_the_licence_the_library_and_the_results(card):
    data = ModelCard(replace(card, licence="cc0-1.0").text).data
    assert (data.license, data.library_name) == ("cc0-1.0", "muse-lib")
    assert data.model_name == "muse-text"
    assert [(result.metric_type, result.metric_value) for result in data.eval_results] == [
        ("roc_auc", 0.8422),
        ("ndcg", 0.3765),
    ]


def test_the_numbers_of_a_card_are_those_of_the_model(card):
    text = body(card)
    for fact in ("34,000 songs", "64 numbers (float16)", "1,200 playlists", "81% of the songs"):
        assert fact in text
    assert "| left out: empty track | 7 |" in text
    assert "| `dim` | `64` |" in text
    assert "| `popularity` | 0.500 | 0.400 to 0.600 | 36 |" in text


def test_without_playlists_to_judge_by_no_number_is_claimed(card):
    unmeasured = replace(card, metrics=None)
    assert ModelCard(unmeasured.text).data.eval_results is None
    assert "None: every playlist was trained on" in body(unmeasured)


def test_every_question_of_a_card_has_its_heading(card):
    headings = [line[3:] for line in body(card).splitlines() if line.startswith("## ")]
    assert headings == ["Use", "Intended use", "Data", "Training", "Metrics", "Limits"]


def test_titles_are_a_limit_only_where_they_are_a_part(card):
    assert "language model" in body(card)
    assert "language model" not in body(replace(card, parameters={"title_part": False}))


@pytest.mark.parametrize(
    "name", ['a"\n---\nlicense: mit', "`<script>`|x.csv", "é: [夜]\x1b[7m.csv"]
)
def test_the_name_of_a_file_stays_a_name(card, name):
    text = replace(card, source=name).text
    front = yaml.safe_load(text.split("\n---\n")[0].removeprefix("---\n"))
    assert front["license"] == "unknown"
    assert "<script>" not in text
    assert "\x1b" not in text
    (line,) = (line for line in text.splitlines() if line.startswith("Source: "))
    assert line.count("`") == 2
