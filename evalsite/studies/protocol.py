"""The protocol of a study: declarative data in, checked, with a digest; JSON and YAML out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

import yaml
from django.utils import translation

from evalsite.common.errors import EarwitnessError
from evalsite.studies import parts, reading, texts
from evalsite.studies.blocks import CONDITIONS, CONTROLS, Block, read_block, read_blocks
from evalsite.studies.format1 import KEYS as FORMAT1_KEYS
from evalsite.studies.format1 import upgrade
from evalsite.studies.language import LANGUAGES, translated
from evalsite.studies.parts.base import Part
from evalsite.studies.person_questions import PersonQuestion
from evalsite.studies.questionnaire import (
    MUSICIANS,
    Grouping,
    ask_about,
    check_grouping,
    read_about,
    read_groups,
)
from evalsite.studies.trial_types.base import TrialType

__all__ = ["CONDITIONS", "CONTROLS", "FORMAT", "Protocol", "parse_protocol", "read_protocol"]

FORMAT = 2
BLOCK_ORDERS = ("fixed", "random", "williams")


@dataclass(frozen=True)
class Consent:
    version: str = texts.CONSENT_VERSION
    text: str = translated(texts.CONSENT)


@dataclass(frozen=True)
class Welcome:
    """What a listener reads first. The study's own title is for its researchers only."""

    heading: str = translated(texts.WELCOME_HEADING)
    text: str = translated(texts.WELCOME)


@dataclass(frozen=True)
class Source:
    """An explanation whose clips are judged. The hashes say which one was meant."""

    explanation: int
    target: str
    recording: str = ""
    recipe: str = ""


@dataclass(frozen=True)
class Protocol:
    """Everything that decides how a study runs.

    `between` names factors between listeners and their levels; `quotas` how many listeners a
    group takes. `frozen` is a stored protocol as it was frozen: what is written and digested.
    """

    title: str
    language: str = LANGUAGES[0]
    welcome: Welcome = field(default_factory=Welcome)
    consent: Consent = field(default_factory=Consent)
    about: tuple[PersonQuestion, ...] = field(default_factory=ask_about)
    groups: Grouping | None = MUSICIANS
    quotas: Mapping[str, int] = field(default_factory=dict)
    between: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    instructions: str = translated(texts.INSTRUCTIONS)
    blocks: tuple[Block, ...] = field(default_factory=lambda: (Block(),))
    block_order: str = "fixed"
    reservation_minutes: int = 60
    debrief: str = ""
    thanks: str = translated(texts.THANKS)
    seed: int = 0
    sources: tuple[Source, ...] = ()
    parts: Mapping[str, Part] = field(default_factory=dict)
    frozen: Mapping[str, object] | None = field(default=None, compare=False, repr=False)

    @property
    def conditions(self) -> tuple[str, ...]:
        """All conditions of all blocks, each once, in their order."""
        return tuple(dict.fromkeys(name for block in self.blocks for name in block.conditions))

    @property
    def practice(self) -> bool:
        """Whether there is a practice trial in any block."""
        return any(block.practice for block in self.blocks)

    def ask(self, when: str) -> tuple[PersonQuestion, ...]:
        """The questions about the person that are asked before or after the trials."""
        return tuple(question for question in self.about if question.when == when)

    def find_block(self, name: str) -> Block:
        return next(block for block in self.blocks if block.name == name)

    def make_trial_type(self) -> TrialType:
        """That of the first block."""
        return self.blocks[0].make_trial_type()

    def find_group(self, background: Mapping[str, object]) -> str:
        """The group of a person by the protocol's rule; blank without a rule or an answer."""
        return self.groups.find_group(background) if self.groups else ""

    def to_dict(self) -> dict[str, object]:
        if self.frozen is not None:
            return dict(self.frozen)
        plain = {
            "format": FORMAT,
            **{key: _to_plain(getattr(self, key)) for key in _READERS},
            **{name: part.to_plain() for name, part in self.parts.items()},
        }
        plain["blocks"] = [
            {**_to_plain(block), "parameters": block.make_trial_type().to_parameters()}
            for block in self.blocks
        ]
        return plain

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"

    def to_yaml(self) -> str:
        return yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True, width=88)

    def digest(self) -> str:
        """sha256 of the canonical JSON: sorted keys, no spaces, UTF-8."""
        canonical = json.dumps(
            self.to_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def parse_protocol(text: str) -> Protocol:
    """Read JSON or YAML."""
    return read_protocol(reading.read_yaml(text, "A protocol"))


def read_protocol(data: object, *, is_frozen: bool = False) -> Protocol:
    """Read format 2, or format 1, which has one block. A frozen one is written as it was read.

    What is left out is filled in with ready-made texts in the protocol's language.
    """
    language = data.get("language") if isinstance(data, Mapping) else None
    with translation.override(language if language in LANGUAGES else LANGUAGES[0]):
        protocol = _read_protocol(data, is_frozen=is_frozen)
    return replace(protocol, frozen=data) if is_frozen else protocol


def _read_protocol(data: object, *, is_frozen: bool) -> Protocol:
    form = data.get("format", 2 if "blocks" in data else 1) if isinstance(data, Mapping) else FORMAT
    if type(form) is not int or form not in (1, FORMAT):
        raise EarwitnessError(f"format must be 1 or {FORMAT}, got {ascii(form)[:40]}.")
    if form == 1:
        given = upgrade(reading.read_mapping(data, "protocol", keys=("format", *FORMAT1_KEYS)))
        given["blocks"] = (read_block(given["blocks"]),)
    else:
        keys = ("format", *_READERS, *parts.list_names())
        given = dict(reading.read_mapping(data, "protocol", keys=keys))
    if "title" not in given:
        raise EarwitnessError("title must be given.")
    read = {key: reader(given[key]) for key, reader in _READERS.items() if key in given}
    protocol = Protocol(**read, parts=parts.read_parts(given, is_frozen=is_frozen))
    check_grouping(protocol.groups, protocol.about)
    _check_design(protocol)
    for part in protocol.parts.values():
        part.check(protocol)
    return protocol


def _read_welcome(value: object) -> Welcome:
    given = reading.read_mapping(value, "welcome", keys=("heading", "text"))
    return Welcome(
        heading=reading.read_text(given.get("heading"), "welcome.heading"),
        text=reading.read_text(given.get("text"), "welcome.text", at_most=5000),
    )


def _read_consent(value: object) -> Consent:
    given = reading.read_mapping(value, "consent", keys=("version", "text"))
    return Consent(
        version=reading.read_text(given.get("version"), "consent.version", at_most=40),
        text=reading.read_text(given.get("text"), "consent.text", at_most=20_000),
    )


def _read_sources(value: object) -> tuple[Source, ...]:
    sources = []
    for i, entry in enumerate(reading.read_list(value, "sources", at_most=500)):
        where = f"sources[{i}]"
        keys = ("explanation", "target", "recording", "recipe")
        given = reading.read_mapping(entry, where, keys=keys)
        hashes = {
            key: reading.read_text(given.get(key, ""), f"{where}.{key}", at_least=0, at_most=64)
            for key in ("recording", "recipe")
        }
        sources.append(
            Source(
                explanation=reading.read_whole_number(
                    given.get("explanation"), f"{where}.explanation", low=1, high=2**53 - 1
                ),
                target=reading.read_text(given.get("target"), f"{where}.target", at_most=100),
                **hashes,
            )
        )
    return tuple(sources)


def _read_quotas(value: object) -> dict[str, int]:
    if not isinstance(value, Mapping):
        raise EarwitnessError(
            f"quotas must be a mapping of groups to listeners, got {ascii(value)[:40]}."
        )
    return {
        reading.read_text(group, "quotas", at_most=40): reading.read_whole_number(
            n, f"quotas.{group}", low=0, high=10**6
        )
        for group, n in value.items()
    }


def _read_between(value: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping) or len(value) > 5:
        raise EarwitnessError("between must be a mapping of 5 or fewer factors to their levels.")
    found = {}
    for name, entries in value.items():
        where = f"between.{reading.read_name(name, 'between')}"
        levels = [
            reading.read_name(entry, f"{where}[{i}]")
            for i, entry in enumerate(reading.read_list(entries, where, at_least=2, at_most=10))
        ]
        reading.refuse_repeats(levels, where)
        found[name] = tuple(levels)
    return found


def _check_design(protocol: Protocol) -> None:
    groups = protocol.groups
    known = (groups.inside, groups.outside) if groups else ()
    for group in protocol.quotas:
        if group not in known:
            raise EarwitnessError(
                f"quotas must name groups ({', '.join(known) or 'none'}), got {group!r}."
            )
    for i, block in enumerate(protocol.blocks):
        for factor, levels in (block.when or {}).items():
            wanted = protocol.between.get(factor, ())
            for level in levels:
                reading.read_choice(level, f"blocks[{i}].when.{factor}", choices=wanted)


def _text(where: str, at_least: int = 1, at_most: int = 5000):
    return lambda value: reading.read_text(value, where, at_least=at_least, at_most=at_most)


def _number(where: str, low: int, high: int):
    return lambda value: reading.read_whole_number(value, where, low=low, high=high)


_READERS = {
    "title": _text("title", at_most=200),
    "language": lambda value: reading.read_choice(value, "language", choices=LANGUAGES),
    "welcome": _read_welcome,
    "consent": _read_consent,
    "about": read_about,
    "groups": read_groups,
    "quotas": _read_quotas,
    "between": _read_between,
    "instructions": _text("instructions"),
    "blocks": lambda value: value if isinstance(value, tuple) else read_blocks(value),
    "block_order": lambda value: reading.read_choice(value, "block_order", choices=BLOCK_ORDERS),
    "reservation_minutes": _number("reservation_minutes", 1, 60 * 24 * 30),
    "debrief": _text("debrief", at_least=0, at_most=20_000),
    "thanks": _text("thanks"),
    "seed": _number("seed", 0, 2**53 - 1),
    "sources": _read_sources,
}


def _to_plain(value: object) -> object:
    if hasattr(value, "to_plain"):
        return value.to_plain()
    if hasattr(value, "__dataclass_fields__"):
        return {entry.name: _to_plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, tuple | list):
        return [_to_plain(entry) for entry in value]
    if isinstance(value, Mapping):
        return {name: _to_plain(entry) for name, entry in value.items()}
    return value
