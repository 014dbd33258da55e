"""The list of studies, and making one."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from evalsite.common.errors import EarwitnessError
from evalsite.studies.forms import StudyForm
from evalsite.studies.models import Study
from evalsite.studies.presentation import (
    choose_sources,
    group_sources,
    list_targets,
    suggest_title,
)
from evalsite.studies.queries import (
    explanations_for,
    finished_explanations_for,
    studies_with_counts,
)
from evalsite.studies.services import create_study


@require_safe
@login_required
def list_studies(request: HttpRequest) -> HttpResponse:
    context = {
        "section": "studies",
        "studies": studies_with_counts(request.user),
        "has_explanations": finished_explanations_for(request.user).exists(),
    }
    return render(request, "studies/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def make_study(request: HttpRequest) -> HttpResponse:
    finished = list(finished_explanations_for(request.user))
    targets = list_targets(finished)
    if request.method == "POST":
        chosen = explanations_for(request.user, read_pks(request.POST.getlist("explanations")))
        form = StudyForm(targets, request.POST)
        if form.is_valid():
            study = try_to_create(request, form, chosen)
            if study is not None:
                messages.success(request, "The study is made. Try it yourself, then open it.")
                return redirect("study", slug=study.slug)
    else:
        given = explanations_for(request.user, read_pks(request.GET.getlist("explanation")))
        chosen = choose_sources(finished, {explanation.pk for explanation in given})
        target = chosen[0].targets[0] if chosen else ""
        form = StudyForm(
            targets, initial={"target": target, "title": suggest_title(chosen, target)}
        )
    groups = group_sources(finished, {explanation.pk for explanation in chosen})
    context = {"section": "studies", "form": form, "groups": groups}
    return render(request, "studies/new.html", context)


def try_to_create(request: HttpRequest, form: StudyForm, chosen: list) -> Study | None:
    """The study, or None with the broken rule on the form."""
    try:
        return create_study(
            owner=request.user,
            title=form.cleaned_data["title"],
            explanations=chosen,
            target=form.cleaned_data["target"],
            control=form.cleaned_data["control"],
            overrides=form.read_overrides(),
        )
    except EarwitnessError as error:
        form.add_error(None, str(error))
        return None


def read_pks(values: list[str]) -> list[int]:
    return [int(value) for value in values if value.isascii() and value.isdecimal()][:1000]
