"""Links that open a sitting. GET shows a page and consumes nothing; POST begins."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from evalsite.common.rate_limits import limit_posts
from evalsite.responses.models import Sitting
from evalsite.responses.presentation import name_on_device
from evalsite.responses.queries import (
    COOKIE_NAME,
    Invitation,
    find_withdrawal,
    invitation_for,
    sitting_for,
    sitting_of_link,
)
from evalsite.responses.services import begin_sitting, resume_sitting
from evalsite.responses.views.access import set_cookie, speak_to
from evalsite.responses.withdrawal import withdraw_sitting
from evalsite.studies.parts.withdrawal import keeps_answers
from evalsite.studies.queries import describe_load, protocol_of


@require_http_methods(["GET", "HEAD", "POST"])
@limit_posts("begin")
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    invitation = invitation_for(token)
    with speak_to(request, invitation.study):
        response = answer_invitation(request, invitation)
    response["Cache-Control"] = "no-store"
    return response


def answer_invitation(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    if not invitation.is_live:
        return render(request, "responses/not_open.html", {"state": invitation.study.state})
    if request.method == "POST":
        _, cookie = begin_sitting(invitation=invitation)
        response = redirect("sitting")
        set_cookie(response, request, cookie)
        return response
    return render(request, "responses/welcome.html", describe_welcome(request, invitation))


def describe_welcome(request: HttpRequest, invitation: Invitation) -> dict[str, object]:
    sitting = sitting_for(request.COOKIES.get(COOKIE_NAME))
    is_mine = (
        sitting is not None
        and sitting.study_id == invitation.study.pk
        and sitting.is_pilot == invitation.is_pilot
    )
    return {
        "protocol": protocol_of(invitation.study),
        "load": describe_load(invitation.study),
        "is_pilot": invitation.is_pilot,
        "can_continue": is_mine and sitting.state in (Sitting.State.STARTED, Sitting.State.AGREED),
        "has_finished": is_mine and sitting.state == Sitting.State.FINISHED,
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
