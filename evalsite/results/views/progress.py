"""A study while it runs."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evalsite.results.progress import ACTIVE_MINUTES, follow_study
from evalsite.studies.queries import study_for


@require_safe
@login_required
@never_cache
def study_progress(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_for(request.user, slug)
    context = {
        "section": "studies",
        "study": study,
        "found": follow_study(study),
        "active_minutes": ACTIVE_MINUTES,
    }
    return render(request, "results/progress.html", context)
