"""Participants, their sittings, trials, responses, and the log of what was heard."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q

from evalsite.studies.models import Arm, Item, Signal, Study, make_token


def make_pseudonym() -> str:
    return f"p-{secrets.token_hex(6)}"


class Participant(models.Model):
    """A person under a pseudonym."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="participants")
    pseudonym = models.CharField(max_length=32, unique=True, default=make_pseudonym)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.pseudonym


class Invitation(models.Model):
    """A link that begins exactly one sitting."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        USED = "used", "used"
        REVOKED = "revoked", "taken back"

    study = models.ForeignKey(Study, models.CASCADE, related_name="invitations")
    number = models.PositiveIntegerField("1, 2, … within the study")
    token = models.CharField(max_length=32, unique=True, default=make_token)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    group = models.CharField("whom it was made for; blank: anybody", max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("study", "number")
        constraints = (
            models.UniqueConstraint(fields=("study", "number"), name="invitation_number_once"),
        )

    def __str__(self) -> str:
        return f"{self.study.slug} invitation {self.number}"


class Sitting(models.Model):
    """One person's pass through one study."""

    class State(models.TextChoices):
        STARTED = "started", "started"
        AGREED = "agreed", "agreed"
        FINISHED = "finished", "finished"
        DECLINED = "declined", "declined"
        FULL = "full", "no place left"
        SCREENED_OUT = "screened_out", "screened out"
        RETURNED = "returned", "place given back"

    study = models.ForeignKey(Study, models.CASCADE, related_name="sittings")
    participant = models.ForeignKey(Participant, models.CASCADE, related_name="sittings")
    arm = models.ForeignKey(Arm, models.PROTECT, null=True, related_name="sittings")
    is_pilot = models.BooleanField(default=False)
    state = models.CharField(max_length=20, choices=State.choices, default=State.STARTED)
    group = models.CharField("by the protocol's rule", max_length=40, blank=True)
    active_at = models.DateTimeField("its places are kept for a while from here", null=True)
    invitation = models.OneToOneField(
        Invitation, models.SET_NULL, null=True, related_name="sitting"
    )
    begin_hash = models.CharField(
        "sha256 of the key of the form that began it", max_length=64, unique=True, null=True
    )
    cookie_hash = models.CharField("sha256 of the cookie", max_length=64, unique=True)
    resume_token = models.CharField(max_length=32, unique=True, default=make_token)
    seed = models.PositiveBigIntegerField("decides the order of its trials")
    consent_version = models.CharField(max_length=40, blank=True)
    background = models.JSONField("answers about the person", default=dict)
    steps = models.JSONField("pages passed", default=list)
    started_at = models.DateTimeField(auto_now_add=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("started_at", "pk")
        indexes = (
            models.Index(fields=("study", "state", "active_at"), name="sitting_by_activity"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=("started", "declined", "full", "screened_out", "returned"))
                | Q(agreed_at__isnull=False),
                name="sitting_goes_on_after_consent",
            ),
        )

    def __str__(self) -> str:
        return f"{self.participant} in {self.study.slug}"


class Panel(models.Model):
    """The site that sends paid listeners: what its links carry, what it is told at each end."""

    study = models.OneToOneField(Study, models.CASCADE, related_name="panel")
    person_parameter = models.CharField(max_length=40, default="PROLIFIC_PID")
    study_parameter = models.CharField(max_length=40, default="STUDY_ID")
    session_parameter = models.CharField(max_length=40, default="SESSION_ID")
    return_address = models.CharField(
        "with {code} for the code",
        max_length=300,
        default="https://app.prolific.com/submissions/complete?cc={code}",
    )
    codes = models.JSONField("outcome: code; secret until then", default=dict)

    def __str__(self) -> str:
        return f"panel of {self.study.slug}"


class Recruit(models.Model):
    """Who a panel sent, by its own identifiers. Kept apart from answers, never exported."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="recruits")
    sitting = models.OneToOneField(Sitting, models.CASCADE, related_name="recruit")
    is_pilot = models.BooleanField(default=False)
    person = models.CharField("the panel's number of the person", max_length=100)
    panel_study = models.CharField("the panel's number of the study", max_length=100, blank=True)
    session = models.CharField("the panel's number of this part", max_length=100, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("study", "person", "is_pilot"), name="recruit_once"),
        )

    def __str__(self) -> str:
        return f"recruit {self.pk} of {self.study.slug}"


class Trial(models.Model):
    """One presented item. The snapshot keeps what was shown."""

    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="trials")
    item = models.ForeignKey(Item, models.PROTECT, related_name="trials")
    sequence = models.PositiveIntegerField("order within the sitting")
    position = models.PositiveIntegerField("how many counted trials there are up to this one")
    occasion = models.PositiveIntegerField("1, or 2 for a repeat", default=1)
    block = models.CharField("name of its block", max_length=40, default="main")
    is_practice = models.BooleanField("its answer does not count", default=False)
    name = models.CharField("random name in URLs", max_length=32, unique=True, default=make_token)
    trial_type = models.CharField(max_length=40)
    trial_type_version = models.PositiveIntegerField()
    snapshot = models.JSONField("what was shown", default=dict)
    key = models.JSONField("the known answer and the signals' conditions", default=dict)
    presented_at = models.DateTimeField("first shown", null=True, blank=True)

    class Meta:
        ordering = ("sitting", "sequence")
        constraints = (
            models.UniqueConstraint(fields=("sitting", "sequence"), name="trial_sequence_once"),
            models.UniqueConstraint(
                fields=("sitting", "item", "occasion"), name="trial_item_once_an_occasion"
            ),
        )

    def __str__(self) -> str:
        return f"{self.sitting} trial {self.position}"


class TrialSignal(models.Model):
    """A signal as this trial presents it: under a label, by a name that nothing else has."""

    trial = models.ForeignKey(Trial, models.CASCADE, related_name="signals")
    signal = models.ForeignKey(Signal, models.PROTECT, related_name="presentations")
    number = models.PositiveIntegerField("place on the page")
    label = models.CharField(max_length=8)
    name = models.CharField(
        "random name in its URL", max_length=32, unique=True, default=make_token
    )

    class Meta:
        ordering = ("trial", "number")
        constraints = (
            models.UniqueConstraint(fields=("trial", "label"), name="trial_signal_label_once"),
        )

    def __str__(self) -> str:
        return f"{self.trial} {self.label}"


class Response(models.Model):
    """The answer to a trial, written once. What was heard and played stands by label."""

    trial = models.OneToOneField(Trial, models.CASCADE, related_name="response")
    idempotency_key = models.CharField(max_length=64)
    answer = models.JSONField()
    elapsed_ms = models.PositiveBigIntegerField("on the page, by the browser's steady clock")
    heard = models.JSONField("label: stretches heard, seconds [from, to]", default=dict)
    n_plays = models.JSONField("label: how often it was begun", default=dict)
    n_switches = models.PositiveIntegerField(default=0)
    n_focus_losses = models.PositiveIntegerField(default=0)
    n_judgments = models.PositiveIntegerField("rows this answer gives", default=0)
    device = models.JSONField("sample_rate in Hz, output_latency_ms", default=dict)
    answered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("answered_at", "pk")

    def __str__(self) -> str:
        return f"answer to {self.trial}"


class CheckRound(models.Model):
    """One round of a headphone check: a sound, its right answer, what was answered."""

    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="check_rounds")
    kind = models.CharField("name of the check", max_length=40)
    attempt = models.PositiveIntegerField("1, 2, …")
    number = models.PositiveIntegerField("1, 2, … within the attempt")
    name = models.CharField("random name in URLs", max_length=32, unique=True, default=make_token)
    blob = models.CharField("sha256 of its sound", max_length=64)
    duration = models.FloatField("s")
    key = models.PositiveIntegerField("the right answer, counted from 1")
    presented_at = models.DateTimeField("first shown", null=True, blank=True)
    answer = models.PositiveIntegerField(null=True, blank=True)
    idempotency_key = models.CharField(max_length=64, blank=True)
    record = models.JSONField("heard, plays, device, events, milliseconds", default=dict)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("sitting", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("sitting", "kind", "attempt", "number"), name="check_round_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.sitting} {self.kind} {self.attempt}.{self.number}"


class PlayEvent(models.Model):
    """What happened on a page: plays, pauses, reloads, late answers. Only ever added to."""

    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="events")
    trial = models.ForeignKey(Trial, models.CASCADE, null=True, related_name="events")
    kind = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    client_ms = models.BigIntegerField("since the page began, by the browser", null=True)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("received_at", "pk")

    def __str__(self) -> str:
        return f"{self.kind} in {self.sitting}"


class Withdrawal(models.Model):
    """Somebody took back what they gave. That it happened is all that stays."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="withdrawals")
    link_hash = models.CharField("sha256 of the link's token", max_length=64, unique=True)
    is_pilot = models.BooleanField(default=False)
    was_agreed = models.BooleanField("had agreed to take part", default=True)
    withdrawn_on = models.DateField(auto_now_add=True)

    class Meta:
        ordering = ("withdrawn_on", "pk")

    def __str__(self) -> str:
        return f"withdrawal from {self.study.slug}"
