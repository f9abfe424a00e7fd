"""A user's own file of labelled pairs."""

import itertools

import numpy as np
import pytest

from muse_lib.errors import InputError
from muse_lib.evaluation.own_pairs import LEAST_PAIRS, LabelledPairs, halves
from muse_lib.evaluation.pairs import Pairs
from muse_lib.report.display import Table
from tests.helpers.worlds import song_table

HEADER = "track,artist,other_track,other_artist,similar\n"
ALL = list(itertools.combinations(range(12), 2))
"""66 pairs of 12 songs; those of an even sum are similar."""


def row(i, j, similar):
    return f"track {i},artist {i},track {j},artist {j},{similar}\n"


GOOD = HEADER + "".join(row(i, j, int((i + j) % 2 == 0)) for i, j in ALL)


@pytest.fixture
def read(tmp_path):
    """Read a file of this text (or these bytes) as labelled pairs of 12 songs."""

    def read(content, songs=None):
        path = tmp_path / "pairs.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return LabelledPairs.read(str(path)).known_to(song_table(12) if songs is None else songs)

    return read


@pytest.fixture
def refusal(read):
    def refusal(*arguments):
        with pytest.raises(InputError) as caught:
            read(*arguments)
        assert str(caught.value).count("\n") == 0
        return str(caught.value)

    return refusal


def counts(dropped):
    return dict(zip(dropped["reason"], dropped["count"], strict=True))


def cells(pairs):
    return list(zip(pairs.i.tolist(), pairs.j.tolist(), pairs.similar.tolist(), strict=True))


def test_rows_become_pairs_in_the_order_of_the_file(read):
    pairs, dropped = read(GOOD)
    assert cells(pairs) == [(i, j, (i + j) % 2 == 0) for i, j in ALL]
    assert dropped.empty
    assert (pairs.i.dtype, pairs.similar.dtype) == (np.int64, bool)


def test_columns_may_stand_anywhere_and_among_others(read):
    lines = [line.split(",") for line in GOOD.splitlines()]
    turned = "".join(",".join(["note", *reversed(line)]) + "\r\n" for line in lines)
    assert cells(read(turned)[0]) == cells(read(GOOD)[0])


def test_songs_are_known_whatever_their_case_and_spacing(read):
    shouted = GOOD.replace("artist 3,", "  ARTIST   3 ,").replace("track 4", "Track\u00a04")
    shouted = HEADER + shouted.partition("\n")[2]
    assert cells(read(shouted)[0]) == cells(read(GOOD)[0])


def test_the_smaller_number_comes_first_whatever_the_order_of_the_row(read):
    mirrored = HEADER + "".join(row(j, i, 1) for i, j in ALL)
    assert cells(read(mirrored)[0]) == [(i, j, True) for i, j in ALL]


@pytest.mark.parametrize("again", [row(0, 1, 0), row(1, 0, 0)], ids=["repeated", "mirrored"])
def test_a_pair_given_twice_counts_once(read, again):
    pairs, dropped = read(GOOD + again)
    assert cells(pairs) == cells(read(GOOD)[0])
    assert counts(dropped) == {"pair given twice": 1}
    assert dropped["example"].tolist() == ["pairs.csv, line 68, as in line 2"]


@pytest.mark.parametrize("other", [row(0, 1, 1), row(1, 0, 1)], ids=["repeated", "mirrored"])
def test_a_pair_with_both_labels_is_refused_by_name(refusal, other):
    said = refusal(GOOD + other)
    assert "'track 0' by 'artist 0'" in said
    assert "'track 1' by 'artist 1'" in said
    assert "both similar and dissimilar, in lines 2 and 68: keep one" in said


def test_unknown_songs_are_left_out_and_counted(read):
    unknown = row(0, 99, 1) + row(98, 1, 0) + "track 0,artist 1,track 2,artist 2,1\n"
    pairs, dropped = read(GOOD + unknown)
    assert len(pairs) == len(ALL)
    assert counts(dropped) == {"song that the model does not know": 3}
    assert dropped["example"].tolist() == ["pairs.csv, line 68: 'track 99' by 'artist 99'"]


def test_a_file_of_unknown_songs_is_refused_with_one_of_them(refusal):
    said = refusal(HEADER + row(97, 98, 1) * 30)
    assert "has 0 pairs of two songs that the model knows, but 20 are needed" in said
    assert "30 x song that the model does not know, such as pairs.csv, line 2: 'track 97'" in said


def test_a_song_paired_with_itself_is_left_out_and_counted(read):
    pairs, dropped = read(GOOD + row(5, 5, 1))
    assert len(pairs) == len(ALL)
    assert counts(dropped) == {"song paired with itself": 1}


@pytest.mark.parametrize("label", ["2", "yes", "0.5", "-1", "nan", "1" * 999])
def test_a_third_label_is_refused_with_its_line(refusal, label):
    said = refusal(GOOD + row(0, 1, label))
    assert f"pairs.csv, line 68: similar={label[:40]!r} is not a label: write 1 for similar" in said


def test_a_label_may_have_spaces_around_it(read):
    assert cells(read(GOOD.replace(",1\n", ", 1 \n"))[0]) == cells(read(GOOD)[0])


def test_a_missing_file_is_refused_by_the_parameters_name():
    with pytest.raises(InputError, match=r"pairs_file=no/such.csv does not exist.*--set pairs_fi"):
        LabelledPairs.read("no/such.csv")


def test_a_folder_is_no_file_of_pairs(tmp_path):
    with pytest.raises(InputError, match="is a folder: name a file in it"):
        LabelledPairs.read(str(tmp_path))


def test_an_empty_file_is_refused(refusal):
    assert "pairs.csv is empty" in refusal("")


def test_missing_columns_are_refused_by_name(refusal):
    said = refusal(GOOD.replace("other_artist", "performer").replace("similar", "label"))
    assert "no column 'other_artist' and no column 'similar'; its columns are 'track'" in said
    assert "name its columns track, artist, other_track, other_artist, similar" in said


@pytest.mark.parametrize("n", [0, 1, LEAST_PAIRS - 1])
def test_too_few_pairs_are_refused_with_the_number_needed(refusal, n):
    content = HEADER + "".join(row(i, j, 1) for i, j in ALL[:n])
    assert f"has {n} pairs of two songs that the model knows, but 20 are needed" in refusal(content)


def test_the_least_number_of_pairs_is_enough(read):
    assert len(read(HEADER + "".join(row(i, j, 1) for i, j in ALL[:LEAST_PAIRS]))[0]) == 20


def test_one_class_alone_is_read(read):
    pairs, _ = read(HEADER + "".join(row(i, j, 0) for i, j in ALL))
    assert not pairs.similar.any()


def test_a_name_that_is_not_utf8_is_one_that_the_model_does_not_know(read):
    pairs, dropped = read(GOOD.encode() + b"caf\xe9,artist 0,track 1,artist 1,1\n")
    assert len(pairs) == len(ALL)
    assert counts(dropped) == {"song that the model does not know": 1}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("track 0,artist 0,track 1\n", "row without a label"),
        ('track 0,"art"ist 0,track 1,artist 1,1\n', "row with invalid quoting"),
        (f"{'endless ' * 500_000},a,b,c,1\n", "row with invalid quoting"),
        (f"{chr(0) * 500_000},a,b,c,1\n", "row with invalid quoting"),
        ("\0,a,\0,c,1\n", "song that the model does not know"),
    ],
    ids=["narrow", "quoted", "endless", "many NUL", "NUL"],
)
def test_a_damaged_row_is_left_out_and_counted(read, line, reason):
    pairs, dropped = read(GOOD + line)
    assert len(pairs) == len(ALL)
    assert counts(dropped) == {reason: 1}
    assert dropped["example"].str.len().max() < 200


def test_names_are_data_and_never_markup_or_formulas(read):
    nasty = ["=cmd()", "<script>alert(1)</script>", "$$ mood $$", "@SUM(A1)"]
    songs = song_table(12)
    songs.loc[:3, "track"] = nasty
    known = GOOD
    for place, name in enumerate(nasty):
        known = known.replace(f"track {place},", f"{name},")
    assert len(read(known, songs)[0]) == len(ALL)
    unknown = "".join(f"{name},nobody,track 4,artist 4,1\n" for name in nasty)
    _, dropped = read(GOOD + unknown)
    assert dropped["example"].tolist() == ["pairs.csv, line 68: '=cmd()' by 'nobody'"]
    _, dropped = read(GOOD + unknown.partition("\n")[2])
    assert "<script>" not in Table(dropped)._repr_html_()


# Halves


def labelled(n_similar, n_dissimilar):
    n = n_similar + n_dissimilar
    songs = np.arange(n)
    return Pairs(songs, songs + 1, songs < n_similar, songs, songs)


@pytest.mark.parametrize(("n_similar", "n_dissimilar"), [(60, 40), (61, 41), (2, 90), (50, 0)])
def test_the_halves_hold_every_pair_once_in_the_same_mixture(n_similar, n_dissimilar):
    pairs = labelled(n_similar, n_dissimilar)
    one, other = halves(pairs, seed=0)
    assert sorted(cells(one) + cells(other)) == cells(pairs)
    assert one.similar.sum() == (n_similar + 1) // 2
    assert (~one.similar).sum() == (n_dissimilar + 1) // 2


def test_one_seed_gives_one_split_and_another_seed_another():
    first = [cells(halves(labelled(60, 40), seed)[0]) for seed in (1, 1, 2)]
    assert first[0] == first[1] != first[2]


def test_a_file_that_was_read_once_serves_models_of_other_songs(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text(GOOD + "one,two\n")
    own = LabelledPairs.read(str(path))
    fewer = song_table(12).iloc[2:].reset_index(drop=True)
    _, dropped = own.known_to(fewer)
    assert counts(dropped) == {"row without a label": 1, "song that the model does not know": 21}
    assert counts(own.known_to(song_table(12))[1]) == {"row without a label": 1}


def test_every_pair_is_resampled_by_itself(read):
    pairs, _ = read(GOOD)
    assert pairs.one.tolist() == pairs.other.tolist() == list(range(len(pairs)))
