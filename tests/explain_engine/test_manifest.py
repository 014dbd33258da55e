from __future__ import annotations

import hashlib
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import soundfile as sf

from explain_engine import Recipe, explain, load_audio
from explain_engine.clips import digest_bytes
from tests.explain_engine.test_explanation import make_recipe

pytestmark = pytest.mark.usefixtures("plugin")

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "manifest.schema.json").read_text(encoding="utf-8")
)


@pytest.fixture
def result(music_file):
    return explain(load_audio(music_file), make_recipe(targets=("low", "low minus high")))


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def test_manifest_follows_its_schema(result, tmp_path):
    manifest = read(result.save(tmp_path / "out"))

    jsonschema.validate(manifest, SCHEMA)
    assert Recipe.from_dict(manifest["recipe"]) == result.recipe
    assert manifest["recipe_digest"] == result.recipe.digest()
    assert manifest["recording_digest"] == result.recording_digest


def test_schema_refuses_a_manifest_with_a_key_too_many(result, tmp_path):
    manifest = read(result.save(tmp_path))
    manifest["clips"][0]["title"] = "x"

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(manifest, SCHEMA)


def test_each_clip_is_a_file_with_its_digest_and_equal_length(result, tmp_path):
    manifest = read(result.save(tmp_path))

    names = [clip["file"] for clip in manifest["clips"]]
    assert names[:3] == ["original.wav", "low_kept.wav", "low_removed.wav"]
    assert len(set(names)) == len(names) == 9
    sizes = set()
    for clip, record in zip(manifest["clips"], result.clip_records, strict=True):
        data = (tmp_path / clip["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == clip["sha256"]
        y, sr = sf.read(tmp_path / clip["file"], dtype="float32")
        assert np.array_equal(y, record.audio.y)
        sizes.add((len(data), sr))
    assert sizes == {(44 + 2 * 16_000, 8_000)}


def test_saving_twice_differs_in_the_run_part_only(music_file, tmp_path):
    manifests = []
    for name in ("first", "second"):
        result = explain(load_audio(music_file), make_recipe(), threads=1, batch_size=8)
        manifests.append(read(result.save(tmp_path / name)))

    run = [manifest.pop("run") for manifest in manifests]
    assert manifests[0] == manifests[1]
    assert run[0]["n_forwards"] == run[1]["n_forwards"]
    for path in (tmp_path / "first").iterdir():
        if path.name != "manifest.json":
            assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes()


def test_arrays_restore_masks_and_outputs(result, tmp_path):
    result.save(tmp_path)

    with np.load(tmp_path / "arrays.npz") as arrays:
        n = int(arrays["n_components"])
        masks = np.unpackbits(arrays["masks"], axis=1, count=n).astype(bool)
        assert np.array_equal(masks, result.attribution.masks)
        assert np.array_equal(arrays["labels"], result.labels)
        assert arrays["outputs"] == pytest.approx(result.attribution.outputs, abs=1e-6)
        assert np.array_equal(arrays["weights"], result.weights)


def test_components_say_where_they_lie(result, tmp_path):
    manifest = read(result.save(tmp_path))

    assert len(manifest["components"]) == manifest["n_components"] == result.components.n
    for component in manifest["components"]:
        assert 0 <= component["seconds"][0] < component["seconds"][1] <= 2.0
        assert 0 <= component["hz"][0] < component["hz"][1] <= 4_000
    assert sum(c["area_share"] for c in manifest["components"]) == pytest.approx(1)


def test_controls_record_difference_and_overlap(result, tmp_path):
    for clip in read(result.save(tmp_path))["clips"]:
        is_control = clip["kind"].startswith("control_")
        assert (clip["difference_to_kept"] is not None) == is_control
        assert (clip["overlap_with_kept"] is None) == (clip["kind"] == "original")


def test_no_partial_file_is_left(result, tmp_path):
    result.save(tmp_path)

    assert not [path for path in tmp_path.iterdir() if ".part" in path.name]


def test_digest_of_bytes_is_sha256():
    assert digest_bytes(b"") == hashlib.sha256(b"").hexdigest()
