"""The methods paragraphs cite what they use, and list what they cite."""

from __future__ import annotations

import re

import numpy as np
import pytest

from evalsite.results.findings import compute_findings
from evalsite.results.pages.methods import list_references, write_methods
from evalsite.studies.queries import protocol_of
from evalsite.studies.services import close_study
from tests import factories
from tests.results.every_kind import BLOCKS, COMMON, answer_everything

pytestmark = pytest.mark.django_db
SOURCES_OF_SCALES = ("Aljanaki", "Müllensiefen")
BY_KIND = {block["name"]: block for block in BLOCKS if block["name"] == block["trial_type"]}


@pytest.fixture
def every_kind():
    rng = np.random.default_rng(3)
    blocks = [*BLOCKS, {"name": "again", "when": {"help": ["with"]}}]
    study = factories.make_open_study(
        n_recordings=3, blocks=blocks, between={"help": ["with", "without"]}
    )
    for n in range(4):
        answer_everything(study, rng, training="10+" if n % 2 else "0")
    return close_study(study=study)


def check_citations(text: str, references: list[str]) -> None:
    assert references == sorted(set(references))
    for reference in references:
        author, year = re.match(r"([^,(]+?),? .*?\((\d{4})\)", reference).groups()
        if author not in SOURCES_OF_SCALES:
            assert author in text and year in text, reference
    cited = set(re.findall(r"\b(?:19|20)\d\d\b", text))
    listed = {re.search(r"\((\d{4})\)", reference)[1] for reference in references}
    assert cited <= listed


def test_every_reference_is_cited_and_every_citation_has_a_reference(every_kind):
    protocol = protocol_of(every_kind)

    text = " ".join(write_methods(protocol, compute_findings(every_kind)))

    check_citations(text, list_references(protocol))
    assert "marked" in text and "Levels of factors" in text


@pytest.mark.parametrize("trial_type", sorted(BY_KIND))
def test_a_study_of_one_kind_tells_of_that_alone(trial_type):
    study = factories.make_open_study(blocks=[{**COMMON, **BY_KIND[trial_type]}])
    protocol = protocol_of(study)

    text = " ".join(write_methods(protocol, compute_findings(close_study(study=study))))

    check_citations(text, list_references(protocol))
    assert ("Bradley and Terry (1952)" in text) == (trial_type == "pair")
    assert ("mixed models" in text) == (trial_type in ("presence", "rating"))
