"""Addresses. Only links carry a token; from the start on a cookie does."""

from __future__ import annotations

from django.urls import path

from evalsite.responses.views import checks, pages, preview, questions, recruiting, trials, welcome

urlpatterns = [
    path("studies/<slug:slug>/blocks/<slug:name>/try/", preview.try_block, name="study_block_try"),
    path("studies/<slug:slug>/recruiting/", recruiting.show_recruiting, name="study_recruiting"),
    path(
        "studies/<slug:slug>/invitations.csv",
        recruiting.send_invitations,
        name="study_invitations_csv",
    ),
    path(
        "studies/<slug:slug>/invitations/", recruiting.add_invitations, name="study_invitations_add"
    ),
    path(
        "studies/<slug:slug>/invitations/<int:number>/revoke/",
        recruiting.take_back,
        name="study_invitation_revoke",
    ),
    path("studies/<slug:slug>/panel/", recruiting.save_panel, name="study_panel"),
    path("studies/<slug:slug>/returned/", recruiting.take_places_back, name="study_returned"),
    path("s/<slug:token>/", welcome.welcome, name="welcome"),
    path("sitting/", pages.go_on, name="sitting"),
    path("sitting/next/", pages.describe_next, name="sitting_next"),
    path("sitting/consent/", pages.consent, name="consent"),
    path("sitting/decline/", pages.decline, name="decline"),
    path("sitting/about/", questions.about, name="about"),
    path("sitting/music/", questions.goldmsi, name="goldmsi"),
    path("sitting/afterwards/", questions.afterwards, name="afterwards"),
    path("sitting/instructions/", pages.instructions, name="instructions"),
    path("sitting/checks/", checks.show_checks, name="checks"),
    path("sitting/checks/<slug:name>/answer", checks.receive_check, name="check_answer"),
    path("sitting/checks/<slug:name>.wav", checks.send_check, name="check_sound"),
    path("sitting/trials/<slug:name>/", trials.show_trial, name="trial"),
    path("sitting/trials/<slug:name>/answer", trials.receive_answer, name="trial_answer"),
    path("sitting/trials/<slug:name>/picture.png", trials.send_picture, name="trial_picture"),
    path("sitting/clips/<slug:name>.wav", trials.send_clip, name="sitting_clip"),
    path("sitting/pause/", pages.pause, name="pause"),
    path("sitting/volume.wav", trials.send_piece, name="sitting_piece"),
    path("sitting/debrief/", pages.debrief, name="debrief"),
    path("sitting/thanks/", pages.show_end("thanks"), name="thanks"),
    path("sitting/declined/", pages.show_end("declined"), name="declined"),
    path("sitting/full/", pages.show_end("full"), name="full"),
    path("sitting/screened-out/", pages.show_end("screened_out"), name="screened_out"),
    path("sitting/returned/", pages.show_end("returned"), name="returned"),
    path("sitting/closed/", pages.show_end("closed"), name="sitting_closed"),
    path("sitting/withdraw/<slug:token>/", welcome.withdraw, name="withdraw"),
    path("sitting/resume/<slug:token>/", welcome.resume, name="resume"),
]
