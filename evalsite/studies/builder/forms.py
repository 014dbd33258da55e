"""The forms of a draft's pages but for its blocks. Validation is the protocol's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from evalsite.studies.builder.changes import Plain, set_value
from evalsite.studies.builder.fields import TextField, make_field
from evalsite.studies.builder.labels import find_label
from evalsite.studies.builder.places import find_line, is_about
from evalsite.studies.builder.special import SPECIAL
from evalsite.studies.language import LANGUAGES
from evalsite.studies.parts.withdrawal import ANONYMISE, DELETE
from evalsite.studies.protocol import BLOCK_ORDERS

CHOICES = {
    "block_order": BLOCK_ORDERS,
    "language": LANGUAGES,
    "withdrawal": (DELETE, ANONYMISE),
}
MAX_FILE_BYTES = 1_000_000


class SectionForm(forms.Form):
    """Its fields are named by their places in the protocol, as refusals name them."""

    def refuse(self, sentence: str) -> None:
        """Put a refusal to the field that it is about."""
        named = [name for name in self.fields if is_about(sentence, name)]
        self.add_error(max(named, key=len) if named else None, sentence)


class ValuesForm(SectionForm):
    """A field for each value under the given keys."""

    def __init__(self, plain: Plain, keys: Sequence[str], data: object = None) -> None:
        super().__init__(data)
        self.plain = plain
        self.special = [key for key in keys if key in SPECIAL]
        for key in keys:
            value = plain[key]
            if key in SPECIAL:
                self.fields.update(SPECIAL[key].make_fields(plain))
            elif isinstance(value, Mapping) and value and all_text(value):
                for name in value:
                    self._add(f"{key}.{name}", value[name])
            else:
                self._add(key, value)

    def _add(self, place: str, value: object) -> None:
        found = find_label(place)
        is_long = found.is_long or (isinstance(value, str) and "\n" in value)
        self.fields[place] = make_field(
            type(value),
            value,
            is_long=is_long,
            label=found.label,
            help_text=found.help,
            choices=CHOICES.get(place),
        )

    def change(self) -> Plain:
        plain = self.plain
        for place, value in self.cleaned_data.items():
            if place.partition(".")[0] not in self.special:
                plain = set_value(plain, place, value)
        read = {key: SPECIAL[key].read(plain, self.cleaned_data) for key in self.special}
        return {**plain, **read}


def all_text(value: Mapping[str, Any]) -> bool:
    return all(isinstance(entry, str) for entry in value.values())


class FileForm(SectionForm):
    """A protocol's whole text. A refusal names the line it is about."""

    protocol = TextField(
        label="Protocol",
        max_length=MAX_FILE_BYTES,
        widget=forms.Textarea(attrs={"rows": 32, "class": "mono", "spellcheck": "false"}),
        help_text="YAML or JSON. What is left out gets its default.",
    )
    line: int | None = None

    def refuse(self, sentence: str) -> None:
        self.line = find_line(self.cleaned_data["protocol"], sentence)
        self.add_error("protocol", f"Line {self.line}: {sentence}" if self.line else sentence)


class ImportForm(SectionForm):
    file = forms.FileField(
        label="Protocol file",
        help_text="YAML or JSON, as a study’s page gives it; its sources name explanations of "
        "yours.",
    )

    def clean_file(self) -> str:
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE_BYTES:
            raise forms.ValidationError(
                f"A protocol may have {MAX_FILE_BYTES:,} bytes, this file has {file.size:,}."
            )
        try:
            return file.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise forms.ValidationError("A protocol must be text in UTF-8.") from error

    def refuse(self, sentence: str) -> None:
        line = find_line(self.cleaned_data.get("file", ""), sentence)
        self.add_error("file", f"Line {line}: {sentence}" if line else sentence)
