"""A trial: its page, its clip, its answer."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from evalsite.common.errors import EarwitnessError
from evalsite.common.media import serve_blob
from evalsite.responses.flow import find_next_step
from evalsite.responses.models import Sitting
from evalsite.responses.payload import MAX_BYTES, PayloadError, PayloadTooLarge, read_submission
from evalsite.responses.pictures import find_picture
from evalsite.responses.presentation import describe_frame, describe_page
from evalsite.responses.queries import audible_signal_for, trial_for
from evalsite.responses.services import (
    Receipt,
    find_feedback,
    open_trial,
    return_to_places,
    submit_answer,
)
from evalsite.responses.views.access import answer_error, needs_sitting, redirect_to_next


@require_safe
@needs_sitting
def show_trial(request: HttpRequest, sitting: Sitting, name: str) -> HttpResponse:
    """The current trial, or an answered one as answered. Notes when it is shown first."""
    trial = trial_for(sitting, name)
    if hasattr(trial, "response"):
        context = {"trial": trial, **describe_frame(request, sitting)}
        return render(request, "responses/answered.html", context)
    if request.method == "GET" and return_to_places(sitting=sitting):
        sitting.refresh_from_db()
        return redirect_to_next(sitting)
    step = find_next_step(sitting)
    if step.trial is None or step.trial.pk != trial.pk:
        return redirect_to_next(sitting)
    if request.method == "GET":
        open_trial(sitting=sitting, trial=trial)
    return render(request, "responses/trial.html", describe_page(request, sitting, trial))


# No CSRF token: an answer may wait on a device for longer than any token lives. A foreign page
# can send neither the cookie (SameSite=Lax) nor this content type (no CORS).
@csrf_exempt
@require_POST
@needs_sitting
def receive_answer(request: HttpRequest, sitting: Sitting, name: str) -> JsonResponse:
    try:
        receipt = submit_answer(
            sitting=sitting, trial_name=name, submission=read_submission(read_body(request))
        )
    except PayloadError as error:
        return answer_error("invalid", str(error), status=error.status, field=error.field)
    except Http404 as error:
        return answer_error("not_found", str(error), status=404, next_url=reverse("sitting"))
    except EarwitnessError as error:
        sitting.refresh_from_db()
        return answer_error(
            name_code(error), str(error), status=error.status, next_url=find_next_step(sitting).url
        )
    sitting.refresh_from_db()
    return acknowledge(receipt, find_next_step(sitting).url)


@require_safe
@needs_sitting
def send_clip(request: HttpRequest, sitting: Sitting, name: str) -> HttpResponse:
    signal = audible_signal_for(sitting, name, find_next_step(sitting).trial)
    return serve_blob(request, signal.blob, content_type="audio/wav", file_name="clip.wav")


@require_safe
@needs_sitting
def send_picture(request: HttpRequest, sitting: Sitting, name: str) -> HttpResponse:
    """The picture beside the current trial or an answered one, if it has any."""
    trial = trial_for(sitting, name)
    current = find_next_step(sitting).trial
    is_current = current is not None and current.pk == trial.pk
    picture = find_picture(trial) if is_current or hasattr(trial, "response") else None
    if picture is None:
        raise Http404("There is no such picture.")
    response = HttpResponse(picture, content_type="image/png")
    response["Cache-Control"] = "private, max-age=3600"
    return response


@require_safe
@needs_sitting
def send_piece(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    """The piece that sets the volume; no trial's clip."""
    blob = sitting.study.piece_blob
    return serve_blob(request, blob, content_type="audio/wav", file_name="clip.wav")


def read_body(request: HttpRequest) -> bytes:
    if request.content_type != "application/json":
        raise PayloadError("body", "The body must be application/json.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MAX_BYTES:
        raise PayloadTooLarge("body", f"The body must have {MAX_BYTES} bytes or fewer.")
    return request.body


def acknowledge(receipt: Receipt, next_url: str) -> JsonResponse:
    response = receipt.response
    body = {
        "v": 2,
        "key": response.idempotency_key,
        "answer": response.answer,
        "is_new": receipt.is_new,
        "next": next_url,
    }
    feedback = find_feedback(response)
    return JsonResponse({**body, "feedback": feedback} if feedback else body)


def name_code(error: EarwitnessError) -> str:
    """SittingEnded becomes "sitting_ended"."""
    name = type(error).__name__
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")
