import math
import re
from typing import Literal, get_args, get_origin

import pytest
from annotated_types import Ge, Gt, Le, Lt

from muse_lib import config
from muse_lib.config import (
    Config,
    ContrastiveConfig,
    DataConfig,
    EvaluationConfig,
    ObjectiveConfig,
    TrainingConfig,
)
from muse_lib.errors import InputError

CONFIGS = [
    kind
    for kind in vars(config).values()
    if isinstance(kind, type) and issubclass(kind, Config) and kind is not Config
]
FIELDS = [(kind, name) for kind in CONFIGS for name in kind.model_fields]


def bad_values(field):
    """Values that a field must refuse, read off its type and its bounds."""
    yield [1, 2]  # no parameter is a list of numbers
    kinds = get_args(field.annotation) or (field.annotation,)
    if get_origin(field.annotation) is Literal:
        yield from ("sideways", 17)
        return
    if str in kinds:
        yield {"a": 1}
    if int in kinds:
        yield from (2.5, "many")
    if float in kinds:
        yield from (math.nan, math.inf, "much")
    if type(None) not in kinds:
        yield None
    for bound in field.metadata:
        match bound:
            case Ge(low):
                yield low - 1
            case Gt(low):
                yield low
            case Le(high):
                yield high + 1
            case Lt(high):
                yield high


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_a_bad_value_is_refused_with_name_value_and_description(kind, name):
    field = kind.model_fields[name]
    refused = list(bad_values(field))
    assert len(refused) >= 2
    for value in refused:
        with pytest.raises(InputError) as refusal:
            kind(**{name: value})
        message = str(refusal.value)
        assert message.startswith(f"{name}={value!r} cannot be used: ")
        assert field.description in message


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_every_default_is_a_value_that_the_field_takes(kind, name):
    default = kind.model_fields[name].default
    assert getattr(kind(**{name: default}), name) == default
    assert kind.model_fields[name].description


@pytest.mark.parametrize(
    "values",
    [
        {"kind": TrainingConfig, "dim": 1, "epochs": 1, "learning_rate": 1e-300},
        {"kind": TrainingConfig, "optimizer": "gd"},
        {"kind": ObjectiveConfig, "log_sign": 1},
        {"kind": ObjectiveConfig, "smoothing": 0, "alpha": 0},
        {"kind": ObjectiveConfig, "smoothing": 0.001, "alpha": 2},
        {"kind": DataConfig, "n_seed_songs": 0, "n_playlists": 3, "max_playlist_length": 2},
        {"kind": EvaluationConfig, "n_pairs": 10, "share_similar": 0.999},
    ],
)
def test_values_at_the_edge_are_taken(values):
    kind = values.pop("kind")
    made = kind(**values)
    assert {name: getattr(made, name) for name in values} == values


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_misspelt_name_is_refused_with_the_names_there_are(kind):
    with pytest.raises(InputError, match="there is no parameter 'sead'; the parameters") as refusal:
        kind(sead=1)
    for name in kind.model_fields:
        assert re.search(rf"\b{name}\b", str(refusal.value))


def test_all_wrong_parameters_are_named_at_once():
    with pytest.raises(InputError, match=r"dim=0 .*; epochs=0 .*; there is no parameter 'lr'"):
        TrainingConfig(dim=0, epochs=0, lr=0.1)


def test_a_configuration_cannot_be_changed_afterwards():
    with pytest.raises(ValueError, match="frozen"):
        TrainingConfig().dim = 3


def test_a_changed_copy_keeps_the_rest_and_is_checked_like_the_original():
    first = TrainingConfig(dim=7, epochs=3)
    assert first.replace(epochs=4) == TrainingConfig(dim=7, epochs=4)
    assert first.epochs == 3
    with pytest.raises(InputError, match="epochs=-1 cannot be used"):
        first.replace(epochs=-1)
    with pytest.raises(InputError, match="there is no parameter 'epoch'"):
        first.replace(epoch=4)


@pytest.mark.parametrize("n_playlists", [1, 2])
def test_too_few_playlists_to_split_are_refused(n_playlists):
    sentence = f"n_playlists={n_playlists} cannot be used: .* equal to 3, or 0 for all"
    with pytest.raises(InputError, match=sentence):
        DataConfig(n_playlists=n_playlists)


@pytest.mark.parametrize("n_playlists", [0, 3, None])
def test_all_playlists_or_enough_to_split_are_taken(n_playlists):
    assert DataConfig(n_playlists=n_playlists).n_playlists == n_playlists


def test_titles_cannot_be_similar_and_dissimilar_at_once():
    sentence = r"dissimilar_title=0.5 cannot be used: it must be below similar_title=0.5 \(diss"
    with pytest.raises(InputError, match=sentence):
        ContrastiveConfig(similar_title=0.5, dissimilar_title=0.5)


@pytest.mark.parametrize("written", ["tab", "\\t", "\t"])
def test_a_tabulator_may_be_written_in_letters(written):
    assert DataConfig(delimiter=written).delimiter == "\t"


@pytest.mark.parametrize("delimiter", ["", ";;", '"', "\n"])
def test_a_delimiter_that_no_table_can_have_is_refused(delimiter):
    with pytest.raises(InputError, match=r"delimiter=.* cannot be used"):
        DataConfig(delimiter=delimiter)
