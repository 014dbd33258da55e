"""The one validation of what a researcher types to recruit listeners."""

from __future__ import annotations

from django import forms

from evalsite.responses.invitations import MAX_AT_ONCE, list_groups
from evalsite.studies.models import Study


class InvitationsForm(forms.Form):
    n = forms.IntegerField(min_value=1, max_value=MAX_AT_ONCE, initial=10, label="How many")
    group = forms.ChoiceField(
        required=False,
        label="For",
        help_text="Who begins by one made for a group is counted in that group.",
    )

    def __init__(self, study: Study, data: object = None) -> None:
        super().__init__(data)
        groups = [(group, group) for group in list_groups(study)]
        self.fields["group"].choices = [("", "anybody"), *groups]
