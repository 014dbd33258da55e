"""Studies and library at a glance."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evalsite.results.glance import (
    describe_latest,
    describe_studies,
    describe_workers,
    say_states,
)
from evalsite.results.queries import count_library


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    library = count_library(request.user)
    studies = describe_studies(request.user)
    if not studies and not library["done"]:
        context = {"library": library, "workers": describe_workers(request.user, library)}
        return render(request, "results/home_empty.html", context)
    context = {
        "section": "home",
        "studies": studies,
        "states": say_states(studies),
        "library": library,
        "workers": describe_workers(request.user, library),
        "latest": describe_latest(request.user),
    }
    return render(request, "results/home.html", context)
