from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import is_dataclass

import pytest

from explain_engine.errors import ComponentError
from explain_engine.models import MODELS
from explain_engine.recipe import EXPLAINERS, SEGMENTERS
from explain_engine.registry import Registry

EVERY = [
    (registry, name) for registry in (SEGMENTERS, EXPLAINERS, MODELS) for name in registry.names()
]


def test_names_are_those_of_the_files():
    assert SEGMENTERS.names() == [
        "beats", "felzenszwalb", "frequency", "grid", "hpss", "nmf", "slic", "stems", "time",
    ]  # fmt: skip
    assert EXPLAINERS.names() == [
        "exhaustive", "integrated_gradients", "lime", "lime_reference", "occlusion", "random",
        "regions", "shapley",
    ]  # fmt: skip
    assert MODELS.names() == ["a2mid2e", "vibenet"]


def test_names_are_listed_without_importing():
    code = (
        "import sys; from explain_engine.registry import Registry\n"
        "Registry('explain_engine.segmenters').names()\n"
        "print('explain_engine.segmenters.grid' in sys.modules)"
    )

    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


@pytest.mark.parametrize(("registry", "name"), EVERY)
def test_every_component_is_a_frozen_dataclass_with_one_call(registry, name):
    component = registry.get(name)

    assert is_dataclass(component)
    assert component.__dataclass_params__.frozen
    assert callable(registry.make(name))


@pytest.mark.parametrize(("registry", "name"), EVERY)
def test_every_component_describes_itself_for_a_form(registry, name):
    described = json.loads(json.dumps(registry.describe(name)))

    assert described["name"] == name
    assert described["help"].endswith(".")
    for parameter in described["parameters"]:
        assert parameter["default"] is not None
    if registry is not MODELS:
        assert all(parameter["help"] for parameter in described["parameters"])


def test_describe_tells_type_default_help_and_range():
    parameters = SEGMENTERS.describe("grid")["parameters"]

    assert parameters[0] == {
        "name": "n_times",
        "type": "int",
        "default": 8,
        "help": "Parts along time",
        "min": 1,
        "max": 100,
    }


def test_unknown_name_names_the_known():
    with pytest.raises(
        ComponentError, match=r"segmenter must be one of beats, felzenszwalb, .*time, got 'x'"
    ):
        SEGMENTERS.get("x")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_rows": 3}, "segmenter grid takes the parameters n_times, n_bands, got 'n_rows'"),
        ({"n_times": 0}, "grid.n_times must be 1 or more, got 0"),
        ({"n_times": 101}, "grid.n_times must be 100 or less, got 101"),
        ({"n_times": 2.5}, "grid.n_times must be a whole number, got 2.5"),
        ({"n_times": True}, "grid.n_times must be a whole number, got True"),
        ({"n_times": "3"}, "grid.n_times must be a whole number, got '3'"),
    ],
)
def test_wrong_parameters_are_refused_by_rule_and_value(parameters, message):
    with pytest.raises(ComponentError, match=message):
        SEGMENTERS.make("grid", parameters)


def test_not_a_number_is_refused():
    with pytest.raises(ComponentError, match=r"lime.alpha must be finite, got nan"):
        EXPLAINERS.make("lime", {"alpha": float("nan")})


def test_whole_numbers_become_floats_where_floats_are_meant():
    assert EXPLAINERS.make("lime", {"alpha": 2}).alpha == 2.0
    assert type(EXPLAINERS.make("lime", {"alpha": 2}).alpha) is float


def test_module_without_its_class_is_named(tmp_path, monkeypatch):
    package = tmp_path / "odd_components"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "two_words.py").write_text("class Other: pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = Registry("odd_components")

    assert registry.names() == ["two_words"]
    with pytest.raises(ComponentError, match="must hold a class named TwoWords"):
        registry.get("two_words")


def test_other_distributions_add_components(plugin):
    assert MODELS.names() == [
        "a2mid2e", "broken", "deaf", "misshapen", "narrow", "opposed", "scaled_tiles", "sines",
        "tiles", "vibenet",
    ]  # fmt: skip
    assert MODELS.get("sines").targets == ("low", "high", "low minus high")
    assert "everything" in SEGMENTERS.names()


def test_missing_package_is_an_error():
    with pytest.raises(ComponentError, match="does not exist"):
        Registry("explain_engine.nothing").names()
