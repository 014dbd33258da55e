"""Form fields for the values of a protocol, by what they are."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from django import forms

from evalsite.common.errors import EarwitnessError
from evalsite.studies import reading

SEPARATOR = "|"
LONG = 80


def spell_yaml(value: object) -> str:
    if value is None:
        return ""
    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=88)
    return text.removesuffix("...\n").rstrip("\n")


class TextField(forms.CharField):
    """Lines end as in a protocol's file, whatever the browser sends."""

    def clean(self, value: Any) -> str:
        return super().clean(value).replace("\r\n", "\n")


class YamlField(TextField):
    """Any value, as YAML."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else spell_yaml(value)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return reading.read_yaml(text, "This")
        except EarwitnessError as error:
            raise forms.ValidationError(str(error)) from error


class LinesField(TextField):
    """A list of texts, one a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else "\n".join(value or ())

    def explain(self) -> str:
        return "One a line."

    def clean(self, value: Any) -> Any:
        lines = super().clean(value).split("\n")
        return [line.strip() for line in lines if line.strip()]


class EntriesField(LinesField):
    """A list of entries, one a line: a ready-made name alone, or its parts between bars."""

    def __init__(self, *, entry: type, **options: Any) -> None:
        super().__init__(**options)
        self.kinds = typing.get_type_hints(entry)
        self.parts = [field.name for field in dataclasses.fields(entry)]

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str):
            return value
        return "\n".join(self._spell(entry) for entry in value or ())

    def explain(self) -> str:
        return f"One a line: a ready-made name, or {f' {SEPARATOR} '.join(self.parts)}."

    def clean(self, value: Any) -> list[object]:
        return [self._read(line) for line in super().clean(value)]

    def _spell(self, entry: str | Mapping[str, object]) -> str:
        if isinstance(entry, str):
            return entry
        told = [str(entry.get(part, "")) for part in self.parts]
        return f" {SEPARATOR} ".join(told).rstrip(f" {SEPARATOR}")

    def _read(self, line: str) -> object:
        if SEPARATOR not in line:
            return line
        given = [part.strip() for part in line.split(SEPARATOR)]
        if len(given) > len(self.parts):
            raise forms.ValidationError(
                f"A line may hold {f' {SEPARATOR} '.join(self.parts)}, got {len(given)} parts."
            )
        return {
            part: int(told) if self.kinds[part] is int and told.isdecimal() else told
            for part, told in zip(self.parts, given, strict=False)
            if told
        }


def make_field(kind: object, value: object, *, is_long: bool = False, **options: Any) -> Any:
    """The field for a value of this type (as annotations name it); any other type is YAML."""
    common = {"required": False, "initial": value, **options}
    if choices := common.pop("choices", None):
        return forms.ChoiceField(choices=[(name, name) for name in choices], **common)
    if kind is bool:
        return forms.BooleanField(**common)
    if kind is int:
        return forms.IntegerField(**common)
    if kind is float:
        return forms.FloatField(**common)
    if kind is str:
        if not is_long:
            return TextField(**common)
        return TextField(widget=forms.Textarea(attrs={"rows": count_rows(value)}), **common)
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is tuple and arguments[1:] == (...,):
        rows = forms.Textarea(attrs={"rows": max(2, min(12, len(_as_list(value))))})
        field: LinesField | None = None
        if arguments[0] is str:
            field = LinesField(widget=rows, **common)
        elif isinstance(arguments[0], type) and dataclasses.is_dataclass(arguments[0]):
            field = EntriesField(entry=arguments[0], widget=rows, **common)
        if field is not None:
            field.help_text = f"{field.help_text} {field.explain()}".strip()
            return field
    if not isinstance(value, Mapping | Sequence) or isinstance(value, str):
        return YamlField(widget=forms.TextInput, **common)
    rows = forms.Textarea(attrs={"rows": count_rows(spell_yaml(value)), "class": "mono"})
    return YamlField(widget=rows, **common)


def count_rows(value: object) -> int:
    """As many as a text needs at about 80 characters a line, from 2 to 16."""
    lines = str(value).split("\n")
    return max(2, min(16, sum(1 + len(line) // LONG for line in lines)))


def _as_list(value: object) -> Sequence[object]:
    return value if isinstance(value, Sequence) else ()
