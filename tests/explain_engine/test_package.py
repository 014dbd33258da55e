from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import explain_engine


def test_import_loads_nothing_heavy():
    code = (
        "import explain_engine, explain_engine.registry, sys, json\n"
        "print(json.dumps([*sys.modules]))"
    )

    loaded = json.loads(subprocess.check_output([sys.executable, "-c", code]))

    assert {"numpy", "torch", "librosa", "scipy", "soundfile", "lime"} & set(loaded) == set()


def test_recipes_lists_and_renders_load_no_torch():
    code = (
        "import sys, explain_engine.rendering\n"
        "from explain_engine.recipe import EXPLAINERS, SEGMENTERS, Recipe\n"
        "from explain_engine.models import MODELS, describe_model\n"
        "Recipe(model='vibenet', targets=('valence',)).digest()\n"
        "[r.describe(n) for r in (EXPLAINERS, SEGMENTERS) for n in r.names()]\n"
        "[describe_model(n) for n in MODELS.names()]\n"
        "explain_engine.rendering.render('practice')\n"
        "explain_engine.read_audio_info\n"
        "print(*sorted({'torch', 'librosa', 'onnxruntime', 'onnx', 'skimage'} & set(sys.modules)))"
    )

    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == ""


@pytest.mark.parametrize("name", explain_engine.__all__)
def test_every_public_name_exists(name):
    assert getattr(explain_engine, name) is not None


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'explian'"):
        explain_engine.explian  # noqa: B018


def test_threads_that_wait_sleep_unless_somebody_says_otherwise():
    for given, expected in (({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")):
        code = "import os, explain_engine; print(os.environ['OMP_WAIT_POLICY'])"
        env = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
        done = subprocess.run(
            [sys.executable, "-c", code], env=env | given, capture_output=True, text=True
        )
        assert done.stdout.strip() == expected
