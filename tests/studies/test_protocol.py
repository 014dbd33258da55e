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
        ({"about": [{"name": "A b", "label": "x", "choices": []}]}, r"about\[0\].name must"),
    ],
)
def test_broken_rule_is_named_with_its_value(change, sentence):
    with pytest.raises(EarwitnessError, match=f"^{sentence}"):
        read_protocol({**FULL, **change})


@pytest.mark.parametrize("text", ["{", "a: b: c", "!!python/object:os.system {}", "\t- x"])
def test_what_is_neither_json_nor_yaml_is_refused(text):
    with pytest.raises(EarwitnessError, match="A protocol must be JSON or YAML"):
        parse_protocol(text)


def test_aliases_are_refused():
    with pytest.raises(EarwitnessError, match="must hold no alias of YAML, line 2 has one"):
        parse_protocol("title: &x [1]\nthanks: *x\n")


@pytest.mark.parametrize("text", ["", "7", "[]", "just words"])
def test_what_is_no_mapping_is_refused(text):
    with pytest.raises(EarwitnessError, match="protocol must be a mapping"):
        parse_protocol(text)


TWO = {
    "format": 2,
    "title": "Two",
    "between": {"help": ["with", "without"]},
    "quotas": {"musicians": 20},
    "block_order": "williams",
    "reservation_minutes": 30,
    "blocks": [
        {"name": "first", "assignment": "all", "order": "williams", "repeats": 2, "catch": 1},
        {
            "name": "second",
            "trial_type": "rating",
            "assignment": "sample",
            "items_per_sitting": 4,
            "ratings_per_item": 5,
            "min_heard": 2.5,
            "when": {"help": ["with"]},
        },
    ],
}


@pytest.mark.parametrize("form", ["to_json", "to_yaml"])
def test_protocol_of_several_blocks_survives_its_file(form):
    protocol = read_protocol(TWO)

    again = parse_protocol(getattr(protocol, form)())

    assert again == protocol
    assert again.digest() == protocol.digest()
    assert [block.name for block in again.blocks] == ["first", "second"]
    assert again.find_block("second").min_heard == 2.5
    assert again.find_block("second").is_for({"help": "with"})
    assert not again.find_block("second").is_for({"help": "without"})


def test_frozen_protocol_is_written_as_it_was_read():
    stored = {**FULL, "parameters": {**FULL["parameters"], "ask_familiarity": False}}

    frozen = read_protocol(stored, is_frozen=True)

    assert frozen.to_dict() == stored
    assert frozen.blocks[0].ask_familiarity is False
    assert read_protocol(stored).to_dict()["format"] == 2


def with_block(**fields):
    return {"blocks": [{**TWO["blocks"][0], **fields}]}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"conditions": ["kept"]}, "protocol may hold format, title"),
        ({"blocks": []}, "blocks must hold 1 to 20 entries, got 0."),
        ({"blocks": [{}, {}]}, "names of blocks must differ from each other, got 'main' twice."),
        ({"blocks": ["x"]}, r"blocks\[0\] must be a mapping"),
        (with_block(colour=1), r"blocks\[0\] may hold name"),
        (with_block(name="No"), r"blocks\[0\].name must be a name of small letters"),
        (with_block(assignment="dice"), r"blocks\[0\].assignment must be one of latin_square"),
        (with_block(assignment="sample"), r"blocks\[0\].items_per_sitting must be given if"),
        (with_block(ratings_per_item=3), r"blocks\[0\].ratings_per_item must be given if"),
        (with_block(conditions=["kept"]), r"blocks\[0\].order can be williams with two"),
        (with_block(min_heard=-1), r"blocks\[0\].min_heard must be once or seconds from 0"),
        (with_block(min_heard=True), r"blocks\[0\].min_heard must be once or seconds from 0"),
        (with_block(when={"help": ["maybe"]}), r"blocks\[0\].when.help must be one of with"),
        (with_block(when={"shoe": ["with"]}), r"blocks\[0\].when.shoe must be one of"),
        (with_block(when=["with"]), r"blocks\[0\].when must be a mapping"),
        (with_block(repeats=1.5), r"blocks\[0\].repeats must be a whole number from 0"),
        ({"between": {"help": ["with"]}}, "between.help must hold 2 to 10 entries"),
        ({"between": ["help"]}, "between must be a mapping"),
        ({"quotas": {"drummers": 3}}, "quotas must name groups"),
        ({"quotas": {"musicians": -1}}, "quotas.musicians must be a whole number"),
        ({"quotas": 3}, "quotas must be a mapping"),
        ({"block_order": "dice"}, "block_order must be one of fixed"),
        ({"reservation_minutes": 0}, "reservation_minutes must be a whole number from 1"),
    ],
)
def test_broken_rule_of_a_block_is_named_with_its_value(change, sentence):
    with pytest.raises(EarwitnessError, match=f"^{sentence}"):
        read_protocol({**TWO, **change})
