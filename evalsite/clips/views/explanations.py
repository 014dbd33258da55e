"""One explanation: watch it being made, listen to it, look at it, weigh it."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from evalsite.clips import queries, services
from evalsite.clips.level1 import choose_emotion
from evalsite.clips.models import Explanation
from evalsite.clips.presentation import show_explanation, show_job
from evalsite.common.errors import EarwitnessError
from evalsite.common.media import serve_blob


def find_explanation(request: HttpRequest, pk: int) -> Explanation:
    return get_object_or_404(queries.explanations_for(request.user), pk=pk)


@login_required
@require_GET
@never_cache
def explanation(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_explanation(request, pk)
    if found.state != Explanation.State.DONE:
        context = {"section": "library", "explanation": found, "job": show_job(found)}
        return render(request, "clips/explanation_waiting.html", context)
    target = request.GET.get("target", found.targets[0])
    if target not in found.targets:
        raise Http404("The explanation has no such target.")
    emotion = choose_emotion(found, target, request.GET.get("emotion"))
    if emotion is None and "emotion" in request.GET:
        raise Http404("The explanation has no such emotion.")
    clips = list(found.clips.filter(target__in=("", target)))
    context = {
        "section": "library",
        "explanation": found,
        "shown": show_explanation(found, target, emotion, clips),
    }
    return render(request, "clips/explanation.html", context)


@login_required
@require_GET
@never_cache
def explanation_state(request: HttpRequest, pk: int) -> JsonResponse:
    return JsonResponse({"entries": [show_job(find_explanation(request, pk))]})


@login_required
@require_POST
def retry_explanation(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_explanation(request, pk)
    try:
        services.retry_explanation(explanation=found)
    except EarwitnessError as error:
        messages.error(request, str(error))
    return redirect("explanation", pk)


@login_required
@require_POST
def delete_explanation(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_explanation(request, pk)
    try:
        services.delete_explanation(explanation=found)
    except EarwitnessError as error:
        messages.error(request, str(error))
        return redirect("explanation", pk)
    messages.success(request, "The explanation was removed.")
    return redirect("recording", found.recording_id)


@login_required
@require_POST
def reseed_explanation(request: HttpRequest, pk: int) -> HttpResponse:
    """The same recipe with a seed nobody chose: what stays was not chance."""
    found = find_explanation(request, pk)
    return ask_again(request, found, {"seed": secrets.randbelow(2**31)})


def ask_again(request: HttpRequest, found: Explanation, change: dict[str, Any]) -> HttpResponse:
    try:
        again, _ = services.request_explanation(
            recording=found.recording,
            model=found.model,
            recipe={**found.recipe, **change},
            other=found.other_recording,
        )
    except EarwitnessError as error:
        messages.error(request, str(error))
        return redirect("explanation", found.pk)
    return redirect("explanation", again.pk)


@login_required
@require_POST
def deepen_explanation(request: HttpRequest, pk: int) -> HttpResponse:
    """The same recipe with every mid-level feature as a target: the two levels then join."""
    found = find_explanation(request, pk)
    level1 = found.manifest.get("level1")
    if level1 is None:
        raise Http404("The model has no features that its emotions are made of.")
    targets = list(dict.fromkeys([*found.targets, *level1["features"]]))
    return ask_again(request, found, {"targets": targets})


@login_required
@require_safe
def explanation_manifest(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_explanation(request, pk)
    if not found.manifest:
        raise Http404("The explanation is not done yet.")
    text = json.dumps(found.manifest, indent=2, ensure_ascii=False)
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="explanation-{pk}.json"'
    return response


@login_required
@require_safe
def explanation_arrays(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_explanation(request, pk)
    return serve_blob(
        request,
        found.arrays_blob,
        content_type="application/octet-stream",
        file_name=f"explanation-{pk}.npz",
        as_attachment=True,
    )


@login_required
@require_safe
def clip_audio(request: HttpRequest, pk: int) -> HttpResponse:
    clip = get_object_or_404(queries.clips_for(request.user), pk=pk)
    parts = ("clip", clip.explanation_id, clip.target, clip.kind)
    name = "-".join(str(part) for part in parts if part)
    return serve_blob(
        request,
        clip.blob,
        content_type="audio/wav",
        file_name=f"{name}.wav",
        as_attachment="download" in request.GET,
    )
