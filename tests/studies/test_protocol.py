"""Protocols: read strictly, written without loss, with a digest."""

from __future__ import annotations

import pytest

from evalsite.common.errors import EarwitnessError
from evalsite.studies.protocol import Protocol, parse_protocol, read_protocol
from evalsite.studies.qualities import MID_LEVEL

FULL = {
    "format": 1,
    "title": "Ähnlichkeit 音",
    "conditions": ["original", "kept", "control_energy"],
    "parameters": {
        "qualities": [
            "melodiousness",
            {"name": "warmth", "label": "Warmth", "low": "cold", "high": "warm"},
        ],
        "points": 5,
        "offer_cant_tell": False,
        "confidence": [],
    },
    "consent": {"version": "7b", "text": "First.\n\nSecond."},
    "about": [
        {
            "name": "training",
            "label": "Lessons?",
            "choices": [{"value": "0", "label": "none"}, {"value": "1", "label": "some"}],
        }
    ],
    "groups": {"question": "training", "values": ["1"]},
    "practice": False,
    "seed": 12,
    "sources": [{"explanation": 3, "target": "valence", "recording": "ab", "recipe": "cd"}],
}


@pytest.mark.parametrize("form", ["to_json", "to_yaml"])
@pytest.mark.parametrize("data", [FULL, {"title": "Short"}])
def test_protocol_survives_its_file(form, data):
    protocol = read_protocol(data)

    again = parse_protocol(getattr(protocol, form)())

    assert again == protocol
    assert again.digest() == protocol.digest()


def test_digest_ignores_the_order_of_keys_and_sees_every_word():
    protocol = read_protocol(FULL)

    assert read_protocol(dict(reversed(FULL.items()))).digest() == protocol.digest()
    assert read_protocol({**FULL, "seed": 13}).digest() != protocol.digest()
    assert len(protocol.digest()) == 64


def test_defaults_are_written_out():
    written = read_protocol({"title": "Short"}).to_dict()

    [block] = written["blocks"]
    assert written["format"] == 2
    assert [q["name"] for q in block["parameters"]["qualities"]] == [q.name for q in MID_LEVEL]
    assert block["conditions"] == ["original", "kept", "control_area"]
    assert block["ask_familiarity"] is True


@pytest.mark.parametrize(
    ("background", "group"),
    [({"training": "6-9"}, "musicians"), ({"training": "0"}, "others"), ({}, "")],
)
def test_group_follows_the_rule(background, group):
    assert Protocol(title="t").find_group(background) == group


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": 7}, "title must be text, got 7."),
        ({"title": ""}, "title must have 1 to 200 characters, got 0."),
        ({"title": "a\x00b"}, "title must hold no control characters"),
        ({"title": "a\ud800"}, "title must hold no control characters"),
        ({"colour": 1}, "protocol may hold format, title"),
        ({"format": 3}, "format must be 1 or 2, got 3."),
        ({"format": 2}, "protocol may hold format, title"),
        ({"format": True}, "format must be 1 or 2, got True."),
        ({"trial_type": "telepathy"}, "trial_type must be one of"),
        ({"conditions": []}, "conditions must hold 1 to"),
        ({"conditions": ["kept", "kept"]}, "conditions must differ from each other"),
        ({"conditions": ["loud"]}, r"conditions\[0\] must be one of original"),
        ({"parameters": {"points": 7.0}}, "parameters.points must be a whole number from 2 to 9"),
        ({"parameters": {"points": True}}, "parameters.points must be a whole number"),
        ({"parameters": {"qualities": []}}, "parameters.qualities must hold 1 to 20"),
        ({"parameters": {"qualities": ["x"]}}, r"parameters.qualities\[0\] must be a mapping or"),
        ({"parameters": {"qualities": ["minorness"] * 2}}, "names of qualities must differ"),
        ({"parameters": {"speed": 1}}, "parameters may hold qualities"),
        ({"parameters": []}, "parameters must be a mapping"),
        ({"practice": "no"}, "practice must be true or false, got 'no'."),
        ({"min_heard": "twice"}, "min_heard must be once or seconds from 0 to 3600, got 'twice'."),
        ({"seed": -1}, "seed must be a whole number from 0"),
        ({"consent": {"text": "x"}}, "consent.version must be text, got None."),
        ({"groups": {"question": "shoe", "values": ["1"]}}, "groups.question must be one of"),
        ({"groups": {"question": "training", "values": ["9"]}}, "groups.values must be one of"),
        ({"sources": [{"explanation": "3", "target": "v"}]}, r"sources\[0\].explanation must be"),
        ({"about": [{"name": "A b", "label": "x", "choices": []}]}, r"about\[0\].choices must"),
    ],
)
def test_broken_rule_is_named_with_its_value(change, sentence):
    with pytest.raises(EarwitnessError, match=f"^{sentence}"):
        read_protocol({**FULL, **change})


@pytest.mark.parametrize("text", ["{", "a: b: c", "!!python/object:os.system {}", "\t- x"])
def test_what_is_neither_json_nor_yaml_is_refused(text):
    with pytest.raises(EarwitnessError, match="A protocol must be JSON or YAML"):
        parse_protocol(text)


@pytest.mark.parametrize("text", ["", "7", "[]", "just words"])
def test_what_is_no_mapping_is_refused(text):
    with pytest.raises(EarwitnessError, match="protocol must be a mapping"):
        parse_protocol(text)
