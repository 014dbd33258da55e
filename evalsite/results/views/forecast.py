"""What a study will take, with what is supposed said and changeable."""

from __future__ import annotations

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evalsite.results.forecast import (
    MOST_LISTENERS,
    POWER,
    RELIABILITY,
    Assumptions,
    forecast_study,
)
from evalsite.studies.models import Study
from evalsite.studies.presentation import name_condition
from evalsite.studies.queries import protocol_of, study_for


class AssumptionsForm(forms.Form):
    n_ratings = forms.IntegerField(
        label="Ratings an item", min_value=1, max_value=100, help_text="By different listeners."
    )
    correlation = forms.FloatField(
        label="Correlation of single ratings",
        min_value=0.01,
        max_value=0.99,
        help_text="How far two listeners agree about single clips. For scales.",
    )
    share = forms.FloatField(
        label="Share right",
        min_value=0.01,
        max_value=0.99,
        help_text="What you suppose listeners get right. For choices.",
    )


@require_safe
@login_required
def study_forecast(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_for(request.user, slug)
    supposed = suppose(study)
    form = AssumptionsForm({**vars(supposed), **request.GET.dict()})
    if form.is_valid():
        supposed = Assumptions(**form.cleaned_data)
    found = forecast_study(study, supposed)
    context = {
        "section": "studies",
        "study": study,
        "form": form,
        "found": found,
        "balance": [
            {"line": line, "condition": name_condition(line.condition)}
            for line in found.allocation.balance
        ],
        "most_listeners": MOST_LISTENERS,
        "power": round(100 * POWER),
        "wanted_reliability": RELIABILITY,
    }
    status = 200 if form.is_valid() else 400
    return render(request, "results/forecast.html", context, status=status)


def suppose(study: Study) -> Assumptions:
    """As many ratings as the protocol asks for, where it does."""
    asked = [block.ratings_per_item for block in protocol_of(study).blocks]
    given = [n for n in asked if n is not None]
    return Assumptions(n_ratings=min(100, max(given))) if given else Assumptions()
