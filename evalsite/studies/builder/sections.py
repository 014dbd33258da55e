"""The pages of a draft: which part of the protocol each one changes."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from evalsite.studies.builder.changes import Plain
from evalsite.studies.models import Study

VALUES = {
    "words": ("title", "language", "welcome", "consent", "instructions", "debrief", "thanks"),
    "listeners": ("about", "groups", "quotas"),
    "design": ("block_order", "between", "reservation_minutes", "seed"),
}
MORE, SOURCES, FILE = "more", "sources", "file"
# They have pages of their own, or are no choice.
APART = ("format", "blocks", SOURCES)
TITLES = {
    "words": "Words",
    SOURCES: "Recordings",
    "listeners": "Listeners",
    "design": "Design",
    MORE: "Checks and more",
    FILE: "Protocol file",
}


@dataclass(frozen=True)
class Entry:
    """A line of the outline."""

    title: str
    url: str
    note: str = ""
    is_block: bool = False


def list_keys(plain: Plain, section: str) -> list[str]:
    """The protocol's keys that a section shows; what no other one has is under `more`."""
    if section in VALUES:
        return [key for key in VALUES[section] if key in plain]
    known = {*APART, *(key for keys in VALUES.values() for key in keys)}
    return [key for key in plain if key not in known]


def list_sections(study: Study, plain: Plain) -> list[Entry]:
    def find_url(section: str) -> str:
        return reverse("study_edit", args=[study.slug, section])

    n_sources = len(plain["sources"])
    blocks = [
        Entry(
            f"Block “{block['name']}”",
            reverse("study_block", args=[study.slug, block["name"]]),
            block["trial_type"] if block["trial_type"] != block["name"] else "",
            is_block=True,
        )
        for block in plain["blocks"]
    ]
    notes = {SOURCES: f"{n_sources}", FILE: "YAML"}
    shown = [name for name in TITLES if name != MORE or list_keys(plain, MORE)]
    before = [name for name in shown if name in ("words", SOURCES)]
    after = [name for name in shown if name not in before]
    return [
        *(Entry(TITLES[name], find_url(name), notes.get(name, "")) for name in before),
        *blocks,
        *(Entry(TITLES[name], find_url(name), notes.get(name, "")) for name in after),
    ]
