"""Studies are made, opened, closed and deleted by their rules."""

from __future__ import annotations

import io

import numpy as np
import pyloudnorm
import pytest
import soundfile
from django.core.management import CommandError, call_command
from django.http import Http404

from evalsite.clips.models import Clip, Explanation
from evalsite.common.blobs import find_blob
from evalsite.common.errors import EarwitnessError, NotAllowedNow
from evalsite.studies.models import Signal, Study
from evalsite.studies.queries import protocol_of
from evalsite.studies.readiness import check_study
from evalsite.studies.services import close_study, create_study, delete_draft, open_study
from tests.factories import make_explanation, make_recording, make_sitting, make_study, make_user

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def make_explanations(owner, n=3):
    return [make_explanation(make_recording(owner, f"Piece {k}")) for k in range(n)]


def test_study_has_an_item_for_each_recording_and_condition():
    owner = make_user()
    explanations = make_explanations(owner, 2)

    study = create_study(owner=owner, title="T", explanations=explanations)

    items = study.items.filter(kind="main")
    found = [
        (item.number, item.explanation, item.condition, item.signals.get().clip.kind)
        for item in items
    ]
    kinds = ("original", "kept", "control_area")
    expected = [(explanation, kind) for explanation in explanations for kind in kinds]
    assert found == [
        (number, explanation, kind, kind)
        for number, (explanation, kind) in enumerate(expected, start=1)
    ]
    assert [arm.row for arm in study.arms.all()] == [0, 1, 2]
    assert study.state == Study.State.DRAFT
    assert [s.explanation for s in protocol_of(study).sources] == [e.pk for e in explanations]


def test_control_and_words_can_be_chosen():
    owner = make_user()

    study = create_study(
        owner=owner,
        title="T",
        explanations=make_explanations(owner),
        control="control_energy",
        overrides={"question": "Really?"},
    )

    assert protocol_of(study).conditions == ("original", "kept", "control_energy")
    assert protocol_of(study).blocks[0].question == "Really?"


def test_practice_clip_is_as_loud_and_in_the_format_of_the_clips():
    study = make_study()

    practice = study.items.get(kind="practice").signals.get()
    clip = study.items.get(number=1).signals.get().clip
    y, sr = soundfile.read(find_blob(practice.blob))
    ours = soundfile.info(io.BytesIO(find_blob(practice.blob).read_bytes()))
    theirs = soundfile.info(find_blob(clip.blob))
    assert (ours.samplerate, ours.channels, ours.subtype) == (
        theirs.samplerate,
        theirs.channels,
        theirs.subtype,
    )
    assert pyloudnorm.Meter(sr).integrated_loudness(y) == pytest.approx(-23.0, abs=0.1)
    assert np.max(np.abs(y)) < 10 ** (-1 / 20)
    assert practice.duration == pytest.approx(len(y) / sr)


def test_two_explanations_of_one_recording_are_refused():
    owner = make_user()
    recording = make_recording(owner, "Twice")
    pair = [make_explanation(recording, seed=seed) for seed in (0, 1)]

    with pytest.raises(EarwitnessError, match="“Twice” has two"):
        create_study(owner=owner, title="T", explanations=pair)


def test_explanation_of_somebody_else_does_not_exist():
    foreign = make_explanations(make_user(), 1)

    with pytest.raises(Http404):
        create_study(owner=make_user(), title="T", explanations=foreign)


def test_unfinished_explanation_is_refused():
    owner = make_user()
    waiting = make_explanation(make_recording(owner, "Waiting"), done=False)

    with pytest.raises(NotAllowedNow, match="that of “Waiting” is waiting"):
        create_study(owner=owner, title="T", explanations=[waiting])


def test_nothing_to_judge_is_refused():
    with pytest.raises(EarwitnessError, match="one explanation or more, got 0"):
        create_study(owner=make_user(), title="T", explanations=[])


def test_target_must_be_explained():
    owner = make_user()

    with pytest.raises(EarwitnessError, match=r"target must be one of valence .*got 'anger'"):
        create_study(owner=owner, title="T", explanations=make_explanations(owner), target="anger")


def test_missing_clip_is_named():
    owner = make_user()
    explanations = make_explanations(owner, 1)
    explanations[0].clips.filter(kind="kept").delete()

    with pytest.raises(EarwitnessError, match="must have a clip 'kept' for valence"):
        create_study(owner=owner, title="T", explanations=explanations)


def test_same_title_gets_another_address():
    owner = make_user()
    explanations = make_explanations(owner)

    slugs = [
        create_study(owner=owner, title=title, explanations=explanations).slug
        for title in ("Same", "Same", "New", "音楽", "!!!")
    ]

    assert slugs == ["same", "same-2", "new-2", "study", "study-2"]


def test_opening_freezes_the_protocol():
    study = open_study(study=make_study())

    assert study.state == Study.State.OPEN
    assert study.protocol_digest == protocol_of(study).digest()
    with pytest.raises(NotAllowedNow, match="Only a draft can be opened"):
        open_study(study=study)


def test_study_without_controls_does_not_open():
    study = make_study(conditions=["original", "kept"])

    with pytest.raises(NotAllowedNow, match="must have a control condition"):
        open_study(study=study)


def test_study_of_originals_alone_needs_no_control():
    assert open_study(study=make_study(conditions=["original"])).state == Study.State.OPEN


def test_several_conditions_of_a_recording_are_a_warning():
    study = make_study(blocks=[{"assignment": "all"}])

    warnings = [check.text for check in check_study(study) if check.is_warning]

    assert any(text.startswith("A block with assignment “all” lets") for text in warnings)


def test_clips_of_unequal_loudness_do_not_open():
    study = make_study()
    Clip.objects.filter(signals__item=study.items.get(number=2)).update(loudness_after=-22.4)

    with pytest.raises(NotAllowedNow, match=r"“Piece 1” lie 0.60 LU apart"):
        open_study(study=study)


def test_half_a_unit_of_loudness_is_allowed():
    study = make_study()
    Clip.objects.filter(signals__item=study.items.get(number=2)).update(loudness_after=-22.5)

    assert open_study(study=study).state == Study.State.OPEN


def test_clips_of_unequal_length_do_not_open():
    study = make_study()
    Signal.objects.filter(item__study=study, item__number=5).update(n_bytes=7)

    with pytest.raises(NotAllowedNow, match="must have one length and rate"):
        open_study(study=study)


def test_explanation_that_is_made_anew_does_not_open():
    study = make_study()
    Explanation.objects.filter(items__study=study).update(state=Explanation.State.QUEUED)

    with pytest.raises(NotAllowedNow, match="Every explanation must be done"):
        open_study(study=study)


def test_few_recordings_and_one_seed_are_warnings():
    checks = check_study(make_study(n_recordings=2))

    assert all(check.is_kept for check in checks)
    assert [check.text[:30] for check in checks if check.is_warning] == [
        "With 2 recordings and 3 condit",
        "All explanations come from see",
    ]


def test_kept_for_beside_kept_against_is_a_warning():
    study = make_study()
    explanation = Explanation.objects.filter(items__study=study).first()
    explanation.recipe["selection"] = "against"
    explanation.save()

    warnings = [check.text for check in check_study(study) if check.is_warning]

    assert any(text.startswith("Some kept clips hold what speaks for") for text in warnings)


def test_only_an_open_study_closes():
    study = make_study()

    with pytest.raises(NotAllowedNow, match="Only an open study can be closed"):
        close_study(study=study)
    assert close_study(study=open_study(study=study)).closed_at is not None


def test_draft_goes_with_its_pilots():
    study = make_study()
    make_sitting(study, is_pilot=True)

    delete_draft(study=study)

    assert Study.objects.count() == 0


def test_opened_study_is_not_deleted():
    study = open_study(study=make_study())

    with pytest.raises(NotAllowedNow, match="Only a draft can be deleted"):
        delete_draft(study=study)


def test_exported_protocol_makes_the_same_study_again(tmp_path, capsys):
    study = make_study(make_user("owner"), intro="Another intro.")
    file = tmp_path / "protocol.yaml"
    file.write_text(protocol_of(study).to_yaml(), encoding="utf-8")

    call_command("import_study", str(file), "--owner", "owner")

    again = Study.objects.exclude(pk=study.pk).get()
    assert protocol_of(again) == protocol_of(study)
    assert list(again.items.values_list("condition", "signals__clip")) == list(
        study.items.values_list("condition", "signals__clip")
    )
    assert again.slug in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "A protocol must be JSON or YAML"),
        ("title: x", "one explanation or more, got 0"),
        ("{title: x, sources: [{explanation: 99, target: v}]}", "must exist and belong"),
        (
            "{title: x, sources: [{explanation: 1, target: v}, {explanation: 1, target: v}]}",
            "must name each source once",
        ),
    ],
)
def test_import_names_the_broken_rule(tmp_path, text, sentence):
    make_user()
    file = tmp_path / "protocol.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(CommandError, match=sentence):
        call_command("import_study", str(file))


def test_import_needs_to_know_whose_study_it_is(tmp_path):
    make_user(), make_user()
    file = tmp_path / "protocol.yaml"
    file.write_text("title: x", encoding="utf-8")

    with pytest.raises(CommandError, match="--owner must name one researcher"):
        call_command("import_study", str(file))


def test_asking_for_the_target_where_there_is_one_is_warned_of():
    blocks = [{"name": "which", "trial_type": "identify", "conditions": ["kept", "control_area"]}]

    one = make_study(blocks=blocks)

    warnings = [check.text for check in check_study(one) if check.is_warning]
    assert any("every clip was made for valence" in text for text in warnings)


def test_asking_for_one_of_several_targets_is_not_warned_of():
    owner = make_user()
    explanations = [
        make_explanation(make_recording(owner, f"Piece {target}"), target=target)
        for target in ("valence", "energy")
    ]
    blocks = [{"name": "which", "trial_type": "identify", "conditions": ["kept", "control_area"]}]

    study = create_study(
        owner=owner, title="T", explanations=explanations, overrides={"blocks": blocks}
    )

    assert not any("every clip was made for" in check.text for check in check_study(study))
