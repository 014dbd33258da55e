"""Addresses."""

from __future__ import annotations

from django.urls import path

from evalsite.studies.views import building, editing, running

urlpatterns = [
    path("", building.list_studies, name="studies"),
    path("new/", building.make_study, name="study_new"),
    path("import/", editing.import_study, name="study_import"),
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
    path("<slug:slug>/edit/<slug:section>/", editing.edit_section, name="study_edit"),
    path("<slug:slug>/add-block/", editing.add_block, name="study_block_add"),
    path("<slug:slug>/blocks/<slug:name>/", editing.edit_block, name="study_block"),
    path("<slug:slug>/blocks/<slug:name>/move/", editing.move_block, name="study_block_move"),
    path("<slug:slug>/blocks/<slug:name>/remove/", editing.remove_block, name="study_block_remove"),
    path("<slug:slug>/duplicate/", running.duplicate_study, name="study_duplicate"),
    path("<slug:slug>/open/", running.open_study, name="study_open"),
    path("<slug:slug>/close/", running.close_study, name="study_close"),
    path("<slug:slug>/delete/", running.delete_draft, name="study_delete"),
]
