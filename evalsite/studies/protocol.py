"""The protocol of a study: declarative data in, checked, with a digest; JSON and YAML out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import yaml

from evalsite.common.errors import EarwitnessError
from evalsite.studies import reading, texts
from evalsite.studies.trial_types import make_trial_type
from evalsite.studies.trial_types.base import TrialType

FORMAT = 1
CONTROLS = ("control_area", "control_energy", "control_phase_only", "control_random_phase")
CONDITIONS = ("original", "kept", "removed", *CONTROLS)
MIN_HEARD = ("once",)


@dataclass(frozen=True)
class Consent:
    version: str = texts.CONSENT_VERSION
    text: str = texts.CONSENT


@dataclass(frozen=True)
class Welcome:
    """What a listener reads first. The study's own title is for its researchers only."""

    heading: str = texts.WELCOME_HEADING
    text: str = texts.WELCOME


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True)
class PersonQuestion:
    """A question about the person, answered by one of its choices."""

    name: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Grouping:
    """Who answered `question` with one of `values` is in group `inside`, others in `outside`."""

    question: str
    values: tuple[str, ...]
    inside: str = "musicians"
    outside: str = "others"


@dataclass(frozen=True)
class Source:
    """An explanation whose clips are judged. The hashes say which one was meant."""

    explanation: int
    target: str
    recording: str = ""
    recipe: str = ""


ABOUT = (
    PersonQuestion(
        "training",
        "How many years of lessons have you had, on an instrument or in singing?",
        (
            Choice("0", "none"),
            Choice("1-2", "1 or 2"),
            Choice("3-5", "3 to 5"),
            Choice("6-9", "6 to 9"),
            Choice("10+", "10 or more"),
        ),
    ),
    PersonQuestion(
        "device",
        "What do you listen with?",
        (
            Choice("headphones", "headphones over or on the ears"),
            Choice("earphones", "earphones in the ears"),
            Choice("loudspeakers", "separate loudspeakers"),
            Choice("built_in", "the loudspeaker of this device"),
        ),
    ),
)


@dataclass(frozen=True)
class Protocol:
    """Everything that decides how a study runs."""

    title: str
    trial_type: str = "presence"
    parameters: Mapping[str, object] | None = None
    conditions: tuple[str, ...] = ("original", "kept", "control_area")
    welcome: Welcome = Welcome()
    consent: Consent = Consent()
    about: tuple[PersonQuestion, ...] = ABOUT
    groups: Grouping | None = Grouping("training", ("6-9", "10+"))
    instructions: str = texts.INSTRUCTIONS
    question: str = texts.QUESTION
    intro: str = texts.INTRO
    practice: bool = True
    min_heard: str = "once"
    thanks: str = texts.THANKS
    seed: int = 0
    sources: tuple[Source, ...] = ()

    def make_trial_type(self) -> TrialType:
        return make_trial_type(self.trial_type, self.parameters or {})

    def find_group(self, background: Mapping[str, object]) -> str:
        """The group of a person by the protocol's rule; blank without a rule or an answer."""
        if self.groups is None or self.groups.question not in background:
            return ""
        is_inside = background[self.groups.question] in self.groups.values
        return self.groups.inside if is_inside else self.groups.outside

    def to_dict(self) -> dict[str, object]:
        plain = {"format": FORMAT, **_to_plain(self)}
        plain["parameters"] = self.make_trial_type().to_parameters()
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
    """Read JSON or YAML (JSON is YAML)."""
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        place = getattr(error, "problem_mark", None)
        where = f" in line {place.line + 1}" if place is not None else ""
        message = f"A protocol must be JSON or YAML; reading stopped{where}."
        raise EarwitnessError(message) from error
    return read_protocol(data)


def read_protocol(data: object) -> Protocol:
    keys = ("format", *(field.name for field in fields(Protocol)))
    given = dict(reading.read_mapping(data, "protocol", keys=keys))
    form = given.pop("format", FORMAT)
    if type(form) is not int or form != FORMAT:
        raise EarwitnessError(f"format must be {FORMAT}, got {ascii(form)[:40]}.")
    readers = {
        "title": lambda value: reading.read_text(value, "title"),
        "trial_type": lambda value: reading.read_name(value, "trial_type"),
        "parameters": lambda value: value,
        "conditions": _read_conditions,
        "welcome": _read_welcome,
        "consent": _read_consent,
        "about": _read_about,
        "groups": _read_groups,
        "instructions": lambda value: reading.read_text(value, "instructions", at_most=5000),
        "question": lambda value: reading.read_text(value, "question"),
        "intro": lambda value: reading.read_text(value, "intro", at_least=0, at_most=1000),
        "practice": lambda value: reading.read_bool(value, "practice"),
        "min_heard": lambda value: reading.read_choice(value, "min_heard", choices=MIN_HEARD),
        "thanks": lambda value: reading.read_text(value, "thanks", at_most=5000),
        "seed": lambda value: reading.read_whole_number(value, "seed", low=0, high=2**53 - 1),
        "sources": _read_sources,
    }
    if "title" not in given:
        raise EarwitnessError("title must be given.")
    protocol = Protocol(**{key: readers[key](value) for key, value in given.items()})
    parameters = protocol.parameters if protocol.parameters is not None else {}
    trial_type = make_trial_type(protocol.trial_type, parameters)
    _check_grouping(protocol)
    return replace(protocol, parameters=trial_type.to_parameters())


def _read_conditions(value: object) -> tuple[str, ...]:
    entries = reading.read_list(value, "conditions", at_least=1, at_most=len(CONDITIONS))
    names = [
        reading.read_choice(entry, f"conditions[{i}]", choices=CONDITIONS)
        for i, entry in enumerate(entries)
    ]
    reading.refuse_repeats(names, "conditions")
    return tuple(names)


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


def _read_about(value: object) -> tuple[PersonQuestion, ...]:
    questions = []
    for i, entry in enumerate(reading.read_list(value, "about", at_most=20)):
        where = f"about[{i}]"
        given = reading.read_mapping(entry, where, keys=("name", "label", "choices"))
        choices = reading.read_list(
            given.get("choices"), f"{where}.choices", at_least=2, at_most=20
        )
        questions.append(
            PersonQuestion(
                name=reading.read_name(given.get("name"), f"{where}.name"),
                label=reading.read_text(given.get("label"), f"{where}.label"),
                choices=tuple(
                    _read_person_choice(choice, f"{where}.choices[{j}]")
                    for j, choice in enumerate(choices)
                ),
            )
        )
        values = [choice.value for choice in questions[-1].choices]
        reading.refuse_repeats(values, f"values of {where}.choices")
    reading.refuse_repeats([question.name for question in questions], "names in about")
    return tuple(questions)


def _read_person_choice(value: object, where: str) -> Choice:
    given = reading.read_mapping(value, where, keys=("value", "label"))
    return Choice(
        value=reading.read_text(given.get("value"), f"{where}.value", at_most=40),
        label=reading.read_text(given.get("label"), f"{where}.label"),
    )


def _read_groups(value: object) -> Grouping | None:
    if value is None:
        return None
    given = reading.read_mapping(value, "groups", keys=("question", "values", "inside", "outside"))
    values = reading.read_list(given.get("values"), "groups.values", at_least=1, at_most=20)
    return Grouping(
        question=reading.read_name(given.get("question"), "groups.question"),
        values=tuple(
            reading.read_text(entry, f"groups.values[{i}]", at_most=40)
            for i, entry in enumerate(values)
        ),
        inside=reading.read_text(given.get("inside", "musicians"), "groups.inside", at_most=40),
        outside=reading.read_text(given.get("outside", "others"), "groups.outside", at_most=40),
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


def _check_grouping(protocol: Protocol) -> None:
    if protocol.groups is None:
        return
    questions = {question.name: question for question in protocol.about}
    if protocol.groups.question not in questions:
        known = ", ".join(questions) or "none"
        raise EarwitnessError(
            f"groups.question must be one of the questions in about ({known}), "
            f"got {protocol.groups.question!r}."
        )
    values = [choice.value for choice in questions[protocol.groups.question].choices]
    for value in protocol.groups.values:
        reading.read_choice(value, "groups.values", choices=values)


def _to_plain(value: object) -> object:
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [_to_plain(entry) for entry in value]
    return value
