"""Addresses."""

from __future__ import annotations

from django.urls import path, re_path

from evalsite.results import views
from evalsite.results.charts.render import FORMATS

CHART = rf"(?P<name>[a-z0-9_-]+)\.(?P<suffix>{'|'.join(FORMATS)})"

urlpatterns = [
    path("", views.home, name="home"),
    path("studies/<slug:slug>/results/", views.study_results, name="study_results"),
    re_path(
        rf"^studies/(?P<slug>[-\w]+)/results/charts/{CHART}$", views.study_chart, name="study_chart"
    ),
    path(
        "studies/<slug:slug>/results/analysis.<str:language>",
        views.study_script,
        name="study_script",
    ),
    path("studies/<slug:slug>/forecast/", views.study_forecast, name="study_forecast"),
    path("studies/<slug:slug>/progress/", views.study_progress, name="study_progress"),
    path("studies/<slug:slug>/unblind/", views.study_unblind, name="study_unblind"),
    path("studies/<slug:slug>/export/", views.study_export, name="study_export"),
]
