"""The pages of a sitting in their order. The server alone says which one is next."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from evalsite.responses.models import Sitting, Trial
from evalsite.studies.models import Study
from evalsite.studies.parts.checks import checks_of
from evalsite.studies.parts.goldmsi import goldmsi_of
from evalsite.studies.person_questions import AFTER, BEFORE, PersonQuestion
from evalsite.studies.protocol import Protocol
from evalsite.studies.queries import protocol_of

# Pages of questions about the person, and when they come; the Gold-MSI says it itself.
QUESTION_PAGES = {"about": BEFORE, "goldmsi": "", "afterwards": AFTER}
ENDS = {
    Sitting.State.DECLINED: "declined",
    Sitting.State.FULL: "full",
    Sitting.State.SCREENED_OUT: "screened_out",
    Sitting.State.RETURNED: "returned",
}


@dataclass(frozen=True)
class Step:
    """A page: its name, its address, and the trial it asks about, if any."""

    name: str
    url: str
    trial: Trial | None = None


def find_next_step(sitting: Sitting) -> Step:
    """Where this sitting goes on. Depends on what is stored and on nothing the browser says."""
    if sitting.state == Sitting.State.FINISHED:
        name = find_end_page(sitting, protocol_of(sitting.study))
        return Step(name, reverse(name))
    if sitting.state in ENDS:
        return Step(ENDS[sitting.state], reverse(ENDS[sitting.state]))
    if not accepts_answers(sitting):
        return Step("closed", reverse("sitting_closed"))
    if sitting.state == Sitting.State.STARTED:
        return Step("consent", reverse("consent"))
    protocol = protocol_of(sitting.study)
    for name in list_pages(protocol):
        if name not in sitting.steps:
            return Step(name, reverse(name))
    trial = find_next_trial(sitting)
    if trial is None:
        name = next(name for name in list_later_pages(protocol) if name not in sitting.steps)
        return Step(name, reverse(name))
    if find_pause(sitting, trial, protocol) is not None:
        return Step("pause", reverse("pause"))
    return Step("trial", reverse("trial", args=[trial.name]), trial)


@dataclass(frozen=True)
class Pause:
    """A page between blocks: a break after the last one, or what to do in the next."""

    name: str
    is_break: bool
    instructions: str


def find_pause(sitting: Sitting, trial: Trial, protocol: Protocol) -> Pause | None:
    """The page before a block's first trial, if it has one that was not passed."""
    name = f"before {trial.block}"
    instructions = protocol.find_block(trial.block).instructions
    has_any = instructions or any(block.break_after for block in protocol.blocks)
    if name in sitting.steps or not has_any:
        return None
    before = sitting.trials.filter(sequence__lt=trial.sequence).order_by("-sequence").first()
    if before is not None and before.block == trial.block:
        return None
    is_break = before is not None and protocol.find_block(before.block).break_after
    return Pause(name, is_break, instructions) if is_break or instructions else None


def list_pages(protocol: Protocol) -> list[str]:
    """Pages between consent and the first trial, passed once each."""
    about = [name for name in QUESTION_PAGES if ask_on_page(protocol, name, BEFORE)]
    checks = ["checks"] if checks_of(protocol) else []
    return [*about, "instructions", *checks]


def list_later_pages(protocol: Protocol) -> list[str]:
    """Pages between the last trial and the end, passed once each."""
    return [name for name in QUESTION_PAGES if ask_on_page(protocol, name, AFTER)]


def ask_on_page(protocol: Protocol, page: str, when: str) -> tuple[PersonQuestion, ...]:
    """The questions of a page that comes before or after the trials; none: it does not come."""
    if page == "goldmsi":
        part = goldmsi_of(protocol)
        return part.list_questions() if part.when == when else ()
    return protocol.ask(when) if QUESTION_PAGES[page] == when else ()


def find_questions(protocol: Protocol, page: str) -> tuple[PersonQuestion, ...]:
    """The questions of a page, whenever it comes."""
    return ask_on_page(protocol, page, BEFORE) or ask_on_page(protocol, page, AFTER)


def find_end_page(sitting: Sitting, protocol: Protocol) -> str:
    """After the end what the study was about is told once, where the protocol tells it."""
    return "debrief" if protocol.debrief and "debrief" not in sitting.steps else "thanks"


def is_done(sitting: Sitting, protocol: Protocol) -> bool:
    """Every trial is answered and every page after them passed."""
    is_passed = all(name in sitting.steps for name in list_later_pages(protocol))
    return is_passed and find_next_trial(sitting) is None


def find_next_trial(sitting: Sitting) -> Trial | None:
    trials = sitting.trials.filter(response__isnull=True).select_related("item")
    return trials.order_by("sequence").first()


def accepts_answers(sitting: Sitting) -> bool:
    """Listeners need an open study; a pilot may also try a draft."""
    if sitting.is_pilot:
        return sitting.study.state != Study.State.CLOSED
    return sitting.study.state == Study.State.OPEN
