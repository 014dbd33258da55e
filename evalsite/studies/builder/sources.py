"""Which finished explanations a draft uses, each for which of its targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms

from evalsite.clips.models import Clip, Explanation
from evalsite.studies.builder.changes import Plain
from evalsite.studies.builder.forms import SectionForm
from evalsite.studies.presentation import group_sources


@dataclass(frozen=True)
class TargetOption:
    value: str
    target: str
    is_chosen: bool


@dataclass(frozen=True)
class SourceOption:
    """An explanation as the page offers it, with its targets to choose."""

    explanation: Explanation
    kept: Clip | None
    excerpt: str
    targets: tuple[TargetOption, ...]


class SourcesForm(SectionForm):
    sources = forms.MultipleChoiceField(
        required=False,
        error_messages={"invalid_choice": "Sources must be finished explanations of yours."},
    )

    def __init__(self, plain: Plain, finished: Sequence[Explanation], data: object = None) -> None:
        super().__init__(data)
        self.plain, self.finished = plain, finished
        self.given = {
            name_source(entry["explanation"], entry["target"]): entry for entry in plain["sources"]
        }
        offered = [name_source(row.pk, target) for row in finished for target in row.targets]
        self.fields["sources"].choices = [(value, value) for value in offered]
        self.fields["sources"].initial = list(self.given)

    def change(self) -> Plain:
        """Those that stay keep their order; new ones come after them."""
        chosen = self.cleaned_data["sources"]
        stay = [entry for value, entry in self.given.items() if value in chosen]
        new = [value.split(":", 1) for value in chosen if value not in self.given]
        added = [{"explanation": int(pk), "target": target} for pk, target in new]
        return {**self.plain, "sources": [*stay, *added]}

    def list_options(self) -> list[SourceOption]:
        chosen = set(self["sources"].value() or ())
        return [
            SourceOption(
                row.explanation,
                row.kept,
                row.excerpt,
                tuple(
                    TargetOption(value, target, value in chosen)
                    for target in row.explanation.targets
                    for value in [name_source(row.explanation.pk, target)]
                ),
            )
            for group in group_sources(self.finished, ())
            for row in group.rows
        ]


def name_source(explanation: int, target: str) -> str:
    return f"{explanation}:{target}"
