"""The one validation of what a researcher types."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms

from evalsite.studies import texts
from evalsite.studies.qualities import MID_LEVEL

CONTROL_CHOICES = (
    ("control_area", "random parts of equal area"),
    ("control_energy", "random parts of equal energy"),
)


class StudyForm(forms.Form):
    title = forms.CharField(
        max_length=200,
        label="Title",
        help_text="For you and your colleagues; listeners never see it.",
    )
    target = forms.ChoiceField(
        label="Target",
        help_text="The output whose kept clips are played; each chosen explanation must have it.",
    )
    control = forms.ChoiceField(
        choices=CONTROL_CHOICES,
        initial="control_area",
        label="Control",
        help_text="What a clip that explains nothing sounds like: the yardstick.",
    )
    question = forms.CharField(max_length=200, initial=texts.QUESTION, label="Question")
    intro = forms.CharField(
        max_length=1000,
        initial=texts.INTRO,
        label="Instruction beside each clip",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    qualities = forms.MultipleChoiceField(
        choices=[(quality.name, quality.label) for quality in MID_LEVEL],
        initial=[quality.name for quality in MID_LEVEL],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one quality."},
    )
    offer_cant_tell = forms.BooleanField(required=False, initial=True)
    ask_confidence = forms.BooleanField(required=False, initial=True)
    ask_familiarity = forms.BooleanField(required=False, initial=True)
    practice = forms.BooleanField(required=False, initial=True)

    def __init__(self, targets: Iterable[str], data: object = None, initial: object = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["target"].choices = [(target, target) for target in targets]

    def read_overrides(self) -> dict[str, object]:
        """What this form decides of the protocol."""
        data = self.cleaned_data
        parameters: dict[str, object] = {
            "qualities": data["qualities"],
            "offer_cant_tell": data["offer_cant_tell"],
            "ask_familiarity": data["ask_familiarity"],
        }
        if not data["ask_confidence"]:
            parameters["confidence"] = []
        return {
            "question": data["question"],
            "intro": data["intro"],
            "practice": data["practice"],
            "parameters": parameters,
        }
