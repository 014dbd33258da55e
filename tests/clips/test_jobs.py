"""Leases: one winner, no lost work, no endless trying."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from evalsite.clips import leases
from evalsite.clips.models import Clip, Explanation, Model
from evalsite.clips.services import (
    finish_explanation,
    lease_explanation,
    reap_explanations,
    release_explanation,
    request_explanation,
)
from evalsite.clips.services.jobs import renew_lease
from evalsite.clips.services.outcome import publish_outcome
from evalsite.common.blobs import find_blob
from tests.clips.conftest import RECIPE, Run

pytestmark = pytest.mark.django_db

State = Explanation.State


def lease(explanation: Explanation) -> Explanation:
    leased = lease_explanation(pk=explanation.pk)
    assert leased is not None
    return leased


def expire(explanation: Explanation) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Explanation.objects.filter(pk=explanation.pk).update(lease_until=past)


def find_dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.django_db(transaction=True)
def test_of_ten_workers_one_gets_the_lease(queued: Explanation) -> None:
    won: list[str] = []
    start = threading.Barrier(10)

    def take() -> None:
        try:
            start.wait()
            leased = lease_explanation(pk=queued.pk)
            if leased is not None:
                won.append(leased.lease)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queued.refresh_from_db()
    assert won == [queued.lease]
    assert queued.attempts == 1


def test_attempt_counts_before_the_run(queued: Explanation) -> None:
    lease(queued)
    queued.refresh_from_db()
    assert (queued.state, queued.attempts) == (State.RUNNING, 1)
    left = queued.lease_until - timezone.now()
    assert timedelta(0) < left <= timedelta(seconds=settings.LEASE_SECONDS)


def test_running_explanation_is_not_leased_again(queued: Explanation) -> None:
    lease(queued)
    assert lease_explanation(pk=queued.pk) is None


def test_expired_lease_goes_to_the_next(queued: Explanation) -> None:
    first = lease(queued)
    expire(queued)
    second = lease(queued)
    assert second.attempts == 2
    assert second.lease != first.lease
    assert not renew_lease(first, 1, 2)
    assert renew_lease(second, 1, 2)


def test_reaper_queues_what_an_expired_lease_left(queued: Explanation) -> None:
    lease(queued)
    expire(queued)
    reap_explanations()
    queued.refresh_from_db()
    assert (queued.state, queued.attempts, queued.lease) == (State.QUEUED, 1, "")


def test_reaper_does_not_wait_for_the_lease_of_a_dead_process(queued: Explanation) -> None:
    lease(queued)
    machine, _, start, rest = Explanation.objects.get().lease.split(":")
    dead = f"{machine}:{find_dead_pid()}:{start}:{rest}"
    Explanation.objects.update(lease=dead)
    reap_explanations()
    queued.refresh_from_db()
    assert queued.state == State.QUEUED


@pytest.mark.parametrize(
    ("holder", "is_dead"),
    [
        ("{machine}:{pid}:{start}:x", False),
        ("{machine}:{pid}:1:x", True),  # the number was given to another process
        ("elsewhere000:1:1:x", False),
        ("{machine}:{pid}::x", False),
        ("", False),
        ("nonsense", False),
    ],
)
def test_death_is_only_believed_when_certain(holder: str, is_dead: bool) -> None:
    pid = os.getpid()
    holder = holder.format(
        machine=leases.name_machine(), pid=pid, start=leases.read_start_time(pid)
    )
    assert leases.is_holder_dead(holder) is is_dead


def test_lease_fits_its_column() -> None:
    longest = leases.make_lease()
    assert len(longest) <= Explanation._meta.get_field("lease").max_length


def test_reaper_leaves_a_living_lease_alone(queued: Explanation) -> None:
    leased = lease(queued)
    reap_explanations()
    queued.refresh_from_db()
    assert (queued.state, queued.lease) == (State.RUNNING, leased.lease)


def test_third_death_is_the_last(queued: Explanation) -> None:
    for _ in range(settings.MAX_ATTEMPTS):
        lease(queued)
        expire(queued)
        reap_explanations()
    queued.refresh_from_db()
    assert queued.state == State.FAILED
    assert queued.error.startswith("The worker died 3 times over this explanation")
    assert lease_explanation(pk=queued.pk) is None


def test_expired_last_attempt_is_not_leased_once_more(queued: Explanation) -> None:
    for _ in range(settings.MAX_ATTEMPTS):
        lease(queued)
        expire(queued)
    assert lease_explanation(pk=queued.pk) is None


@pytest.mark.django_db(transaction=True)
def test_reaper_wakes_what_waits_too_long(queued: Explanation, broker: str) -> None:
    fresh = timezone.now()
    Explanation.objects.update(woken_at=fresh)
    assert reap_explanations() == 0
    Explanation.objects.update(woken_at=fresh - timedelta(seconds=31))
    assert reap_explanations() == 1
    Explanation.objects.update(woken_at=None)
    assert reap_explanations() == 1
    queued.refresh_from_db()
    assert queued.woken_at is not None


def test_reaper_stops_at_a_broker_that_does_not_listen(
    no_broker: None, queued: Explanation, model: Model
) -> None:
    for seed in range(1, 6):
        request_explanation(
            recording=queued.recording, model=model, recipe={**RECIPE, "seed": seed}
        )
    begun = time.monotonic()
    assert reap_explanations() == 0
    assert time.monotonic() - begun < 6


def test_finish_writes_only_under_its_own_lease(queued: Explanation, real_run: Run) -> None:
    late = lease(queued)
    expire(queued)
    lease(queued)
    outcome = publish_outcome(late, real_run.manifest, real_run.folder)
    assert not finish_explanation(explanation=late, outcome=outcome, seconds=1.0)
    queued.refresh_from_db()
    assert queued.state == State.RUNNING
    assert not Clip.objects.exists()


def test_finished_explanation_has_its_clips(done: Explanation) -> None:
    done.refresh_from_db()
    assert done.state == State.DONE
    assert done.progress_done == done.progress_total
    kinds = sorted((clip.target, clip.kind) for clip in done.clips.all())
    own = ["control_area", "control_energy", "kept", "removed"]
    expected = [("", "original")] + [(t, kind) for t in ("energy", "valence") for kind in own]
    assert kinds == sorted(expected)
    for clip in done.clips.all():
        data = find_blob(clip.blob).read_bytes()
        assert len(data) == clip.n_bytes
        assert data[:4] == b"RIFF"
        assert clip.envelope
    assert {len(figures) for figures in done.figures.values()} == {2}


def test_a_result_of_other_weights_is_refused(
    queued: Explanation, real_run: Run, tmp_path: Path
) -> None:
    Explanation.objects.update(weights_digest="0" * 64)
    leased = lease(queued)
    with pytest.raises(ValueError, match="The weights digest must be 000000000000"):
        publish_outcome(leased, real_run.manifest, real_run.folder)


def test_release_gives_the_attempt_back(queued: Explanation) -> None:
    release_explanation(explanation=lease(queued))
    queued.refresh_from_db()
    assert (queued.state, queued.attempts) == (State.QUEUED, 0)


@pytest.mark.django_db(transaction=True)
@override_settings(LEASE_SECONDS=2)
def test_heartbeat_renews_and_carries_progress(
    queued: Explanation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEW_SECONDS", 1.0)
    leased = lease(queued)
    with leases.Heartbeat(lambda done, total: renew_lease(leased, done, total)) as heartbeat:
        heartbeat.note_progress(7, 34)
        time.sleep(3.2)
        queued.refresh_from_db()
        assert (queued.progress_done, queued.progress_total) == (7, 34)
        assert queued.lease_until > timezone.now()
        assert not heartbeat.is_lost()
        Explanation.objects.update(lease="somebody else")
        time.sleep(2.2)
        assert heartbeat.is_lost()
