"""Places: arms filled evenly by many at once, quotas, reservations that run out and return."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from evalsite.responses.models import PlayEvent, Response, Sitting
from evalsite.studies.models import Study
from tests.factories import make_open_study
from tests.responses.listener import Listener, make_body

pytestmark = [pytest.mark.database, pytest.mark.django_db]

SAMPLE = {"assignment": "sample", "items_per_sitting": 2, "ratings_per_item": 1, "practice": False}


def make_blocks_study(*blocks: dict, **options) -> Study:
    """Of blocks without practice that ask for one quality, if they say nothing else."""
    plain = {"practice": False, "parameters": {"qualities": ["minorness"]}}
    return make_open_study(blocks=[{**plain, **block} for block in blocks], **options)


def go_away(listener: Listener) -> None:
    """The listener was last seen two hours ago; places are kept for one."""
    then = timezone.now() - timedelta(hours=2)
    Sitting.objects.filter(pk=listener.sitting.pk).update(active_at=then)


def answer_one(listener: Listener) -> None:
    trial = listener.open_trial()
    assert listener.send(trial, make_body(trial)).status_code == 200


def run_at_once(n: int, action) -> list:
    def run(i: int):
        try:
            return action(i)
        finally:
            connection.close()

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(run, range(n)))


@pytest.mark.django_db(transaction=True)
def test_fifty_starts_at_once_fill_the_arms_within_one():
    study = make_open_study()

    run_at_once(50, lambda i: Listener(study).pass_pages())

    taken = Counter(study.sittings.values_list("arm__row", flat=True))
    assert sorted(taken.values()) == [16, 17, 17]


@pytest.mark.django_db(transaction=True)
def test_many_starts_at_once_never_give_a_place_twice():
    study = make_blocks_study({**SAMPLE, "ratings_per_item": 3}, n_recordings=3)

    steps = run_at_once(20, lambda i: Listener(study).pass_pages().next()["step"])

    # Nine items by three ratings, two a sitting, one condition of a recording each.
    n_given = Counter(
        study.sittings.exclude(state="full").values_list("trials__item__number", flat=True)
    )
    assert (len(n_given), set(n_given.values())) == (9, {3})
    assert Counter(steps) == {"trial": 14, "full": 6}


@pytest.mark.django_db(transaction=True)
def test_quota_of_a_group_is_never_passed():
    study = make_blocks_study({}, quotas={"musicians": 7})

    steps = run_at_once(12, lambda i: Listener(study).pass_pages().next()["step"])

    assert Counter(steps) == {"trial": 7, "full": 5}


def test_group_that_is_full_ends_kindly_and_the_other_goes_on():
    study = make_blocks_study({}, quotas={"musicians": 0})

    musician = Listener(study).pass_pages()
    other = Listener(study).pass_pages(training="0")

    page = musician.client.get(reverse("sitting"), follow=True)
    assert b"All places of this study are taken" in page.content
    assert musician.sitting.state == Sitting.State.FULL
    assert other.next()["step"] == "trial"


def test_with_quotas_each_group_fills_the_arms_evenly():
    study = make_blocks_study({}, quotas={"musicians": 6, "others": 6})

    for training in ("6-9", "6-9", "0", "6-9", "0", "0"):
        Listener(study).pass_pages(training=training)

    for group in ("musicians", "others"):
        rows = study.sittings.filter(group=group).values_list("arm__row", flat=True)
        assert sorted(rows) == [0, 1, 2]


def test_levels_between_listeners_take_turns():
    study = make_blocks_study(
        {"name": "bare", "when": {"help": ["without"]}},
        {"name": "helped", "when": {"help": ["with"]}},
        between={"help": ["with", "without"]},
    )

    listeners = [Listener(study).pass_pages() for _ in range(6)]

    arms = [listener.sitting.arm for listener in listeners]
    levels = Counter((arm.square_row, arm.levels["help"]) for arm in arms)
    assert set(levels.values()) == {1} and len(levels) == 6
    for listener, arm in zip(listeners, arms, strict=True):
        blocks = set(listener.sitting.trials.values_list("block", flat=True))
        assert blocks == {"helped" if arm.levels["help"] == "with" else "bare"}


def test_arm_of_somebody_who_left_returns():
    study = make_open_study()
    gone, there, other = (Listener(study).pass_pages() for _ in range(3))
    go_away(gone)

    assert Listener(study).pass_pages().sitting.arm == gone.sitting.arm
    assert len({there.sitting.arm, other.sitting.arm, gone.sitting.arm}) == 3


def test_finished_sitting_keeps_its_place_for_ever():
    study = make_blocks_study({**SAMPLE, "conditions": ["control_area"]}, n_recordings=1)
    done = Listener(study).pass_pages().answer_all()
    go_away(done)

    assert done.sitting.state == Sitting.State.FINISHED
    assert Listener(study).pass_pages().next()["step"] == "full"


def make_small_sample(**fields) -> Study:
    """Four items of four recordings, each to be rated once, two a sitting."""
    return make_blocks_study({**SAMPLE, "conditions": ["control_area"], **fields}, n_recordings=4)


def list_items(listener: Listener) -> set[int]:
    return set(listener.sitting.trials.values_list("item__number", flat=True))


def test_places_of_somebody_who_left_are_given_to_the_next():
    study = make_small_sample()
    gone, there = Listener(study).pass_pages(), Listener(study).pass_pages()
    items = list_items(gone)
    assert Listener(study).pass_pages().next()["step"] == "full"
    go_away(gone)

    late = Listener(study).pass_pages()

    assert list_items(late) == items
    assert not list_items(late) & list_items(there)


def test_who_comes_back_gets_other_places_if_the_own_were_taken():
    study = make_small_sample(ratings_per_item=2)
    back, *_ = listeners = [Listener(study).pass_pages() for _ in range(4)]
    assert Listener(study).pass_pages().next()["step"] == "full"
    answer_one(back)
    go_away(back)
    [before] = back.sitting.trials.filter(response__isnull=True)
    assert list_items(Listener(study).pass_pages()) == {before.item.number}
    go_away(listeners[1])

    page = back.client.get(reverse("trial", args=[before.name]))

    assert page.status_code == 302
    trials = list(back.sitting.trials.order_by("sequence"))
    assert [(trial.sequence, trial.position) for trial in trials] == [(0, 1), (1, 2)]
    assert trials[1].item != before.item
    assert len({trial.item.recording for trial in trials}) == 2
    back.answer_all()
    assert back.sitting.state == Sitting.State.FINISHED


def test_who_comes_back_to_no_place_is_done():
    study = make_small_sample()
    gone = Listener(study).pass_pages()
    answer_one(gone)
    go_away(gone)
    Listener(study).pass_pages().answer_all()
    Listener(study).pass_pages().answer_all()

    gone.client.get(gone.next()["url"])

    assert gone.sitting.state == Sitting.State.FINISHED
    assert Response.objects.count() == 4


def test_who_comes_back_in_time_or_to_free_places_goes_on_as_before():
    study = make_small_sample()
    listener = Listener(study).pass_pages()
    items = list_items(listener)
    go_away(listener)

    listener.answer_all()

    assert list_items(listener) == items
    assert listener.sitting.trials.filter(response__isnull=False).count() == 2


def test_answer_after_the_reservation_is_stored_and_flagged():
    study = make_small_sample()
    listener = Listener(study).pass_pages()
    trial = listener.open_trial()
    go_away(listener)

    assert listener.send(trial, make_body(trial)).status_code == 200
    assert PlayEvent.objects.filter(kind="after_reservation").count() == 1


def test_pilots_take_no_place():
    study = make_small_sample()

    for _ in range(3):
        Listener(study, is_pilot=True).pass_pages().answer_all()

    assert Listener(study).pass_pages().next()["step"] == "trial"
