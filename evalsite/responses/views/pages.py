"""The pages around the trials: consent, instructions, breaks, debriefing, the end."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from evalsite.responses import services
from evalsite.responses.checks import describe_round, open_checks
from evalsite.responses.flow import (
    QUESTION_PAGES,
    find_next_step,
    find_next_trial,
    find_pause,
    find_questions,
)
from evalsite.responses.forms import ConsentForm
from evalsite.responses.models import Sitting
from evalsite.responses.panels import find_return
from evalsite.responses.presentation import describe_frame, describe_trial
from evalsite.responses.time_left import estimate_minutes_left
from evalsite.responses.views.access import needs_sitting, read_post, redirect_to_next
from evalsite.studies.parts.withdrawal import keeps_answers
from evalsite.studies.queries import describe_load, protocol_of


@require_safe
@needs_sitting
def go_on(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    return redirect_to_next(sitting)


@require_GET
@needs_sitting
def describe_next(request: HttpRequest, sitting: Sitting) -> JsonResponse:
    """For programs: which page comes next, and what a trial asks."""
    step = find_next_step(sitting)
    body: dict[str, object] = {"v": 2, "step": step.name, "url": step.url}
    if step.trial is not None:
        body["trial"] = describe_trial(step.trial)
    if step.name in QUESTION_PAGES:
        questions = find_questions(protocol_of(sitting.study), step.name)
        body["questions"] = [question.to_plain() for question in questions]
    if step.name == "checks":
        body["round"] = describe_round(open_checks(sitting=sitting))
    return JsonResponse(body)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_sitting
def consent(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    if find_next_step(sitting).name != "consent":
        return redirect_to_next(sitting)
    form = ConsentForm(read_post(request))
    if request.method == "POST" and form.is_valid():
        services.agree_to_consent(sitting=sitting)
        return redirect("sitting")
    protocol = protocol_of(sitting.study)
    context = {
        "protocol": protocol,
        "load": describe_load(sitting.study),
        "keeps_answers": keeps_answers(protocol),
        "form": form,
    }
    return render(request, "responses/consent.html", context)


@require_POST
@needs_sitting
def decline(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    services.decline_consent(sitting=sitting)
    return redirect("sitting")


@require_http_methods(["GET", "HEAD", "POST"])
@needs_sitting
def instructions(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    if find_next_step(sitting).name != "instructions":
        return redirect_to_next(sitting)
    if request.method == "POST":
        services.pass_page(sitting=sitting, name="instructions")
        return redirect("sitting")
    context = {
        "protocol": protocol_of(sitting.study),
        "signals": [describe_piece(sitting)],
    }
    return render(
        request, "responses/instructions.html", {**context, **describe_frame(request, sitting)}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs_sitting
def debrief(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    if find_next_step(sitting).name != "debrief":
        return redirect_to_next(sitting)
    if request.method == "POST":
        services.pass_debrief(sitting=sitting)
        return redirect("sitting")
    context = {"protocol": protocol_of(sitting.study), **describe_frame(request, sitting)}
    return render(request, "responses/debrief.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_sitting
def pause(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    trial = find_next_trial(sitting)
    protocol = protocol_of(sitting.study)
    if find_next_step(sitting).name != "pause" or trial is None:
        return redirect_to_next(sitting)
    found = find_pause(sitting, trial, protocol)
    if request.method == "POST" and found is not None:
        services.pass_page(sitting=sitting, name=found.name)
        return redirect("sitting")
    context = {
        "pause": found,
        "minutes_left": estimate_minutes_left(sitting),
        **describe_frame(request, sitting),
    }
    return render(request, "responses/pause.html", context)


def describe_piece(sitting: Sitting) -> dict[str, object]:
    """The piece that sets the volume, as the player takes it."""
    url, seconds = reverse("sitting_piece"), sitting.study.piece_seconds
    return {"label": "A", "url": url, "duration": seconds}


def show_end(name: str):
    """The page of an end: thanks, declined, closed."""

    @require_safe
    @needs_sitting
    def show(request: HttpRequest, sitting: Sitting) -> HttpResponse:
        if find_next_step(sitting).name != name:
            return redirect_to_next(sitting)
        context = {
            "protocol": protocol_of(sitting.study),
            "panel_return": find_return(sitting, name),
            **describe_frame(request, sitting),
        }
        return render(request, f"responses/{name}.html", context)

    return show
