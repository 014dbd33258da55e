"""A researcher's page of how listeners come to a study: its link, invitations, a panel."""

from __future__ import annotations

import csv
from collections import Counter

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from evalsite.common.errors import EarwitnessError
from evalsite.responses.invitations import make_invitations, revoke_invitation
from evalsite.responses.models import Invitation
from evalsite.responses.panels import (
    change_panel,
    count_recruits,
    panel_of,
    read_people,
    return_places,
)
from evalsite.responses.recruiting_forms import InvitationsForm, PanelForm, ReturnedForm
from evalsite.studies.models import Study
from evalsite.studies.queries import study_for


@require_safe
@login_required
def show_recruiting(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_for(request.user, slug)
    return show(request, study)


def show(
    request: HttpRequest,
    study: Study,
    *,
    form: InvitationsForm | None = None,
    panel_form: PanelForm | None = None,
    returned_form: ReturnedForm | None = None,
) -> HttpResponse:
    invitations = describe_invitations(request, study)
    counts = Counter(invitation["state"] for invitation in invitations)
    context = {
        "section": "studies",
        "study": study,
        "link": request.build_absolute_uri(reverse("welcome", args=[study.link_token])),
        "panel_link": make_panel_link(request, study),
        "form": form or InvitationsForm(study),
        "panel_form": panel_form or PanelForm(panel_of(study)),
        "returned_form": returned_form or ReturnedForm(),
        "recruits": count_recruits(study),
        "invitations": invitations,
        "counts": [(state.label, counts[state]) for state in Invitation.State],
    }
    return render(request, "studies/recruiting.html", context)


def make_panel_link(request: HttpRequest, study: Study) -> str:
    """As the panel wants it: Prolific fills what stands between {{% and %}}."""
    panel = panel_of(study)
    names = (panel.person_parameter, panel.study_parameter, panel.session_parameter)
    filled = "&".join(f"{name}={{{{%{name}%}}}}" for name in names)
    link = request.build_absolute_uri(reverse("welcome", args=[study.link_token]))
    return f"{link}?{filled}"


def describe_invitations(request: HttpRequest, study: Study) -> list[dict[str, object]]:
    return [
        {
            "number": invitation.number,
            "group": invitation.group,
            "state": invitation.state,
            "link": request.build_absolute_uri(reverse("welcome", args=[invitation.token])),
        }
        for invitation in study.invitations.all()
    ]


@require_POST
@login_required
def add_invitations(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_for(request.user, slug)
    form = InvitationsForm(study, request.POST)
    if not form.is_valid():
        return show(request, study, form=form)
    try:
        made = make_invitations(study=study, **form.cleaned_data)
    except EarwitnessError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{len(made)} made. Download the links and hand each to one.")
    return redirect("study_recruiting", slug=slug)


@require_POST
@login_required
def take_back(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    study = study_for(request.user, slug)
    try:
        revoke_invitation(invitation=get_object_or_404(study.invitations, number=number))
    except EarwitnessError as error:
        messages.error(request, str(error))
    return redirect("study_recruiting", slug=slug)


@require_safe
@login_required
def send_invitations(request: HttpRequest, slug: str) -> HttpResponse:
    """All of them as CSV."""
    study = study_for(request.user, slug)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{study.slug}-invitations.csv"'
    response["Cache-Control"] = "no-store"
    writer = csv.DictWriter(response, ("number", "group", "state", "link"))
    writer.writeheader()
    writer.writerows(describe_invitations(request, study))
    return response


@require_POST
@login_required
def save_panel(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_for(request.user, slug)
    form = PanelForm(panel_of(study), request.POST)
    if not form.is_valid():
        return show(request, study, panel_form=form)
    try:
        change_panel(study=study, **form.read_panel())
    except EarwitnessError as error:
        form.add_error(None, str(error))
        return show(request, study, panel_form=form)
    messages.success(request, "Saved. The codes are shown at each end only.")
    return redirect("study_recruiting", slug=slug)


@require_POST
@login_required
def take_places_back(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_for(request.user, slug)
    form = ReturnedForm(request.POST)
    if not form.is_valid():
        return show(request, study, returned_form=form)
    try:
        counts = return_places(study=study, people=read_people(form.cleaned_data["people"]))
    except EarwitnessError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            "{returned} given back; {finished} had finished here and keep theirs, {ended} had "
            "ended before, {unknown} never came.".format(**counts),
        )
    return redirect("study_recruiting", slug=slug)
