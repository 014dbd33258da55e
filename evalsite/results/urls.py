"""Addresses."""

from __future__ import annotations

from django.urls import path

from evalsite.results import views

urlpatterns = [
    path("", views.home, name="home"),
    path("studies/<slug:slug>/results/", views.study_results, name="study_results"),
    path("studies/<slug:slug>/unblind/", views.study_unblind, name="study_unblind"),
    path("studies/<slug:slug>/export/", views.study_export, name="study_export"),
]
