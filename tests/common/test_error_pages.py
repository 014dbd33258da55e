"""Pages for what went wrong: our look, one sentence of what happened, one of what to do."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest
from django.test import Client
from django.urls import path

from evalsite.urls import urlpatterns as real_patterns

pytestmark = pytest.mark.django_db


def refuse(request: HttpRequest) -> None:
    raise PermissionDenied


def mistrust(request: HttpRequest) -> None:
    raise SuspiciousOperation


def break_down(request: HttpRequest) -> None:
    raise ZeroDivisionError


urlpatterns = [
    *real_patterns,
    path("refuse", refuse),
    path("mistrust", mistrust),
    path("break-down", break_down),
]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("address", "status", "heading"),
    [
        ("/nowhere", 404, "There is nothing at this address"),
        ("/s/no-such-token/", 404, "There is nothing at this address"),
        ("/refuse", 403, "This is not open to you"),
        ("/mistrust", 400, "The server could not read this request"),
        ("/break-down", 500, "Something broke here"),
    ],
)
def test_error_page_says_what_happened(address: str, status: int, heading: str) -> None:
    answer = Client(raise_request_exception=False).get(address)

    assert answer.status_code == status
    assert f"<h1>{heading}</h1>" in answer.content.decode()


def test_error_page_keeps_the_menu_of_who_is_signed_in(client: Client) -> None:
    client.force_login(get_user_model().objects.create_user("ada"))

    assert 'aria-label="Main"' in client.get("/library/recordings/9/").content.decode()


def test_form_of_another_sign_in_says_to_reload() -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "ada"})

    assert answer.status_code == 403
    assert "<h1>This page was too old to be sent</h1>" in answer.content.decode()
