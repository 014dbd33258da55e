"""Registered questions stand in the protocol; what it does not name is exploratory."""

from __future__ import annotations

import pytest

from evalsite.common.errors import EarwitnessError
from evalsite.studies.parts.registered import is_registered, questions_of
from evalsite.studies.protocol import parse_protocol, read_protocol

BLOCKS = [
    {"name": "scales", "parameters": {"qualities": ["melodiousness", "minorness"]}},
    {"name": "words", "trial_type": "text"},
]
STUDY = {"format": 2, "title": "t", "blocks": BLOCKS}


def test_nothing_is_registered_by_a_protocol_that_names_no_question():
    protocol = read_protocol(STUDY)

    assert questions_of(protocol) == ()
    assert not is_registered(protocol, "scales", "melodiousness")
    assert not is_registered(protocol, "scales", "minorness")
    assert not is_registered(protocol, "words")


def test_what_is_named_is_registered_and_nothing_else():
    question = {"block": "scales", "quality": "minorness", "expected": "Kept is more minor."}
    protocol = read_protocol({**STUDY, "registered": [question, {"block": "words"}]})

    assert is_registered(protocol, "scales", "minorness")
    assert is_registered(protocol, "words")
    assert not is_registered(protocol, "scales", "melodiousness")
    assert parse_protocol(protocol.to_yaml()) == protocol
    assert questions_of(protocol)[0].expected == "Kept is more minor."


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ({"block": "moods"}, r"registered\[0\].block must be one of scales, words, got 'moods'."),
        ({"block": "scales"}, r"registered\[0\].quality must be one of melodiousness, minorness"),
        ({"block": "words", "quality": "minorness"}, r"registered\[0\].quality must be empty"),
        ({"block": "words", "p": 0.05}, r"registered\[0\] may hold block, quality, expected"),
    ],
)
def test_a_question_nobody_asks_cannot_be_registered(question, sentence):
    with pytest.raises(EarwitnessError, match=sentence):
        read_protocol({**STUDY, "registered": [question]})
