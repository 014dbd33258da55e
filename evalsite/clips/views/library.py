"""The library at a glance, its queue, and taking in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from evalsite.clips import queries, services
from evalsite.clips.forms import UploadForm
from evalsite.clips.presentation import show_queue
from evalsite.common.errors import EarwitnessError

# Beyond it no database has a row, and SQLite refuses the number.
MAX_PK = 2**63 - 1


@login_required
@require_GET
@never_cache
def library(request: HttpRequest) -> HttpResponse:
    recordings = queries.list_library(request.user)
    context = {
        "section": "library",
        "recordings": recordings,
        "models": queries.list_models(),
        "queue": show_queue(queries.list_queue(request.user)),
    }
    return render(request, "clips/library.html", context)


@login_required
@require_GET
@never_cache
def queue(request: HttpRequest) -> JsonResponse:
    jobs = queries.list_queue(request.user)
    recording = request.GET.get("recording", "")
    if recording.isdecimal():
        jobs = jobs.filter(recording_id=min(int(recording), MAX_PK))
    return JsonResponse({"entries": show_queue(jobs)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def upload(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render_upload(request, UploadForm(), [])
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        if wants_json(request):
            sentence = " ".join(form.errors["files"])
            return JsonResponse({"files": [{"sentence": sentence}]}, status=400)
        return render_upload(request, form, [], status=400)
    results = [take_in(request, file) for file in form.cleaned_data["files"]]
    is_well = all("url" in result for result in results)
    if wants_json(request):
        return JsonResponse({"files": results}, status=200 if is_well else 400)
    if is_well and len(results) == 1:
        return redirect(results[0]["url"])
    return render_upload(request, UploadForm(), results, status=200 if is_well else 400)


def take_in(request: HttpRequest, file: UploadedFile) -> dict[str, Any]:
    """What became of one file: an address, or the sentence why not."""
    name = services.clean_file_name(file.name or "")
    try:
        recording, is_new = services.store_recording(
            owner=request.user, path=Path(file.temporary_file_path()), file_name=file.name or ""
        )
    except EarwitnessError as error:
        return {"file_name": name, "sentence": str(error)}
    url = reverse("recording", args=[recording.pk])
    if is_new:
        sentence = f"Added as “{recording.title}”."
    else:
        sentence = f"Already in your library as “{recording.title}”: the same samples."
    return {"file_name": name, "sentence": sentence, "url": url, "is_new": is_new}


def wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def render_upload(
    request: HttpRequest, form: UploadForm, results: list[dict[str, Any]], status: int = 200
) -> HttpResponse:
    context = {"section": "library", "form": form, "results": results}
    return render(request, "clips/upload.html", context, status=status)
