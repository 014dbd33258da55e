"""The one validation of what a participant types, apart from trials."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evalsite.studies.person_questions import PersonQuestion


class ConsentForm(forms.Form):
    agree = forms.BooleanField(
        error_messages={"required": gettext_lazy("Tick the box if you agree, or decline below.")}
    )


class WordsField(forms.CharField):
    """Text as NFC; a new line is one character, as the page counts it."""

    def to_python(self, value: object) -> str:
        return unicodedata.normalize("NFC", super().to_python(value).replace("\r\n", "\n"))


class QuestionsForm(forms.Form):
    """A field for each question, of the question's kind."""

    def __init__(self, questions: Sequence[PersonQuestion], data: object = None) -> None:
        super().__init__(data)
        for question in questions:
            self.fields[question.name] = _MAKERS[question.kind](question)

    def read_answers(self) -> dict[str, object]:
        """What was answered, by the question's name; what stayed empty is left out."""
        return {
            name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])
        }


def _describe(question: PersonQuestion, sentence: str) -> dict[str, object]:
    return {
        "label": question.label,
        "help_text": question.help,
        "required": question.required,
        "error_messages": {"required": sentence},
    }


def _make_choice(question: PersonQuestion) -> forms.Field:
    return forms.ChoiceField(
        choices=[(choice.value, choice.label) for choice in question.choices],
        widget=forms.RadioSelect,
        **_describe(question, _("Choose one answer.")),
    )


def _make_choices(question: PersonQuestion) -> forms.Field:
    return forms.MultipleChoiceField(
        choices=[(choice.value, choice.label) for choice in question.choices],
        widget=forms.CheckboxSelectMultiple,
        **_describe(question, _("Choose at least one answer.")),
    )


def _make_scale(question: PersonQuestion) -> forms.Field:
    is_named = len(question.labels) == question.points
    return forms.TypedChoiceField(
        choices=[
            (step, question.labels[step - 1] if is_named else str(step))
            for step in range(1, question.points + 1)
        ],
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect,
        **_describe(question, _("Choose one answer.")),
    )


def _make_number(question: PersonQuestion) -> forms.Field:
    make = forms.IntegerField if question.whole else forms.FloatField
    return make(
        min_value=question.low,
        max_value=question.high,
        **_describe(question, _("Enter a number.")),
    )


def _make_text(question: PersonQuestion) -> forms.Field:
    widget = forms.Textarea if question.kind == "long_text" else forms.TextInput
    return WordsField(
        max_length=question.at_most,
        widget=widget,
        **_describe(question, _("Write an answer.")),
    )


_MAKERS = {
    "choice": _make_choice,
    "choices": _make_choices,
    "scale": _make_scale,
    "number": _make_number,
    "text": _make_text,
    "long_text": _make_text,
}
