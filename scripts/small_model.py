"""Make the small model that comes with the library, from a study that has been trained.

    .venv/bin/python scripts/small_model.py results/archive --variant muse-text

The vectors that the study trained on its first split are projected on fewer dimensions and kept in
half precision, with a card that says what that costs on test playlists. The study must be one whose
playlists may be passed on as results: no playlist is in the model, but the names of songs are.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

import muse_lib
from muse_lib.data.corpora import CORPORA
from muse_lib.data.dataset import Dataset
from muse_lib.errors import InputError
from muse_lib.evaluation.scorecard import scorecard
from muse_lib.models.embedding import SONGS, VECTORS, Embedding
from muse_lib.models.estimator import MODEL
from muse_lib.models.muse.variants import Recipe
from muse_lib.models.unseen.methods import Affine
from muse_lib.models.unseen.placing import learn_names
from muse_lib.models.unseen.reading import FILE as READINGS
from muse_lib.models.unseen.reading import Readings
from muse_lib.paths import SMALL_MODEL
from muse_lib.report.card import Card
from muse_lib.report.explorer import agreement
from muse_lib.storage.files import read_json, read_tensors, replacing, write_json
from muse_lib.storage.results import Results

N_POPULAR, K = 100, 10
MEGABYTES = 4.0
"""More than that is not small: it stays with the project for good."""


def main() -> None:
    """Make it, or say in one sentence why not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("results", help="the study, such as results/archive")
    parser.add_argument("--variant", default="muse-text", help="which of its models (%(default)s)")
    parser.add_argument("--dim", type=int, default=64, help="length of a vector (%(default)s)")
    parser.add_argument("--out", type=Path, default=SMALL_MODEL, help="the folder to write")
    given = parser.parse_args()
    try:
        megabytes = make(Results(given.results), given.variant, given.dim, given.out)
    except InputError as error:
        sys.exit(f"small_model: {error}")
    print(f"{given.out} has {megabytes:.2f} MB.")


def make(study: Results, variant: str, dim: int, out: Path) -> float:
    """Write the model and its card into a folder, and return how many megabytes they have.

    Raises
    ------
    InputError
        If the study lacks something, or the model would not be small.
    """
    folder = study.find(f"artifacts/models/{variant}", "05_train")
    whole, dataset = Embedding.load(folder), Dataset.load(study)
    _, pedigree = read_tensors(folder / VECTORS, "run notebooks/05_train.ipynb again.")
    parameters = {name: pedigree[name] for name in Recipe().pedigree()}  # not where it was trained
    small = whole.reduced(dim).halved()
    megabytes = _size(small) / 1e6
    if megabytes > MEGABYTES:
        raise InputError(
            f"{len(small.songs):,} songs with {dim} numbers each take {megabytes:.1f} MB, more "
            f"than {MEGABYTES:g}: choose a smaller --dim."
        )
    small.save(out, parameters)
    write_json(out / MODEL, {"variant": variant, "parameters": parameters})
    # learned here, or the first song that is added would wait for 4,000 names to be encoded
    names = learn_names(Embedding.load(out), str(parameters["title_model"]))
    single = (part.astype(np.float32) for part in (names.matrix, names.offset))
    Readings(names=Affine(*single)).save(out)
    models = {variant: Embedding.load(out), f"{variant}, whole": whole}
    card = _card(study, dataset, variant, parameters, models)
    with replacing(out / "README.md") as draft:
        draft.write_text(card.text, "utf-8", newline="\n")
    return sum(path.stat().st_size for path in out.iterdir()) / 1e6


def _size(model: Embedding) -> int:
    """Return about how many bytes the files of a model take."""
    named = json.dumps(model.songs.to_dict("list"), separators=(",", ":"), ensure_ascii=False)
    return model.vectors.nbytes + model.biases.nbytes + len(named.encode())


def _card(
    study: Results,
    dataset: Dataset,
    variant: str,
    parameters: dict[str, object],
    models: dict[str, Embedding],
) -> Card:
    corpus = read_json(study.find("artifacts/corpus.json", "01_data"), "run 01_data again.")
    source = CORPORA[corpus["corpus"]]
    small, whole = models.values()
    popular = whole.search("", N_POPULAR)["song"].to_list()
    (kept,) = agreement(models, popular, K)["share"]
    vocabulary = dataset.vocabulary
    return Card(
        variant=variant,
        source=corpus["corpus"],
        about=source.about,
        licence=source.licence,
        size={
            "playlists": len(vocabulary.playlists),
            "songs": len(vocabulary.songs),
            "memberships": int(vocabulary.popularity.sum()),
        },
        left_out={"playlist kept for validation and test": int((dataset.parts != "train").sum())},
        shape=small.vectors.shape,
        precision="float16",
        share_once=float(np.mean(vocabulary.popularity == 1)),
        parameters=parameters,
        version=muse_lib.__version__,
        files={
            f"{VECTORS}, {SONGS}, {MODEL}": "the model, for muse_lib.MuSE.load",
            READINGS: "how names of other songs map to vectors, for MuSE.add",
        },
        metrics=scorecard(dataset, models, int(str(parameters["seed"]))),
        how=[
            f"This is a small copy: the unit vectors of the trained model, of "
            f"{whole.vectors.shape[1]} numbers each, were projected onto the "
            f"{small.vectors.shape[1]} directions that best preserve the cosines, and rounded to "
            f"half precision. Of the {K} songs nearest to each of the {len(popular)} most popular "
            f"ones, {kept:.0%} are the same as before; the metrics below are those of both."
        ],
    )


if __name__ == "__main__":
    main()
