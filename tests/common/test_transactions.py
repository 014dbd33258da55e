"""The one way to write."""

from __future__ import annotations

import threading

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from evalsite.common.transactions import write_transaction

pytestmark = pytest.mark.django_db(transaction=True)
N_WRITERS = 30


def test_write_transaction_lets_a_commit_hook_write_again() -> None:
    users = get_user_model().objects

    def write_again() -> None:
        with write_transaction():
            users.create_user("second")

    with write_transaction():
        users.create_user("first")
        transaction.on_commit(write_again)

    assert set(users.values_list("username", flat=True)) == {"first", "second"}


def test_write_transaction_that_fails_leaves_nothing_and_frees_the_queue() -> None:
    users = get_user_model().objects
    with pytest.raises(RuntimeError, match="stop"), write_transaction():
        users.create_user("never")
        raise RuntimeError("stop")

    with write_transaction():
        users.create_user("later")

    assert list(users.values_list("username", flat=True)) == ["later"]


def test_write_transactions_of_many_threads_all_succeed() -> None:
    errors: list[Exception] = []

    def read_then_write(number: int) -> None:
        users = get_user_model().objects
        try:
            with write_transaction():
                users.count()
                users.create_user(f"writer{number}")
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=read_then_write, args=(n,)) for n in range(N_WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert get_user_model().objects.count() == N_WRITERS
