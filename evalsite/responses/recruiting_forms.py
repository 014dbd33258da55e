"""The one validation of what a researcher types to recruit listeners."""

from __future__ import annotations

from django import forms

from evalsite.responses.invitations import MAX_AT_ONCE, list_groups
from evalsite.responses.models import Panel
from evalsite.responses.panels import OUTCOMES
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


OUTCOME_LABELS = {
    "completed": "Code for who finishes",
    "screened_out": "Code for who fails a sound check",
    "no_consent": "Code for who does not agree",
    "full": "Code for who finds no place left",
    "closed": "Code for whom the study closes on",
}


class PanelForm(forms.ModelForm):
    """Rules are the service's; this only says what is asked."""

    class Meta:
        model = Panel
        fields = ("person_parameter", "study_parameter", "session_parameter", "return_address")
        labels = {
            "person_parameter": "Name of the person’s number in the link",
            "study_parameter": "Name of the study’s number",
            "session_parameter": "Name of the session’s number",
            "return_address": "Address to return to",
        }
        help_texts = {"return_address": "With {code} where the code goes."}

    def __init__(self, panel: Panel, data: object = None) -> None:
        super().__init__(data, instance=panel)
        for outcome in OUTCOMES.values():
            self.fields[f"code_{outcome}"] = forms.CharField(
                required=False,
                max_length=64,
                label=OUTCOME_LABELS[outcome],
                initial=panel.codes.get(outcome, ""),
            )

    def list_codes(self) -> list[forms.BoundField]:
        return [self[f"code_{outcome}"] for outcome in OUTCOMES.values()]

    def list_names(self) -> list[forms.BoundField]:
        return [self[name] for name in self.Meta.fields]

    def read_panel(self) -> dict[str, object]:
        data = self.cleaned_data
        codes = {outcome: data[f"code_{outcome}"].strip() for outcome in OUTCOMES.values()}
        return {**{name: data[name] for name in self.Meta.fields}, "codes": codes}


class ReturnedForm(forms.Form):
    people = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        label="Who returned or timed out",
        help_text="Their numbers, or the panel’s whole CSV of submissions: of it those with the "
        "status RETURNED or TIMED-OUT are taken.",
    )
