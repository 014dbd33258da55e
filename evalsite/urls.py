"""Addresses."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("evalsite.common.urls")),
    path("", include("evalsite.results.urls")),
    path("library/", include("evalsite.clips.urls")),
    path("studies/", include("evalsite.studies.urls")),
    path("", include("evalsite.responses.urls")),
    path("api/v1/", include("evalsite.api.urls")),
]
