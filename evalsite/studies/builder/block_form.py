"""A block's form: its own fields, and of each trial type the parameters it declares."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import translation

from evalsite.common.errors import EarwitnessError
from evalsite.studies import trial_types
from evalsite.studies.blocks import ASSIGNMENTS, CONDITIONS, ORDERS, Block
from evalsite.studies.builder.changes import Plain, find_index, replace_block
from evalsite.studies.builder.fields import make_field
from evalsite.studies.builder.forms import SectionForm
from evalsite.studies.builder.labels import BLOCK_LABELS, make_label
from evalsite.studies.builder.places import is_about
from evalsite.studies.presentation import name_condition

CHOICES = {"assignment": ASSIGNMENTS, "order": ORDERS}
PARAMETERS, WHEN = "parameters", "when"


@dataclasses.dataclass(frozen=True)
class TypeOption:
    """A trial type as the page offers it."""

    name: str
    help: str
    fields: tuple[forms.BoundField, ...]


class BlockForm(SectionForm):
    """`change` gives the protocol's data with this block replaced."""

    def __init__(self, plain: Plain, name: str, data: object = None) -> None:
        super().__init__(data)
        self.plain, self.name = plain, name
        self.index = find_index(plain, name)
        self.block = plain["blocks"][self.index]
        kinds = typing.get_type_hints(Block)
        for own in list_own():
            self._add(own, kinds[own], self.block[own])
        for factor, levels in plain["between"].items():
            self._add_factor(factor, levels)
        for type_name in trial_types.list_names():
            self._add_parameters(type_name)

    def _add(self, name: str, kind: object, value: object) -> None:
        found = BLOCK_LABELS.get(name) or make_label(name)
        options: dict[str, Any] = {"label": found.label, "help_text": found.help}
        if name == "trial_type":
            options["choices"] = trial_types.list_names()
        if name == "conditions":
            self.fields[name] = forms.MultipleChoiceField(
                choices=[(one, name_condition(one)) for one in CONDITIONS],
                widget=forms.CheckboxSelectMultiple,
                required=False,
                initial=value,
                **options,
            )
            return
        if kind == int | None:
            kind = int
        self.fields[name] = make_field(
            kind, value, is_long=found.is_long, **{"choices": CHOICES.get(name), **options}
        )

    def _add_factor(self, factor: str, levels: list[str]) -> None:
        self.fields[f"{WHEN}.{factor}"] = forms.MultipleChoiceField(
            label=f"For listeners with {factor}",
            help_text="None chosen: for all.",
            choices=[(level, level) for level in levels],
            widget=forms.CheckboxSelectMultiple,
            required=False,
            initial=(self.block[WHEN] or {}).get(factor, []),
        )

    def _add_parameters(self, type_name: str) -> None:
        found = trial_types.find_class(type_name)
        kinds = typing.get_type_hints(found)
        described = trial_types.registry.describe(type_name)["parameters"]
        with translation.override(self.plain["language"]):
            values = self._read_values(type_name)
        for told in typing.cast(list[dict[str, Any]], described):
            name = told["name"]
            self.fields[name_field(type_name, name)] = make_field(
                kinds[name],
                values[name],
                label=make_label(name).label,
                help_text=told["help"],
                choices=told.get("choices"),
            )

    def _read_values(self, type_name: str) -> Mapping[str, object]:
        """The block's parameters or the type's defaults, ready-made entries as their names."""
        found = trial_types.find_class(type_name)
        own = self.block[PARAMETERS] if type_name == self.block["trial_type"] else {}
        made = found.from_parameters(own)
        values = made.to_parameters()
        for name, value in values.items():
            names = list_names(value)
            if names and is_same(found, {**values, name: names}, made):
                values[name] = names
        return values

    def change(self) -> Plain:
        given = self.cleaned_data
        block = {own: given[own] for own in list_own()}
        levels = {factor: given[f"{WHEN}.{factor}"] for factor in self.plain["between"]}
        block[WHEN] = {factor: chosen for factor, chosen in levels.items() if chosen} or None
        chosen = given["trial_type"]
        prefix = name_field(chosen, "")
        block[PARAMETERS] = {
            name.removeprefix(prefix): value
            for name, value in given.items()
            if name.startswith(prefix) and value is not None
        }
        for name in ("repeats", "catch", "training"):
            block[name] = block[name] or 0
        return replace_block(self.plain, self.name, block)

    def refuse(self, sentence: str) -> None:
        """Parameters are those of the chosen type: their fields are named by it."""
        told = sentence.removeprefix(f"blocks[{self.index}].")
        field = None
        if told != sentence:
            own = told.replace(f"{PARAMETERS}.", name_field(self.cleaned_data["trial_type"], ""), 1)
            named = [name for name in self.fields if is_about(own, name)]
            field = max(named, key=len) if named else None
        self.add_error(field, told)

    def list_types(self) -> list[TypeOption]:
        """For the page: of each trial type its help and its fields."""
        return [
            TypeOption(
                name,
                str(trial_types.registry.describe(name)["help"]),
                tuple(
                    self[field] for field in self.fields if field.startswith(name_field(name, ""))
                ),
            )
            for name in trial_types.list_names()
        ]

    def list_rest(self) -> list[forms.BoundField]:
        """For the page: the block's own fields but for name and trial type."""
        shown = [*list_own(), *(name for name in self.fields if name.startswith(f"{WHEN}."))]
        return [self[name] for name in shown if name not in ("name", "trial_type")]


def list_own() -> list[str]:
    """A block's fields that are values of their own."""
    apart = (PARAMETERS, WHEN)
    return [field.name for field in dataclasses.fields(Block) if field.name not in apart]


def name_field(type_name: str, parameter: str) -> str:
    return f"{type_name}-{parameter}"


def list_names(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        return []
    return [str(entry.get("name", "")) for entry in value]


def is_same(
    found: type[trial_types.TrialType], parameters: Mapping[str, Any], made: object
) -> bool:
    try:
        return found.from_parameters(parameters) == made
    except EarwitnessError:
        return False
