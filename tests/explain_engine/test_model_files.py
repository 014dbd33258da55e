from __future__ import annotations

import pytest

from explain_engine.errors import EngineError
from explain_engine.model_files import read_model_file
from explain_engine.models import MODELS, use_model_files
from tests.explain_engine.adapters.own_models import CODE, write_model_file

FUNCTION = {"kind": "callable", "code": f"{CODE}:measure_level"}
TORCH = {"kind": "torch", "code": f"{CODE}:Sines", "weights": "w.safetensors"}
GRAPH = {"kind": "onnx", "weights": "w.safetensors"}
HEAD = {"module": "fc", "features": ["low"], "emotions": ["calm"]}


@pytest.fixture(autouse=True)
def _forget():
    yield
    use_model_files([])


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"nmae": "x"}, "'own.toml': nmae is unknown, known are name, title, kind, targets,"),
        ({"name": "No Spaces"}, "name must be up to 64 lower-case letters, .* got 'No Spaces'"),
        ({"name": 3}, "name must be a text, got 3"),
        ({"kind": "pickle"}, "kind must be one of torch, onnx, callable, a2mid2e, got 'pickle'"),
        ({"kind": None}, "kind must be a text, got None"),
        ({"targets": []}, r"targets must be a list of names, each once, got \[\]"),
        ({"targets": ["a", "a"]}, "targets must be a list of names, each once"),
        ({"targets": ["calm\nkept"]}, "targets must be a list of names, each once"),
        ({"title": "T" * 201}, "title must be one line of at most 200 letters"),
        ({"sr": 22050.5}, r"sr must be a whole number from 8000 to 192000 Hz, got 22050\.5"),
        ({"licence": ""}, "licence must be a text, got ''"),
        ({"card": None}, "card must be a text, got None"),
        ({"code": None}, "a model of kind callable must have code, got none"),
        ({"code": "os.system"}, "code must be package.module:Name, got 'os.system'"),
        ({"code": "no_such.module:f"}, "there is no module 'no_such.module'"),
        ({"code": "json.no_such:f"}, "there is no module 'json.no_such'"),
        ({"code": "sys:exit"}, "module 'sys' must be a file"),
        ({"front_end": {"name": "log_filtered"}}, "a model of kind callable has no front_end"),
        ({"weights": "gone.npz"}, r"weights must name a file, 'gone\.npz' is none"),
        ({**TORCH, "weights": None}, "a model of kind torch must have weights, got none"),
        ({**TORCH, "outputs": ["y"]}, "a model of kind torch has no outputs"),
        ({**TORCH, "arguments": 3}, "arguments must be a table, got 3"),
        ({**TORCH, "axes": ["samples", "channel"]}, "axes must be samples or channel, samples, g"),
        ({**TORCH, "head": {**HEAD, "emotions": ["sad"]}}, "emotions must be targets, 'sad' is n"),
        ({**TORCH, "head": {**HEAD, "features": ["calm"]}}, "'calm' as feature and emotion"),
        ({**TORCH, "head": {**HEAD, "layer": 1}}, "head layer is unknown, known are module"),
        ({**TORCH, "front_end": {"name": "mfcc"}}, "must be one of log_filtered, mel, got 'mfcc'"),
        (
            {**TORCH, "front_end": {"name": "log_filtered", "std": 0}},
            "front_end std must be above 0, got 0",
        ),
        (
            {**TORCH, "front_end": {"name": "log_filtered", "mean": "high"}},
            "mean must be a finite number, got 'high'",
        ),
        (
            {**TORCH, "front_end": {"name": "log_filtered", "bands": 3}},
            "front end log_filtered takes the parameters sr, .*, got 'bands'",
        ),
        (
            {**TORCH, "front_end": {"name": "log_filtered", "fps": "many"}},
            "log_filtered.fps must be a number, got 'many'",
        ),
        (
            {**TORCH, "front_end": {"name": "log_filtered", "fmin": -1.0}},
            "fmin must lie above 0 Hz",
        ),
        (
            {**TORCH, "front_end": {"name": "mel", "win_length": 400, "hop_length": 160}},
            "front end mel needs the parameter n_fft, got none",
        ),
        ({**GRAPH, "code": f"{CODE}:Sines"}, "a model of kind onnx has no code"),
        ({"name": "vibenet"}, "model vibenet exists already: choose another name"),
    ],
)
def test_model_file_that_breaks_a_rule_gets_a_sentence(tmp_path, entries, message):
    (tmp_path / "w.safetensors").write_bytes(b"read later")
    told = entries if entries.get("kind") in ("torch", "onnx") else {**FUNCTION, **entries}
    file = write_model_file(tmp_path, **told)

    with pytest.raises(EngineError, match=message) as caught:
        use_model_files([file])

    assert "\n" not in str(caught.value)
    assert MODELS.names() == ["a2mid2e", "vibenet"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: own", "must be TOML, 'm.toml' is not: "),
        ("\x00\xff", "must be TOML"),
        ("#" * (1 << 20) + "\n", "of at most 1 MB, 'm.toml' is larger"),
    ],
)
def test_what_is_no_model_file_gets_a_sentence(tmp_path, text, message):
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="latin-1")

    with pytest.raises(EngineError, match=message):
        read_model_file(path)


def test_arguments_are_what_json_can_say(tmp_path):
    (tmp_path / "w.safetensors").write_bytes(b"")
    path = write_model_file(tmp_path, **TORCH)
    path.write_text(path.read_text() + "\n[arguments]\nsince = 1979-05-27\n")

    with pytest.raises(EngineError, match=r"arguments must be texts, finite numbers, .* date"):
        read_model_file(path)


def test_missing_file_and_a_name_given_twice_get_a_sentence(tmp_path):
    with pytest.raises(EngineError, match=r"A model file must exist, got 'none\.toml'"):
        use_model_files([tmp_path / "none.toml"])
    file = write_model_file(tmp_path, **FUNCTION)
    with pytest.raises(EngineError, match="a name of its own, 'own' is twice"):
        use_model_files([file, file])


def test_weights_lie_beside_the_model_file_and_words_have_defaults(tmp_path):
    (tmp_path / "w.safetensors").write_bytes(b"")

    file = read_model_file(write_model_file(tmp_path, **TORCH, head=HEAD))

    assert file.weights == tmp_path / "w.safetensors"
    assert (file.title, file.axes) == ("own", ("samples",))
    assert file.all_targets == ("calm", "lively", "low")
    assert file.source is not None
    assert file.source.name == "own_models.py"
