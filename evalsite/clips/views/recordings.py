"""One recording: hear it, choose the excerpt, ask for an explanation."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evalsite.clips import engine, queries, services
from evalsite.clips.forms import RecipeForm, RecordingForm
from evalsite.clips.models import Recording
from evalsite.clips.presentation import draw_envelope, show_job
from evalsite.common.errors import EarwitnessError
from evalsite.common.media import serve_blob


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def recording(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(queries.recordings_for(request.user), pk=pk)
    form = RecipeForm(
        request.POST or None,
        recording=found,
        models=queries.list_models(),
        others=queries.recordings_for(request.user),
    )
    if request.method == "POST" and form.is_valid():
        try:
            explanation, is_new = services.request_explanation(
                recording=found,
                model=form.cleaned_data["model"],
                recipe=form.recipe(),
                other=form.cleaned_data["other"],
            )
        except EarwitnessError as error:
            form.add_error(None, str(error))
        else:
            if not is_new:
                messages.info(
                    request, "This recipe was asked before: here is its explanation, at no cost."
                )
            return redirect("explanation", explanation.pk)
    context = {
        "section": "library",
        "recording": found,
        "form": form,
        "words": RecordingForm(initial=vars(found)),
        "clipped": describe_clipping(found),
        "is_too_short": found.duration < engine.MIN_SECONDS,
        "min_seconds": engine.MIN_SECONDS,
        "max_seconds": engine.MAX_SECONDS,
        "waveform": draw_envelope(found.envelope, width=800, height=72),
        "jobs": [
            show_job(row)
            for row in queries.explanations_for(request.user)
            .filter(recording=found)
            .defer("manifest", "figures")
        ],
    }
    return render(request, "clips/recording.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def describe_recording(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(queries.recordings_for(request.user), pk=pk)
    form = RecordingForm(request.POST)
    if not form.is_valid():
        messages.error(request, next(iter(form.errors.values()))[0])
        return redirect("recording", pk)
    try:
        services.describe_recording(recording=found, **form.cleaned_data)
    except EarwitnessError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Saved.")
    return redirect("recording", pk)


@login_required
@require_POST
def delete_recording(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(queries.recordings_for(request.user), pk=pk)
    try:
        services.delete_recording(recording=found)
    except EarwitnessError as error:
        messages.error(request, str(error))
        return redirect("recording", pk)
    messages.success(request, f"“{found.title}” was deleted.")
    return redirect("library")


def describe_clipping(found: Recording) -> str:
    if not found.n_clipped:
        return ""
    return (
        f"{found.n_clipped:,} samples of the file lay beyond full scale and were clipped, "
        "as any player would."
    )


@login_required
@require_safe
def recording_audio(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(queries.recordings_for(request.user), pk=pk)
    return serve_blob(
        request, found.blob, content_type="audio/flac", file_name=f"recording-{found.pk}.flac"
    )
