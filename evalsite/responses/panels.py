"""Panels that send paid listeners, as Prolific does: who comes, what they are told, who left."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from evalsite.common.errors import EarwitnessError
from evalsite.responses.models import Panel, Recruit, Sitting
from evalsite.responses.services import give_place_back
from evalsite.studies.models import Study

# How it ended, by the page that says so.
OUTCOMES = {
    "thanks": "completed",
    "screened_out": "screened_out",
    "declined": "no_consent",
    "full": "full",
    "closed": "closed",
}
NUMBER = re.compile(r"[A-Za-z0-9._@:-]{1,100}")
CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
MAX_PEOPLE = 10_000
GONE = {"RETURNED", "TIMED-OUT", "TIMED OUT"}


@dataclass(frozen=True)
class Visitor:
    """Somebody whom the panel sent, by its numbers."""

    person: str
    panel_study: str = ""
    session: str = ""


@dataclass(frozen=True)
class PanelReturn:
    """Where an end leads to; `is_at_once`: without a press."""

    url: str
    code: str
    is_at_once: bool


def panel_of(study: Study) -> Panel:
    """What its researcher said of the panel, or Prolific's conventions without any code."""
    return Panel.objects.filter(study=study).first() or Panel(study=study)


def read_visitor(panel: Panel, given: Mapping[str, str]) -> Visitor | None:
    """Who comes by a link with these parameters; none without the person's."""
    if panel.person_parameter not in given:
        return None
    parameters = (panel.person_parameter, panel.study_parameter, panel.session_parameter)
    numbers = [given.get(parameter, "") for parameter in parameters]
    for parameter, number in zip(parameters, numbers, strict=True):
        is_left_out = not number and parameter != panel.person_parameter
        if not (is_left_out or NUMBER.fullmatch(number)):
            raise EarwitnessError(
                f"{parameter} must be 1 to 100 letters, digits or . _ @ : -, "
                f"got {ascii(number)[:40]}."
            )
    return Visitor(*numbers)


def find_return(sitting: Sitting, page: str) -> PanelReturn | None:
    """The way back from an end page, for who was sent by a panel that has a code for it."""
    if page not in OUTCOMES or not Recruit.objects.filter(sitting=sitting).exists():
        return None
    panel = panel_of(sitting.study)
    code = panel.codes.get(OUTCOMES[page])
    if not code:
        return None
    url = panel.return_address.replace("{code}", quote(code))
    return PanelReturn(url, code, is_at_once=page == "thanks")


def change_panel(*, study: Study, codes: Mapping[str, str], **fields: str) -> Panel:
    """`codes` by outcome, blank ones left out. Each tells one outcome from the others."""
    for name in ("person_parameter", "study_parameter", "session_parameter"):
        if not PARAMETER.fullmatch(fields.get(name, "x")):
            raise EarwitnessError(
                f"{name} must be a letter and up to 39 letters, digits or _ . -, "
                f"got {ascii(fields[name])[:40]}."
            )
    address = fields.get("return_address", "https://{code}")
    if not address.startswith("https://") or address.count("{code}") != 1:
        raise EarwitnessError(
            "return_address must begin with https:// and hold {code} once, "
            f"got {ascii(address)[:60]}."
        )
    kept = {outcome: code for outcome, code in codes.items() if code}
    for outcome, code in kept.items():
        if outcome not in OUTCOMES.values():
            raise EarwitnessError(
                f"codes must be of {', '.join(OUTCOMES.values())}, got {ascii(outcome)[:40]}."
            )
        if not CODE.fullmatch(code):
            raise EarwitnessError(
                f"codes.{outcome} must be 1 to 64 letters, digits, _ or -, got {ascii(code)[:40]}."
            )
        if list(kept.values()).count(code) > 1:
            raise EarwitnessError(f"codes must differ by outcome, {code} comes twice.")
    panel, _ = Panel.objects.update_or_create(study=study, defaults={**fields, "codes": kept})
    return panel


def read_people(text: str) -> list[str]:
    """Numbers of people from a list of them, or of those who left from the panel's CSV."""
    lines = text.lstrip("\ufeff").strip().splitlines()
    names = [name.strip().lower() for name in next(csv.reader(lines[:1]), [])]
    if "participant id" not in names or "status" not in names:
        return list(dict.fromkeys(filter(None, re.split(r"[\s,;]+", text.lstrip("\ufeff")))))
    rows = csv.DictReader(lines[1:], fieldnames=names)
    people = [
        (row["participant id"] or "").strip()
        for row in rows
        if (row["status"] or "").strip().upper() in GONE
    ]
    return list(dict.fromkeys(filter(None, people)))


def return_places(*, study: Study, people: Collection[str]) -> dict[str, int]:
    """Give back the places of those who left the panel; who had finished keeps theirs.

    Says how many were `returned`, had `finished` or `ended` before, and were `unknown`.
    """
    if len(people) > MAX_PEOPLE:
        raise EarwitnessError(f"people must be {MAX_PEOPLE} or fewer at once, got {len(people)}.")
    recruits = study.recruits.filter(is_pilot=False, person__in=people).select_related("sitting")
    counts = Counter(returned=0, finished=0, ended=0)
    for recruit in recruits:
        if give_place_back(sitting=recruit.sitting):
            counts["returned"] += 1
        else:
            is_finished = recruit.sitting.state == Sitting.State.FINISHED
            counts["finished" if is_finished else "ended"] += 1
    return {**counts, "unknown": len(set(people)) - sum(counts.values())}


def count_recruits(study: Study) -> list[tuple[str, int]]:
    """How many the panel sent, by what became of them."""
    states = study.recruits.filter(is_pilot=False).values_list("sitting__state", flat=True)
    counts = Counter(states)
    return [(state.label, counts[state]) for state in Sitting.State if counts[state]]
