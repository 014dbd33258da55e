"""Addresses."""

from __future__ import annotations

from django.urls import path

from evalsite.studies.views import building, running

urlpatterns = [
    path("", building.list_studies, name="studies"),
    path("new/", building.make_study, name="study_new"),
    path("<slug:slug>/", running.show_study, name="study"),
    path(
        "<slug:slug>/protocol.yaml", running.send_protocol, {"form": "yaml"}, name="study_protocol"
    ),
    path(
        "<slug:slug>/protocol.json",
        running.send_protocol,
        {"form": "json"},
        name="study_protocol_json",
    ),
    path("<slug:slug>/open/", running.open_study, name="study_open"),
    path("<slug:slug>/close/", running.close_study, name="study_close"),
    path("<slug:slug>/delete/", running.delete_draft, name="study_delete"),
]
