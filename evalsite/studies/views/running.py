"""One study: look at the draft, open it, share it, close it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from evalsite.common.errors import EarwitnessError
from evalsite.studies import services
from evalsite.studies.models import Study
from evalsite.studies.presentation import describe_block, describe_items, name_condition
from evalsite.studies.queries import count_flow, describe_load, protocol_of, study_for
from evalsite.studies.readiness import check_study

FORMATS = {"yaml": "application/yaml", "json": "application/json"}


@require_safe
@login_required
def show_study(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_for(request.user, slug)
    protocol = protocol_of(study)
    checks = check_study(study) if study.state == Study.State.DRAFT else []
    context = {
        "section": "studies",
        "study": study,
        "protocol": protocol,
        "blocks": [describe_block(block) for block in protocol.blocks],
        "n_arms": study.arms.count(),
        "conditions": [name_condition(name) for name in protocol.conditions],
        "items": describe_items(study),
        "load": describe_load(study),
        "checks": checks,
        "is_ready": all(check.is_kept for check in checks),
        "flow": count_flow(study),
        "link": request.build_absolute_uri(reverse("welcome", args=[study.link_token])),
        "pilot_link": request.build_absolute_uri(reverse("welcome", args=[study.pilot_token])),
    }
    return render(request, "studies/study.html", context)


@require_safe
@login_required
def send_protocol(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    study = study_for(request.user, slug)
    protocol = protocol_of(study)
    text = protocol.to_yaml() if form == "yaml" else protocol.to_json()
    response = HttpResponse(text, content_type=f"{FORMATS[form]}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{study.slug}.{form}"'
    return response


def change(service: Callable[..., object], done: str, target: str):
    """A view that calls a service on a study and says what came of it."""

    @require_POST
    @login_required
    def view(request: HttpRequest, slug: str) -> HttpResponse:
        study = study_for(request.user, slug)
        try:
            service(study=study)
        except EarwitnessError as error:
            messages.error(request, str(error))
            return redirect("study", slug=slug)
        messages.success(request, done)
        return redirect(target) if target == "studies" else redirect(target, slug=slug)

    return view


@require_POST
@login_required
def duplicate_study(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_for(request.user, slug)
    try:
        copy = services.duplicate_study(study=study)
    except EarwitnessError as error:
        messages.error(request, str(error))
        return redirect("study", slug=slug)
    messages.success(request, "A draft with the same protocol.")
    return redirect("study", slug=copy.slug)


open_study = change(services.open_study, "The study is open. Share its link.", "study")
close_study = change(services.close_study, "The study is closed. See its results.", "study")
delete_draft = change(services.delete_draft, "The draft was deleted.", "studies")
