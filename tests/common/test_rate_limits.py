"""How often one address may begin or sign in: refused plainly, with when to come again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import RequestFactory
from django.urls import reverse

from evalsite.common.models import RateCount
from evalsite.common.rate_limits import find_address, spend_try
from evalsite.responses.models import Sitting
from tests.factories import make_open_study
from tests.responses.listener import Listener, make_body

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def limits(settings):
    settings.RATE_LIMITS = {"begin": (3, 600), "sign_in": (2, 900)}


def test_window_counts_and_begins_anew():
    tries = [spend_try("begin", "a", now=NOON + timedelta(minutes=n)) for n in (0, 1, 2, 3, 9, 10)]

    assert tries == [0, 0, 0, 7 * 60, 60, 0]
    assert spend_try("begin", "b", now=NOON) == 0


def test_address_is_kept_as_a_hash_for_a_day():
    spend_try("begin", "192.0.2.7", now=NOON)
    assert "192.0.2.7" not in str(list(RateCount.objects.values()))

    spend_try("begin", "192.0.2.7", now=NOON + timedelta(days=2))
    spend_try("begin", "192.0.2.7", now=NOON + timedelta(days=2, hours=1))

    assert RateCount.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_tries_at_once_are_all_counted():
    def spend(_):
        try:
            return spend_try("begin", "a", now=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        waits = list(pool.map(spend, range(12)))

    assert sorted(waits) == [0] * 3 + [600] * 9


def test_starts_beyond_the_limit_are_refused_and_answers_never(client):
    study = make_open_study()
    listener = Listener(study)
    for _ in range(3):
        listener.begin()

    refused = client.post(listener.link)
    shown = client.get(listener.link)
    elsewhere = client.post(listener.link, REMOTE_ADDR="198.51.100.9")

    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 600
    assert "Please try again in 10 minutes" in refused.content.decode()
    assert (shown.status_code, elsewhere.status_code) == (200, 302)
    assert Sitting.objects.count() == 4
    listener.go_on()
    for _ in range(4):
        trial = listener.open_trial()
        assert listener.send(trial, make_body(trial)).status_code == 200


def test_programs_are_refused_in_json(client):
    link = Listener(make_open_study()).link
    for _ in range(3):
        client.post(link)

    refused = client.post(link, headers={"Accept": "application/json"})

    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "too_many"


@pytest.mark.parametrize("address", [reverse("sign_in"), "/sign-in/MQ/wrong-token/"])
def test_tries_to_sign_in_are_limited_by_either_way(client, address):
    given = {"username": "ada", "password": "guess"}

    statuses = [client.post(address, given).status_code for _ in range(4)]

    assert statuses[2:] == [429, 429]
    assert client.get(reverse("sign_in")).status_code == 200


@pytest.mark.parametrize(
    ("n_proxies", "passed", "address"),
    [
        (0, "203.0.113.5", "10.0.0.1"),
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "made-up, 203.0.113.5", "203.0.113.5"),
        (2, "198.51.100.1, 203.0.113.5", "198.51.100.1"),
        (2, "203.0.113.5", "10.0.0.1"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "::ffff:203.0.113.5", "203.0.113.5"),
        (1, "no address", "unknown"),
    ],
)
def test_address_is_that_before_the_proxies(settings, n_proxies, passed, address):
    settings.TRUSTED_PROXIES = n_proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=passed)

    assert find_address(request) == address
