"""Pseudonyms of the exports."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from evalsite.results.models import RaterKey
from evalsite.results.tables.pseudonyms import hide_pseudonym, make_rater_key
from tests import factories


@pytest.mark.django_db(transaction=True)
def test_exports_begun_at_once_share_one_key():
    study = factories.make_study()
    keys: list[bytes] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        try:
            keys.append(make_rater_key(study))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8 and len(set(keys)) == 1
    assert RaterKey.objects.filter(study=study).count() == 1


def test_a_pseudonym_depends_on_key_and_person():
    hidden = hide_pseudonym(b"key", "p-1")
    assert hidden == hide_pseudonym(b"key", "p-1")
    assert len({hidden, hide_pseudonym(b"other", "p-1"), hide_pseudonym(b"key", "p-2")}) == 3
    assert hidden[0] == "P" and "p-1" not in hidden
