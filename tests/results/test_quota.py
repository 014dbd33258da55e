"""Each item of a sample has exactly k ratings that count, and none is lost."""

from __future__ import annotations

import pytest

from evalsite.responses.models import Sitting
from evalsite.results.tables.frames import ratings_frame
from tests.factories import make_open_study
from tests.responses.listener import Listener, make_body
from tests.responses.test_places import answer_one, go_away, make_small_sample

pytestmark = pytest.mark.django_db


def count_ratings(study) -> tuple[set[int], int]:
    """How many ratings of an item count, and how many are over in all."""
    frame = ratings_frame(study)
    counting = frame[~frame["over_quota"]].groupby("item").size()
    return set(counting), int(frame["over_quota"].sum())


def test_answer_after_the_reservation_is_over_once_another_filled_the_place():
    study = make_small_sample()
    late = Listener(study).pass_pages()
    trial = late.open_trial()
    go_away(late)
    for _ in range(2):
        Listener(study).pass_pages().answer_all()

    assert late.send(trial, make_body(trial)).status_code == 200

    assert count_ratings(study) == ({1}, 1)
    frame = ratings_frame(study)
    [over] = frame[frame["over_quota"]].to_dict("records")
    assert over["sitting_finished"] is not True
    assert len(frame) == 5


def test_late_answer_gives_way_to_one_in_time_that_came_after_it():
    study = make_small_sample()
    late = Listener(study).pass_pages()
    trial = late.open_trial()
    go_away(late)
    others = [Listener(study).pass_pages() for _ in range(2)]
    assert late.send(trial, make_body(trial)).status_code == 200
    assert count_ratings(study) == ({1}, 0)

    for other in others:
        other.answer_all()

    assert count_ratings(study) == ({1}, 1)
    frame = ratings_frame(study)
    assert not frame[frame["over_quota"]]["sitting_finished"].any()


def test_answers_of_who_was_replaced_come_last():
    study = make_small_sample()
    gone = Listener(study).pass_pages()
    answer_one(gone)
    Sitting.objects.filter(pk=gone.sitting.pk).update(state=Sitting.State.RETURNED)

    for _ in range(2):
        Listener(study).pass_pages().answer_all()

    assert count_ratings(study) == ({1}, 1)


def test_no_rating_is_over_where_no_number_is_asked_for():
    study = make_open_study()
    for _ in range(3):
        Listener(study).pass_pages().answer_all()

    assert not ratings_frame(study)["over_quota"].any()


def test_pilots_and_practice_fill_nothing():
    study = make_small_sample()
    Listener(study, is_pilot=True).pass_pages().answer_all()
    for _ in range(2):
        Listener(study).pass_pages().answer_all()

    assert count_ratings(study) == ({1}, 0)
