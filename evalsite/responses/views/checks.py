"""Headphone checks: the page of a round, its sound, its answer."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evalsite.common.errors import EarwitnessError
from evalsite.common.media import serve_blob
from evalsite.responses import checks
from evalsite.responses.flow import find_next_step
from evalsite.responses.models import Sitting
from evalsite.responses.payload import PayloadError, read_submission
from evalsite.responses.presentation import describe_frame, draw_measures
from evalsite.responses.views.access import answer_error, needs_sitting, redirect_to_next
from evalsite.responses.views.trials import name_code, read_body
from evalsite.studies.checks import registry


@require_http_methods(["GET", "HEAD", "POST"])
@needs_sitting
def show_checks(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    """The round that is next; between two attempts the offer of another one, taken by POST."""
    if find_next_step(sitting).name != "checks":
        return redirect_to_next(sitting)
    check = checks.find_check(sitting)
    current = checks.open_checks(sitting=sitting)
    if check is None:
        checks.settle_checks(sitting=sitting)
        return redirect("sitting")
    if current is None:
        if request.method == "POST":
            checks.lay_out_attempt(sitting=sitting, check=check)
            return redirect("checks")
        return render(request, "responses/check_again.html", describe_frame(request, sitting))
    if request.method == "GET":
        checks.stamp_round(check_round=current)
    described = checks.describe_round(current) or {}
    kind = registry.get(current.kind)
    context = {
        **describe_frame(request, sitting),
        **described,
        "check": {"title": kind.title, "question": kind.question, "intro": kind.intro},
        "n_rounds": kind.n_rounds,
        "n_done": current.number - 1,
        "progress": {
            "measures": draw_measures(kind.n_rounds, current.number - 1, current.number),
            "n_trials": kind.n_rounds,
            "n_done": current.number - 1,
        },
        "min_heard": "once",
        "player": {"is_once": True},
    }
    return render(request, "responses/check.html", context)


@csrf_exempt  # As with trials: the cookie and the content type are what a foreign page cannot send.
@require_POST
@needs_sitting
def receive_check(request: HttpRequest, sitting: Sitting, name: str) -> JsonResponse:
    try:
        submission = read_submission(read_body(request))
        checks.submit_round(sitting=sitting, name=name, submission=submission)
    except PayloadError as error:
        return answer_error("invalid", str(error), status=error.status, field=error.field)
    except Http404 as error:
        return answer_error("not_found", str(error), status=404, next_url=reverse("sitting"))
    except EarwitnessError as error:
        return answer_error(
            name_code(error), str(error), status=error.status, next_url=reverse("sitting")
        )
    sitting.refresh_from_db()
    return JsonResponse({"v": 2, "key": submission.key, "next": find_next_step(sitting).url})


@require_safe
@needs_sitting
def send_check(request: HttpRequest, sitting: Sitting, name: str) -> HttpResponse:
    """The sound of the round that is next, or of an answered one."""
    check_round = get_object_or_404(sitting.check_rounds, name=name)
    if check_round.presented_at is None:
        raise Http404("There is no such round.")
    return serve_blob(request, check_round.blob, content_type="audio/wav", file_name="clip.wav")
