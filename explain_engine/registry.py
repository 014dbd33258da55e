"""Registries: adding a component is adding one file.

A registry is a package; each of its modules holds one component, and the component's name is the
module's name: ``segmenters/felzenszwalb.py`` holds the class ``Felzenszwalb``, a frozen dataclass
of parameters with one call. Modules called ``base`` or starting with ``_`` hold shared code.
Names are listed without importing anything. Other distributions add components through entry
points (the entry's name is the component's name, its value the class); a built-in name wins.

A parameter is a dataclass field; its metadata may hold ``help``, ``choices``, ``min`` and ``max``.
Standard library only: the site's web process uses this module too.
"""

from __future__ import annotations

import dataclasses
import inspect
import logging
import math
import pkgutil
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec

from explain_engine.errors import ComponentError

logger = logging.getLogger(__name__)

_SCALARS: dict[object, str] = {
    int: "whole number",
    float: "number",
    bool: "true or false",
    str: "text",
}


@dataclass(frozen=True)
class Registry:
    """The components found in one package and one entry-point group.

    Parameters
    ----------
    package : str
        Dotted name of the package whose modules are the components.
    entry_point_group : str or None
        Group under which other distributions add theirs.
    noun : str
        What to call a component in messages ("segmenter").
    """

    package: str
    entry_point_group: str | None = None
    noun: str = "component"
    _given: dict[str, type] = dataclasses.field(default_factory=dict, init=False, compare=False)

    def names(self) -> list[str]:
        """Return all names, sorted, without importing any component."""
        return sorted({*self._modules(), *self._entries(), *self._given})

    def use(self, components: Mapping[str, type]) -> None:
        """Offer these too, for this process; they replace those that an earlier call gave.

        Raises
        ------
        ComponentError
            If a name is taken.
        """
        for name in components:
            if name in self._modules() or name in self._entries():
                raise ComponentError(f"{self.noun} {name} exists already: choose another name.")
        self._given.clear()
        self._given.update(components)

    def get(self, name: str) -> type:
        """Return the component class called `name`.

        Raises
        ------
        ComponentError
            If there is none, or its module lacks the class.
        """
        if name in self._modules():
            module = import_module(f"{self.package}.{name}")
            class_name = _camel_case(name)
            if not hasattr(module, class_name):
                raise ComponentError(
                    f"Module {module.__name__} must hold a class named {class_name}, it has none."
                )
            return typing.cast(type, getattr(module, class_name))
        if name in self._given:
            return self._given[name]
        entries = self._entries()
        if name in entries:
            return typing.cast(type, entries[name].load())
        known = ", ".join(self.names()) or "none"
        raise ComponentError(f"{self.noun} must be one of {known}, got {name!r}.")

    def make(self, name: str, parameters: Mapping[str, object] | None = None) -> typing.Any:
        """Return the component `name` with `parameters`, each checked for name, type and range.

        Raises
        ------
        ComponentError
            If the name is unknown, a parameter is unknown, or a value breaks a rule.
        """
        return make_component(self.get(name), f"{self.noun} {name}", name, parameters or {})

    def describe(self, name: str) -> dict[str, object]:
        """Return name, help and parameters of a component, ready to become a form.

        Returns
        -------
        dict
            ``name``, ``help`` (the docstring's first paragraph), ``reads_files`` (whether its
            parameters are paths, so that no remote program may set them) and ``parameters``: a
            list of dicts with ``name``, ``type``, ``default``, ``help``, and ``choices``,
            ``min``, ``max`` where the field declares them.
        """
        component = self.get(name)
        types = typing.get_type_hints(component)
        parameters = []
        for field in dataclasses.fields(component):
            default = None if field.default is dataclasses.MISSING else field.default
            parameters.append(
                {
                    "name": field.name,
                    "type": _type_name(types[field.name]),
                    "default": default,
                    "help": str(field.metadata.get("help", "")),
                    **{
                        k: field.metadata[k]
                        for k in ("choices", "min", "max")
                        if k in field.metadata
                    },
                }
            )
        paragraph = (inspect.getdoc(component) or "").split("\n\n")[0]
        return {
            "name": name,
            "help": " ".join(paragraph.split()),
            "reads_files": bool(getattr(component, "reads_files", False)),
            "parameters": parameters,
        }

    def _modules(self) -> set[str]:
        spec = find_spec(self.package)
        if spec is None or spec.submodule_search_locations is None:
            raise ComponentError(f"Registry package {self.package!r} does not exist.")
        found = pkgutil.iter_modules(spec.submodule_search_locations)
        return {m.name for m in found if m.name != "base" and not m.name.startswith("_")}

    def _entries(self) -> dict[str, EntryPoint]:
        if self.entry_point_group is None:
            return {}
        return {entry.name: entry for entry in entry_points(group=self.entry_point_group)}


def make_component(
    component: type, title: str, name: str, parameters: Mapping[str, object]
) -> typing.Any:
    """Return the frozen dataclass `component` with `parameters`, each checked.

    Parameters
    ----------
    component : type
        The class.
    title, name : str
        What messages call it ("segmenter grid"), and its parameters ("grid").
    parameters : mapping
        Values by name; those not given take their defaults.

    Raises
    ------
    ComponentError
        If a parameter is unknown or missing, or a value breaks a rule.
    """
    fields = {field.name: field for field in dataclasses.fields(component)}
    types = typing.get_type_hints(component)
    for key, field in fields.items():
        is_needed = field.default is field.default_factory is dataclasses.MISSING
        if is_needed and key not in parameters:
            raise ComponentError(f"{title} needs the parameter {key}, got none.")
    values = {}
    for key, value in parameters.items():
        if key not in fields:
            known = ", ".join(fields) or "none"
            raise ComponentError(f"{title} takes the parameters {known}, got {key!r}.")
        values[key] = _check_value(f"{name}.{key}", value, types[key], fields[key].metadata)
    return component(**values)


def _camel_case(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _type_name(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _check_value(
    label: str, value: object, annotation: object, metadata: Mapping[str, typing.Any]
) -> object:
    allowed = typing.get_args(annotation) or (annotation,)
    if value is None and type(None) in allowed:
        return None
    if typing.get_origin(annotation) is tuple:
        if not isinstance(value, (tuple, list)):
            raise ComponentError(f"{label} must be a list, got {value!r}.")
        return tuple(_check_value(label, item, allowed[0], metadata) for item in value)
    if float in allowed and type(value) is int:
        value = float(value)
    scalars = [kind for kind in allowed if kind in _SCALARS]
    if scalars and type(value) not in scalars:
        wanted = " or ".join(_SCALARS[kind] for kind in scalars)
        raise ComponentError(f"{label} must be a {wanted}, got {value!r}.")
    if isinstance(value, float) and not math.isfinite(value):
        raise ComponentError(f"{label} must be finite, got {value!r}.")
    choices = metadata.get("choices")
    if choices is not None and value not in choices:
        listed = ", ".join(map(str, choices))
        raise ComponentError(f"{label} must be one of {listed}, got {value!r}.")
    if "min" in metadata and typing.cast(float, value) < metadata["min"]:
        raise ComponentError(f"{label} must be {metadata['min']} or more, got {value!r}.")
    if "max" in metadata and typing.cast(float, value) > metadata["max"]:
        raise ComponentError(f"{label} must be {metadata['max']} or less, got {value!r}.")
    return value
