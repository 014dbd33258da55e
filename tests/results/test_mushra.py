"""From sittings of a MUSHRA study to its post-screening and its tables."""

from __future__ import annotations

import hashlib

import pandas as pd
import pytest

from evalsite.analysis.screening import describe_mushra, screen_mushra
from evalsite.common.blobs import find_blob
from evalsite.responses.models import Trial
from evalsite.results.dataset.contents import ITEM_COLUMNS, describe_signal, name_clip_file
from evalsite.results.tables.frames import items_of, ratings_frame
from evalsite.results.tables.pseudonyms import hide_pseudonym, make_rater_key
from evalsite.results.tables.screening import screen_study
from evalsite.results.tables.screening_tables import MID_ANCHOR, REFERENCE, collect_scores
from evalsite.studies.queries import protocol_of
from evalsite.studies.services import close_study, open_study
from tests.responses.listener import Listener, make_body
from tests.studies.full_band import make_mushra

pytestmark = pytest.mark.django_db
GOOD = {"original": 100, "anchor_3k5": 10, "anchor_7k": 45, "kept": 60, "control_area": 50}
DEAF_TO_REFERENCE = {**GOOD, "original": 89}
DEAF_TO_ANCHOR = {**GOOD, "anchor_7k": 91}
N_GOOD, N_EXCERPTS, N_SOUNDS = 5, 5, 5


def sit(study, scores: dict[str, int]) -> str:
    """A whole sitting with these scores by condition; the participant as the tables have them."""
    listener = Listener(study).pass_pages()
    while listener.next()["step"] == "trial":
        trial = listener.open_trial()
        conditions = Trial.objects.get(name=trial["name"]).key["conditions"]
        labels = [label for label in trial["shown"]["labels"] if label != "R"]
        ratings = {label: scores[conditions[label]] for label in labels}
        answer = listener.send(trial, make_body(trial, answer={"ratings": ratings}))
        assert answer.status_code == 200, answer.content
    return hide_pseudonym(make_rater_key(study), listener.sitting.participant.pseudonym)


@pytest.fixture
def study():
    return open_study(study=make_mushra(seconds=0.2))


def test_post_screening_leaves_out_whom_the_recommendation_does(study):
    for _ in range(N_GOOD):
        sit(study, GOOD)
    no_reference, no_anchor = sit(study, DEAF_TO_REFERENCE), sit(study, DEAF_TO_ANCHOR)
    study = close_study(study=study)
    frame = ratings_frame(study)

    screened = screen_study(study, frame)
    assert screened.found["hidden_reference"].excluded == (no_reference,)
    assert screened.found["mid_anchor"].excluded == (no_anchor,)
    assert screened.excluded == tuple(sorted((no_reference, no_anchor)))
    scores = collect_scores(protocol_of(study), frame)
    assert len(scores) == (N_GOOD + 2) * N_EXCERPTS * N_SOUNDS
    by_rule = screen_mushra(scores, reference=REFERENCE, mid_anchor=MID_ANCHOR)
    means = describe_mushra(scores, by_rule)
    assert by_rule.excluded == screened.excluded
    names = {"original": REFERENCE, "anchor_7k": MID_ANCHOR}
    assert {name: result.estimate for name, result in means.items()} == {
        names.get(name, name): float(score) for name, score in GOOD.items()
    }
    told = {rule["rule"]: rule["n_left_out"] for rule in screened.describe()}
    assert (told["hidden_reference"], told["mid_anchor"]) == (1, 1)


def test_tables_have_the_anchors_with_condition_and_file(study):
    sit(study, GOOD)
    signals = [signal for item in items_of(study) for signal in item.signals.all()]
    names = [column.name for column in ITEM_COLUMNS]
    items = pd.DataFrame([describe_signal(signal) for signal in signals], columns=names)
    ratings = ratings_frame(study)

    assert sorted(set(items["condition"])) == sorted(GOOD)
    assert len({name_clip_file(signal) for signal in signals}) == N_EXCERPTS * (N_SOUNDS + 1)
    for signal in signals:
        stored = find_blob(signal.blob).read_bytes()
        assert hashlib.sha256(stored).hexdigest() == signal.blob
    assert set(ratings["clip"]) == {signal.blob for signal in signals}
    anchors = ratings.dropna(subset="anchor_hz")
    cutoffs = dict(zip(anchors["condition"], anchors["anchor_hz"], strict=True))
    assert cutoffs == {"anchor_3k5": 3500, "anchor_7k": 7000}
    assert set(ratings.loc[ratings["is_hidden_reference"], "condition"]) == {"original"}
    assert set(ratings["signal"]) == set("ABCDE")
    assert (ratings["heard_s"] == 0.2).all()
