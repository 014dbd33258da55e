"""One-time sign-in links."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client

from evalsite.common.sign_in import make_sign_in_path

pytestmark = pytest.mark.django_db


@pytest.fixture
def researcher():
    return get_user_model().objects.create_user("ada")


def test_sign_in_link_signs_in_once(researcher) -> None:
    path = make_sign_in_path(researcher)

    first = Client().post(path)
    second = Client().post(path)

    assert (first.status_code, first["Location"]) == (302, "/")
    assert second.status_code == 410


def test_sign_in_link_is_not_spent_by_looking(client: Client, researcher) -> None:
    path = make_sign_in_path(researcher)

    pages = [client.get(path).status_code for _ in range(5)]

    assert pages == [200] * 5
    assert client.post(path).status_code == 302


@pytest.mark.parametrize(
    "path", ["/sign-in/MQ/wrong-token/", "/sign-in/!!/x-y/", "/sign-in/OTk/a-b/"]
)
def test_sign_in_link_that_is_wrong_is_gone(client: Client, researcher, path: str) -> None:
    assert client.get(path).status_code == 410
    assert client.post(path).status_code == 410


def test_sign_in_link_of_somebody_inactive_is_gone(client: Client, researcher) -> None:
    path = make_sign_in_path(researcher)
    researcher.is_active = False
    researcher.save()

    assert client.post(path).status_code == 410


def test_sign_in_link_command_makes_the_account_and_prints_a_link(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("sign_in_link", base_url="http://192.0.2.1:8000/")

    link = capsys.readouterr().out.strip()
    assert link.startswith("http://192.0.2.1:8000/sign-in/")
    assert client.post(link.removeprefix("http://192.0.2.1:8000")).status_code == 302


def test_account_sets_a_password_and_makes_a_token(client: Client, researcher) -> None:
    client.force_login(researcher)
    password = "violin-and-cembalo"
    client.post("/account/", {"new_password1": password, "new_password2": password})
    client.post("/account/token/")

    assert Client().login(username="ada", password=password)
    token = researcher.auth_token.key
    page = client.get("/account/").content.decode()
    assert token in page
    answer = Client().get("/api/v1/recordings/", headers={"Authorization": f"Token {token}"})
    assert answer.status_code == 200
