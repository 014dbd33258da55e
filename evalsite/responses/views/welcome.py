"""Links that open a sitting. GET shows a page and consumes nothing; POST begins."""

from __future__ import annotations

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from evalsite.common.errors import EarwitnessError
from evalsite.common.rate_limits import limit_posts
from evalsite.responses.beginning import InvitationSpent, begin_sitting
from evalsite.responses.models import Invitation, Sitting
from evalsite.responses.panels import Visitor, panel_of, read_visitor
from evalsite.responses.presentation import name_on_device
from evalsite.responses.queries import (
    COOKIE_NAME,
    Entrance,
    entrance_for,
    find_withdrawal,
    sitting_for,
    sitting_of_link,
)
from evalsite.responses.services import resume_sitting
from evalsite.responses.views.access import set_cookie, speak_to
from evalsite.responses.withdrawal import withdraw_sitting
from evalsite.studies.models import make_token
from evalsite.studies.parts.withdrawal import keeps_answers
from evalsite.studies.queries import describe_load, protocol_of

KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


@require_http_methods(["GET", "HEAD", "POST"])
@limit_posts("begin")
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    entrance = entrance_for(token)
    with speak_to(request, entrance.study):
        response = answer_entrance(request, entrance)
    response["Cache-Control"] = "no-store"
    return response


def answer_entrance(request: HttpRequest, entrance: Entrance) -> HttpResponse:
    mine = find_mine(request, entrance)
    try:
        visitor = read_visitor(panel_of(entrance.study), request.GET)
    except EarwitnessError:
        return render(request, "responses/link_incomplete.html", status=400)
    if not entrance.is_live:
        return render(request, "responses/not_open.html", {"state": entrance.study.state})
    if request.method == "POST":
        return begin(request, entrance, visitor)
    if is_spent(entrance) and mine is None:
        return refuse_spent(request, entrance)
    context = {**describe_welcome(entrance, mine), "is_from_panel": visitor is not None}
    return render(request, "responses/welcome.html", context)


def begin(request: HttpRequest, entrance: Entrance, visitor: Visitor | None) -> HttpResponse:
    key = request.POST.get("key", "")
    try:
        _, cookie = begin_sitting(
            entrance=entrance, key=key if KEY.fullmatch(key) else "", visitor=visitor
        )
    except InvitationSpent:
        if find_mine(request, entrance) is not None:
            return redirect("sitting")
        return refuse_spent(request, entrance)
    response = redirect("sitting")
    set_cookie(response, request, cookie)
    return response


def find_mine(request: HttpRequest, entrance: Entrance) -> Sitting | None:
    """What was begun on this device by the same link, or by another one of the study."""
    sitting = sitting_for(request.COOKIES.get(COOKIE_NAME))
    if sitting is None or sitting.study_id != entrance.study.pk:
        return None
    if entrance.invitation is not None:
        return sitting if sitting.invitation_id == entrance.invitation.pk else None
    return sitting if sitting.is_pilot == entrance.is_pilot else None


def is_spent(entrance: Entrance) -> bool:
    invitation = entrance.invitation
    return invitation is not None and invitation.state != Invitation.State.OPEN


def refuse_spent(request: HttpRequest, entrance: Entrance) -> HttpResponse:
    entrance.invitation.refresh_from_db()
    context = {"invitation": entrance.invitation}
    return render(request, "responses/invitation_spent.html", context, status=410)


def describe_welcome(entrance: Entrance, mine: Sitting | None) -> dict[str, object]:
    live = (Sitting.State.STARTED, Sitting.State.AGREED)
    return {
        "protocol": protocol_of(entrance.study),
        "load": describe_load(entrance.study),
        "is_pilot": entrance.is_pilot,
        "key": make_token(),
        "can_begin": not is_spent(entrance),
        "can_continue": mine is not None and mine.state in live,
        "has_finished": mine is not None and mine.state == Sitting.State.FINISHED,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: HttpRequest, token: str) -> HttpResponse:
    sitting = sitting_of_link(token)
    is_live = sitting.state in (Sitting.State.STARTED, Sitting.State.AGREED)
    if request.method == "POST" and not is_live:
        raise Http404("This sitting has ended.")
    if request.method == "POST":
        response = redirect("sitting")
        set_cookie(response, request, resume_sitting(sitting=sitting))
    else:
        url = request.build_absolute_uri(reverse("withdraw", args=[token]))
        context = {"is_live": is_live, "withdraw_url": url}
        with speak_to(request, sitting.study):
            response = render(request, "responses/resume.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST withdraws; afterwards the link says that it is done."""
    if request.method == "POST":
        withdraw_sitting(token=token)
        response: HttpResponse = redirect("withdraw", token)
    else:
        response = show_withdrawal(request, token)
    response["Cache-Control"] = "no-store"
    return response


def show_withdrawal(request: HttpRequest, token: str) -> HttpResponse:
    """The question, or that it is done."""
    done = find_withdrawal(token)
    study = (done or sitting_of_link(token)).study
    with speak_to(request, study):
        if done is not None:
            context: dict[str, object] = {"sitting_tag": name_on_device(token)}
            return render(request, "responses/withdrawn.html", context)
        keeps = keeps_answers(protocol_of(study))
        context = {"keeps_answers": keeps, "resume_url": reverse("resume", args=[token])}
        return render(request, "responses/withdraw.html", context)
