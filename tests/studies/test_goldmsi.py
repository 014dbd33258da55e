"""The Gold-MSI: its key, its scores, and the researcher's file of items."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from evalsite.common.errors import EarwitnessError
from evalsite.studies.gold_msi import ITEMS, REVERSED, SCALES, name_item, score_answers
from evalsite.studies.parts.goldmsi import goldmsi_of
from evalsite.studies.protocol import parse_protocol, read_protocol

AGREE = [f"agree {step}" for step in range(1, 8)]
YEARS = [f"{step} years" for step in range(1, 8)]
TRAINING = SCALES["musical_training"]


def make_part(numbers=ITEMS, **changes):
    items = [{"number": n, "text": f"Sentence {n}.", "labels": YEARS * (n > 31)} for n in numbers]
    return {"when": "before", "labels": AGREE, "items": items, **changes}


def write_csv(path: Path, numbers=ITEMS, *, head=None, rows=()) -> Path:
    lines = [head or "number,text," + ",".join(f"answer_{step}" for step in range(1, 8))]
    lines.append("all,," + ",".join(AGREE))
    for n in numbers:
        answers = ",".join(YEARS) if n > 31 else "," * 6
        lines.append(f'{n},"Sentence {n}, quoted.",{answers}')
    path.write_text("\n".join([*lines, *rows]) + "\n", encoding="utf-8-sig")
    return path


def test_key_has_the_published_counts():
    """9, 9, 7, 7 and 6 items share the 38; 18 of all five make the general factor."""
    lengths = {name: len(items) for name, items in SCALES.items()}
    assert lengths == {
        "active_engagement": 9,
        "perceptual_abilities": 9,
        "musical_training": 7,
        "singing_abilities": 7,
        "emotions": 6,
        "general": 18,
    }
    parts = [number for name, items in SCALES.items() if name != "general" for number in items]
    assert sorted(parts) == list(ITEMS)
    general = set(SCALES["general"])
    assert all(general & set(items) for items in SCALES.values())
    assert sorted(REVERSED) == [9, 11, 13, 14, 17, 21, 23, 25, 27]


@pytest.mark.parametrize("answer", [1, 4, 7])
def test_same_answer_everywhere_gives_the_sum_known_by_counting(answer):
    scores = score_answers(dict.fromkeys(ITEMS, answer))

    for name, items in SCALES.items():
        n_turned = len(REVERSED & set(items))
        total = answer * (len(items) - n_turned) + (8 - answer) * n_turned
        assert (scores[name].sum, scores[name].mean) == (total, total / len(items))


def test_most_and_least_sophisticated_reach_the_ends():
    best = score_answers({n: 1 if n in REVERSED else 7 for n in ITEMS})
    least = score_answers({n: 7 if n in REVERSED else 1 for n in ITEMS})

    assert {name: score.mean for name, score in best.items()} == dict.fromkeys(SCALES, 7)
    assert (best["general"].sum, least["general"].sum) == (126, 18)


def test_scale_with_an_unanswered_item_has_no_score():
    answers = dict.fromkeys(ITEMS, 4)
    del answers[38]

    assert set(score_answers(answers)) == set(SCALES) - {"active_engagement"}


def test_part_survives_its_file_and_asks_its_items():
    protocol = read_protocol({"title": "t", "blocks": [{}], "goldmsi": make_part()})

    again = parse_protocol(protocol.to_yaml())

    assert again == protocol
    questions = goldmsi_of(again).list_questions()
    assert [question.name for question in questions] == [name_item(n) for n in ITEMS]
    assert questions[0].labels == tuple(AGREE)
    assert questions[31].labels == tuple(YEARS)


def test_without_items_it_is_not_asked():
    protocol = read_protocol({"title": "t"})

    assert protocol.to_dict()["goldmsi"] is None
    assert goldmsi_of(protocol).list_questions() == ()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"items": []}, "goldmsi.items must hold every item of a scale or more, got .* none"),
        ({"items": make_part(TRAINING[:-1])["items"]}, "goldmsi.items must hold every item of a"),
        ({"items": make_part((1, 1))["items"]}, "goldmsi.items must differ, number 1 comes twice"),
        ({"items": [{"number": 39, "text": "x"}]}, r"goldmsi.items\[0\].number must be a whole"),
        ({"items": [{"number": 1, "text": ""}]}, r"goldmsi.items\[0\].text must have 1 to 1000"),
        ({"labels": AGREE[:5]}, "goldmsi.labels must name all 7 answers, got 5"),
        ({"labels": []}, "goldmsi needs words for the 7 answers: item 1 has none"),
        ({"when": "never"}, "goldmsi.when must be one of before, after"),
        ({"key": {}}, "goldmsi may hold when, labels, items"),
    ],
)
def test_broken_rule_of_the_part_is_named(change, sentence):
    with pytest.raises(EarwitnessError, match=f"^{sentence}"):
        read_protocol({"title": "t", "blocks": [{}], "goldmsi": make_part(**change)})


def test_questions_of_ones_own_may_not_take_its_names():
    about = [{"name": "goldmsi_01", "label": "x", "kind": "text"}]

    with pytest.raises(EarwitnessError, match=r"^names in about must not begin with goldmsi_"):
        read_protocol({"title": "t", "blocks": [{}], "groups": None, "about": about})


@pytest.mark.parametrize("kind", ["csv", "yaml"])
def test_importer_puts_the_wording_into_the_protocol(tmp_path, kind, capsys):
    protocol = tmp_path / "protocol.yaml"
    protocol.write_text("title: Mine\n")
    if kind == "csv":
        items = write_csv(tmp_path / "items.csv")
    else:
        items = tmp_path / "items.yaml"
        given = make_part()
        items.write_text(yaml.safe_dump({key: given[key] for key in ("labels", "items")}))

    call_command("import_goldmsi", items, protocol, "--when", "after")

    part = goldmsi_of(parse_protocol(protocol.read_text()))
    assert (part.when, part.labels, len(part.items)) == ("after", tuple(AGREE), 38)
    assert part.items[37].labels == tuple(YEARS)
    assert part.items[0].text.startswith("Sentence 1")
    assert "38 items" in capsys.readouterr().out


def test_importer_tells_which_scales_are_whole(tmp_path, capsys):
    protocol = tmp_path / "protocol.yaml"
    protocol.write_text("title: Mine\n")

    call_command("import_goldmsi", write_csv(tmp_path / "items.csv", TRAINING), protocol)

    assert "complete: musical training (1 of 6 scales)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"head": "no,text"}, "The items must have a column number, got no, text."),
        ({"head": "number,text,scale"}, "The items may have the columns number, text, .*'scale'"),
        ({"rows": ["fourty,x"]}, "line 41 of the items must begin with a number from 1 to 38 or a"),
        ({"rows": ["3,x,a,b"]}, "line 41 of the items must name all 7 answers or none, got 2"),
        ({"rows": ["1,again"]}, "goldmsi.items must differ, number 1 comes twice"),
        ({"rows": [",".join("123456789z")]}, "line 41 of the items must have 9 cells, got more"),
    ],
)
def test_importer_refuses_in_a_sentence_and_leaves_the_protocol(tmp_path, options, sentence):
    protocol = tmp_path / "protocol.yaml"
    protocol.write_text("title: Mine\n")
    items = write_csv(tmp_path / "items.csv", **options)

    with pytest.raises(CommandError, match=f"^{sentence}"):
        call_command("import_goldmsi", items, protocol)

    assert protocol.read_text() == "title: Mine\n"
