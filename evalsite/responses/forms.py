"""The one validation of what a participant types, apart from trials."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from evalsite.studies.protocol import Protocol


class ConsentForm(forms.Form):
    agree = forms.BooleanField(
        error_messages={"required": _("Tick the box if you agree, or decline below.")}
    )


class AboutForm(forms.Form):
    """One choice a question of the protocol."""

    def __init__(self, protocol: Protocol, data: object = None) -> None:
        super().__init__(data)
        for question in protocol.about:
            self.fields[question.name] = forms.ChoiceField(
                label=question.label,
                choices=[(choice.value, choice.label) for choice in question.choices],
                widget=forms.RadioSelect,
                error_messages={"required": _("Choose one answer.")},
            )
