"""Several blocks, catch trials, repeats and levels in the tables."""

from __future__ import annotations

import pytest

from evalsite.api.ratings import JudgmentList
from evalsite.results.dataset.contents import ITEM_COLUMNS, gather_dataset
from evalsite.results.exporters.csv_zip import describe_signal
from evalsite.results.tables.frames import participants_frame, ratings_columns, ratings_frame
from evalsite.results.tables.screening import screen_study
from evalsite.studies.queries import protocol_of
from evalsite.studies.services import close_study
from tests.factories import make_open_study
from tests.responses.listener import Listener, make_body

pytestmark = [pytest.mark.database, pytest.mark.django_db]

BLOCKS = [
    {"name": "rated", "parameters": {"qualities": ["minorness"]}, "catch": 1, "repeats": 1},
    {
        "name": "compared",
        "trial_type": "abx",
        "conditions": ["original", "kept"],
        "practice": False,
        "ask_familiarity": False,
    },
]


@pytest.fixture
def study():
    study = make_open_study(blocks=BLOCKS, between={"help": ["with", "without"]})
    for _ in range(2):
        listener = Listener(study).pass_pages()
        while listener.next()["step"] == "trial":
            trial = listener.open_trial()
            device = {"sample_rate": 48_000, "output_latency_ms": 12.5}
            body = make_body(trial, device=device, n_switches=3, n_focus_losses=1)
            assert listener.send(trial, body).status_code == 200
    return study


def test_each_block_has_its_rows_and_one_table_holds_them(study):
    frame = ratings_frame(study)

    assert list(frame.columns) == [column.name for column in ratings_columns(protocol_of(study))]
    rated, compared = (frame[frame["block"] == name] for name in ("rated", "compared"))
    assert (len(rated), len(compared)) == (2 * 5, 2 * 3)
    assert set(rated["quality"]) == {"minorness"}
    assert compared["quality"].isna().all()
    assert set(rated["familiarity"]) <= {"no", "maybe", "yes"}
    assert set(compared["familiarity"]) == {""}
    assert set(frame["level_help"]) == {"with", "without"}
    assert set(frame["n_switches"]) == {3}
    assert set(frame["n_focus_losses"]) == {1}
    assert set(frame["sample_rate"]) == {48_000.0}
    assert set(frame["output_latency_ms"]) == {12.5}


def test_catch_trials_and_repeats_are_told_apart(study):
    frame = ratings_frame(study)
    rated = frame[frame["block"] == "rated"]

    catch = rated[rated["kind"] == "catch"]
    assert len(catch) == 2
    assert catch["catch_passed"].notna().all()
    assert rated[rated["kind"] == "main"]["catch_passed"].isna().all()
    again = rated[rated["occasion"] == 2]
    assert len(again) == 2
    for row in again.itertuples():
        first = rated[(rated["participant"] == row.participant) & (rated["item"] == row.item)]
        assert len(first) == 2 and first["condition"].nunique() == 1


def test_judgment_of_one_sound_names_it_and_of_several_none(study):
    frame = ratings_frame(study)
    main = frame[frame["kind"] == "main"]

    assert (main[main["block"] == "rated"]["clip"].str.len() == 64).all()
    compared = main[main["block"] == "compared"]
    assert set(compared["clip"]) == {""}
    # Three sounds of half a second, each heard once.
    assert set(compared["heard_s"]) == {1.5}
    assert set(compared["n_plays"]) == {3}


def test_program_reads_the_same_rows_page_by_page(study):
    judgments = JudgmentList(study)
    frame = ratings_frame(study, sort_by_participant=False)

    paged = [row for start in range(0, len(judgments), 3) for row in judgments[start : start + 3]]

    assert len(judgments) == len(frame) == len(paged)
    assert [row["item"] for row in paged] == list(frame["item"])
    assert [row["block"] for row in paged] == list(frame["block"])


def test_items_table_holds_each_sound_of_each_item(study):
    dataset = gather_dataset(close_study(study=study))
    names = [column.name for column in ITEM_COLUMNS]
    rows = [dict(zip(names, describe_signal(signal), strict=True)) for signal in dataset.signals]

    rated = [row for row in rows if row["block"] == "rated"]
    compared = [row for row in rows if row["block"] == "compared"]
    assert len(rated) == 9
    assert len({row["clip_file"] for row in rows}) == len(rows)
    assert {row["condition"] for row in compared} == {"original", "kept"}
    assert all(row["model"] == "vibenet" for row in rows)


def test_participants_have_their_levels(study):
    frame = participants_frame(study, screen_study(study, ratings_frame(study)))

    assert sorted(frame["level_help"]) == ["with", "without"]
    assert set(frame["n_answers"]) == {8}
