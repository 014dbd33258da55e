"""The body of an answer, read strictly: what no page of ours sends is refused with a sentence."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import NoReturn

from evalsite.common.errors import EarwitnessError
from evalsite.studies.reading import is_unicode

MAX_BYTES = 64 * 1024
MAX_DEPTH = 8
MAX_STRETCHES = 1000
MAX_EVENTS = 1000
MAX_MS = 10**10
MAX_SIGNALS = 24
VERSIONS = (1, 2)
KEYS = ("v", "key", "answer", "heard", "n_plays", "elapsed_ms", "events")
MORE_KEYS = ("n_switches", "n_focus_losses", "device")
DEVICE = {"sample_rate": 10_000_000, "output_latency_ms": 60_000}
LABEL = re.compile(r"[A-Z][A-Z0-9]{0,7}")
IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
EVENT_KIND = re.compile(r"[a-z][a-z_]{0,39}")


class PayloadError(EarwitnessError):
    """A field of the body breaks a rule."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class PayloadTooLarge(PayloadError):
    status = 413


@dataclass(frozen=True)
class Submission:
    """A well-formed body. Whether the answer fits the trial is for the trial type to say."""

    key: str
    answer: object
    heard: dict[str, list[list[float]]]
    n_plays: dict[str, int]
    elapsed_ms: int
    events: list[dict[str, object]]
    n_switches: int = 0
    n_focus_losses: int = 0
    device: dict[str, float] = field(default_factory=dict)


def read_submission(body: bytes) -> Submission:
    """Version 2; also version 1, which knew one signal a trial: pages may be older than we."""
    data = parse_json(body)
    if not isinstance(data, dict):
        raise PayloadError("body", f"The body must be an object with {', '.join(KEYS)}.")
    version = data.get("v")
    known = (*KEYS, *MORE_KEYS) if version == 2 else KEYS
    for key in data:
        if key not in known:
            raise PayloadError(
                "body", f"The body may hold {', '.join(known)}, got {ascii(key)[:40]}."
            )
    for key in known:
        if key not in data:
            raise PayloadError(key, f"{key} must be given.")
    if type(version) is not int or version not in VERSIONS:
        raise PayloadError("v", f"v must be 1 or 2, got {ascii(version)[:40]}.")
    key = data["key"]
    if not isinstance(key, str) or not IDEMPOTENCY_KEY.fullmatch(key):
        raise PayloadError(
            "key", f"key must be 16 to 64 letters, digits, - or _, got {ascii(key)[:40]}."
        )
    if version == 1:
        data = {**data, "heard": {"A": data["heard"]}, "n_plays": {"A": data["n_plays"]}}
    heard = _read_labelled(data["heard"], "heard")
    plays = _read_labelled(data["n_plays"], "n_plays")
    return Submission(
        key=key,
        answer=data["answer"],
        heard={label: _read_heard(stretches) for label, stretches in heard.items()},
        n_plays={label: _read_count(n, "n_plays", 100_000) for label, n in plays.items()},
        elapsed_ms=_read_count(data["elapsed_ms"], "elapsed_ms", MAX_MS),
        events=_read_events(data["events"]),
        n_switches=_read_count(data.get("n_switches", 0), "n_switches", 100_000),
        n_focus_losses=_read_count(data.get("n_focus_losses", 0), "n_focus_losses", 100_000),
        device=_read_device(data.get("device", {})),
    )


def parse_json(body: bytes) -> object:
    """JSON without what databases choke on: NaN, NUL, lone surrogates, repeats, great depth."""
    if len(body) > MAX_BYTES:
        raise PayloadTooLarge("body", f"The body must have {MAX_BYTES} bytes or fewer.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PayloadError("body", "The body must be UTF-8.") from error
    if measure_depth(text) > MAX_DEPTH:
        raise PayloadError("body", f"The body must be nested {MAX_DEPTH} deep or less.")
    try:
        data = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_parse_float,
            object_pairs_hook=_refuse_repeats,
        )
    except ValueError as error:
        # Also whole numbers of more digits than Python reads.
        raise PayloadError("body", "The body must be valid JSON.") from error
    _check_strings(data)
    return data


def measure_depth(text: str) -> int:
    """The deepest nesting of brackets outside strings; parsers recurse, this does not."""
    depth = deepest = 0
    is_string = is_escaped = False
    for char in text:
        if is_string:
            if is_escaped:
                is_escaped = False
            elif char == "\\":
                is_escaped = True
            elif char == '"':
                is_string = False
        elif char == '"':
            is_string = True
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def _refuse_constant(name: str) -> NoReturn:
    raise PayloadError("body", f"Numbers must be finite, got {name}.")


def _parse_float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise PayloadError("body", f"Numbers must be finite, got {digits[:20]}.")
    return value


def _refuse_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise PayloadError("body", f"Each name must come once, {ascii(twice)[:40]} comes twice.")
    return found


def _check_strings(value: object) -> None:
    if isinstance(value, dict):
        for name, entry in value.items():
            _check_string(name)
            _check_strings(entry)
    elif isinstance(value, list):
        for entry in value:
            _check_strings(entry)
    elif isinstance(value, str):
        _check_string(value)


def _check_string(text: str) -> None:
    if "\x00" in text or not is_unicode(text):
        raise PayloadError("body", "Text must hold neither NUL nor half a surrogate pair.")


def _read_count(value: object, field: str, high: int) -> int:
    if type(value) is not int or not 0 <= value <= high:
        raise PayloadError(
            field, f"{field} must be a whole number from 0 to {high}, got {ascii(value)[:40]}."
        )
    return value


def _read_labelled(value: object, name: str) -> dict[str, object]:
    if not isinstance(value, dict) or len(value) > MAX_SIGNALS:
        raise PayloadError(
            name, f"{name} must be an object with {MAX_SIGNALS} labels of signals or fewer."
        )
    for label in value:
        if not LABEL.fullmatch(label):
            raise PayloadError(
                name, f"{name} must have labels of signals as names, got {ascii(label)[:40]}."
            )
    return value


def _read_device(value: object) -> dict[str, float]:
    """What is unknown is left out or null."""
    if not isinstance(value, dict) or not set(value) <= set(DEVICE):
        raise PayloadError("device", f"device must be an object with {', '.join(DEVICE)}.")
    known = {name: figure for name, figure in value.items() if figure is not None}
    for name, figure in known.items():
        if type(figure) not in (int, float) or not 0 <= figure <= DEVICE[name]:
            raise PayloadError(
                "device",
                f"device.{name} must be a number from 0 to {DEVICE[name]}, "
                f"got {ascii(figure)[:40]}.",
            )
    return known


def _read_heard(value: object) -> list[list[float]]:
    if not isinstance(value, list) or len(value) > MAX_STRETCHES:
        raise PayloadError("heard", f"heard must be a list of {MAX_STRETCHES} stretches or fewer.")
    for stretch in value:
        if not isinstance(stretch, list) or len(stretch) != 2 or not _is_span(*stretch):
            raise PayloadError(
                "heard",
                "heard must hold pairs [from, to] of seconds, from 0 up, "
                f"got {ascii(stretch)[:40]}.",
            )
    return [[float(start), float(end)] for start, end in value]


def _is_span(start: object, end: object) -> bool:
    if type(start) not in (int, float) or type(end) not in (int, float):
        return False
    return 0 <= start <= end <= 86_400  # type: ignore[operator]


def _read_events(value: object) -> list[dict[str, object]]:
    if not isinstance(value, list) or len(value) > MAX_EVENTS:
        raise PayloadError("events", f"events must be a list of {MAX_EVENTS} events or fewer.")
    for event in value:
        kind = event.get("kind") if isinstance(event, dict) else None
        if not isinstance(kind, str) or not EVENT_KIND.fullmatch(kind):
            raise PayloadError(
                "events",
                "events must hold objects with a kind of small letters and _, "
                f"got {ascii(event)[:40]}.",
            )
        _read_count(event.get("ms"), "events.ms", MAX_MS)
    return value
