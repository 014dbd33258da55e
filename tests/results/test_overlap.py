"""From marked spans and an explanation's arrays to the overlap of each block."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from evalsite.common.blobs import publish_bytes
from evalsite.results.figures.analysed import Analysed
from evalsite.results.figures.overlap import measure_overlaps, read_profile
from evalsite.studies.services import open_study
from tests.factories import make_study
from tests.responses.listener import Listener, make_body
from tests.results.every_kind import unpack_export

pytestmark = pytest.mark.django_db

BLOCK = {
    "name": "where",
    "trial_type": "regions",
    "conditions": ["original", "kept", "control_area"],
    "practice": False,
    "ask_familiarity": False,
}
# Four bands, 20 frames of .1 s: component 1 is the second half second, 2 the last, 0 the rest.
LABELS = np.zeros((4, 20), dtype=np.uint16)
LABELS[:2, 5:10] = 1
LABELS[:, 15:] = 2


def publish_arrays(**arrays: object) -> str:
    file = io.BytesIO()
    np.savez_compressed(file, n_components=np.int64(3), **arrays)
    return publish_bytes(file.getvalue())


def make_explained(**arrays: object):
    """An open study of clips of 2 s in which components 1 and 2 are kept, weights 3 and −1."""
    study = make_study(seconds=2.0, blocks=[BLOCK])
    for item in study.items.all():
        explanation = item.explanation
        explanation.arrays_blob = publish_arrays(**arrays)
        explanation.manifest = {
            "targets": {"valence": {"weights": [0.5, 3, -1], "selected": [1, 2], "scores": []}},
            "components": [
                {"component": 0, "seconds": [0.0, 1.5]},
                {"component": 1, "seconds": [0.5, 1.0]},
                {"component": 2, "seconds": [1.5, 2.0]},
            ],
        }
        explanation.save()
    return open_study(study=study)


def mark_all(study, spans) -> None:
    listener = Listener(study).pass_pages()
    while listener.next()["step"] == "trial":
        trial = listener.open_trial()
        answer = {"spans": {"marked": spans}}
        assert listener.send(trial, make_body(trial, answer=answer)).status_code == 200


def test_profile_holds_the_kept_weights_where_they_sound():
    study = make_explained(labels=LABELS)

    profile = read_profile(study.items.first(), 2.0)

    assert len(profile) == 40
    assert profile.sum() == pytest.approx(4)
    assert profile[10:20] == pytest.approx(np.full(10, 0.3))
    assert profile[30:] == pytest.approx(np.full(10, 0.1))
    assert not profile[:10].any() and not profile[20:30].any()


def test_profile_of_sources_follows_their_shares():
    shares = np.zeros((3, 4, 20), dtype=np.float16)
    shares[1, :, 5:10] = 0.5
    shares[2, :, 15:] = 0.25

    study = make_explained(cell_shares=shares)

    expected = np.repeat([0, 0.3, 0, 0.1], 10)
    assert read_profile(study.items.first(), 2.0) == pytest.approx(expected)


def measure(study):
    (block,) = Analysed.of(study).blocks
    return measure_overlaps(block)


def test_overlap_of_each_condition():
    study = make_explained(labels=LABELS)
    for _ in range(3):
        mark_all(study, [[0.5, 1.0]])
    mark_all(study, "none")

    found = {row["condition"]: row for row in measure(study)["overlaps"]}

    assert list(found) == ["original", "kept", "control_area"]
    row = found["kept"]
    assert row["prompt"] == "marked"
    # Three of four of the weight in a quarter of the time.
    assert row["overlap"].details["captured"] == pytest.approx(0.75)
    assert row["overlap"].estimate == pytest.approx(0.5)
    n_nowhere = sum(one["overlap"].details["n_nowhere"] for one in found.values())
    assert n_nowhere == 3
    clip = next(one for one in measure(study)["clips"] if one["n"] > 1)
    assert clip["overlap"].details["captured"] == pytest.approx(0.75)


def test_explanation_without_arrays_has_no_overlap():
    study = open_study(study=make_study(seconds=2.0, blocks=[BLOCK]))
    mark_all(study, [[0.5, 1.0]])

    found = measure(study)

    assert {row["overlap"].reason for row in found["overlaps"]} == {"no_weight"}
    assert all(row["overlap"].reason for row in found["clips"])


def test_profiles_stand_in_the_data_set(tmp_path):
    study = make_explained(labels=LABELS)
    mark_all(study, [[0.5, 1.0]])

    folder = unpack_export(study, tmp_path)

    table = pd.read_csv(folder / "profiles.csv")
    items = study.items.filter(kind="main")
    assert sorted(set(table["item"])) == [item.number for item in items]
    own = table[table["item"] == items[0].number]
    assert own["weight"].to_numpy() == pytest.approx(read_profile(items[0], 2.0))
    assert own["start"].to_numpy() == pytest.approx(np.arange(40) / 20)
    assert own["end"].to_numpy() == pytest.approx(np.arange(1, 41) / 20)
    assert table.sort_values(["item", "start"]).equals(table)
