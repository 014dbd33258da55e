"""A draft is changed on its pages: every part, by the protocol's own validation."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from evalsite.studies.models import Study
from evalsite.studies.queries import protocol_of
from evalsite.studies.services import open_study
from evalsite.studies.trial_types import list_names
from tests.factories import (
    make_explanation,
    make_open_study,
    make_recording,
    make_sitting,
    make_study,
    make_user,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SECTIONS = ("words", "sources", "listeners", "design", "more", "file")


@pytest.fixture
def study(client):
    study = make_study(make_user())
    client.force_login(study.owner)
    return study


def read_fields(form) -> dict[str, object]:
    """What a browser would send of a form as it is shown."""
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (False, None)}


def find_url(study: Study, section: str) -> str:
    return reverse("study_edit", args=[study.slug, section])


def find_block_url(study: Study, name: str = "main") -> str:
    return reverse("study_block", args=[study.slug, name])


def reload(study: Study):
    study.refresh_from_db()
    return protocol_of(study)


@pytest.mark.parametrize("section", SECTIONS)
def test_saving_a_part_as_it_is_changes_nothing(client, study, section):
    before = study.protocol
    form = client.get(find_url(study, section)).context["form"]

    saved = client.post(find_url(study, section), read_fields(form))

    assert saved.status_code == 302
    study.refresh_from_db()
    assert study.protocol == before


@pytest.mark.parametrize("trial_type", list_names())
def test_each_trial_type_has_a_form_that_saves_what_it_shows(client, study, trial_type):
    """One whose defaults do not fit three recordings is shown, and refused as long as it is so."""
    url = reverse("study_block_add", args=[study.slug])
    added = client.post(url, {"trial_type": trial_type})
    is_added = added.status_code == 302
    form = (client.get(added.url) if is_added else added).context["form"]
    before = reload(study).to_dict()

    saved = client.post(added.url if is_added else url, read_fields(form))

    assert form["trial_type"].value() == trial_type
    assert len(before["blocks"]) == 1 + is_added
    assert saved.status_code == (302 if is_added else 400)
    assert reload(study).to_dict() == before


def test_words_are_changed_and_the_title_with_them(client, study):
    form = client.get(find_url(study, "words")).context["form"]
    given = {**read_fields(form), "title": "Better", "consent.text": "First.\r\n\r\nSecond."}

    client.post(find_url(study, "words"), given)

    assert reload(study).consent.text == "First.\n\nSecond."
    assert study.title == "Better"


def test_a_refusal_stands_at_its_field_and_nothing_is_saved(client, study):
    before = study.protocol
    form = client.get(find_url(study, "words")).context["form"]

    page = client.post(find_url(study, "words"), {**read_fields(form), "welcome.heading": " "})

    assert page.status_code == 400
    message = "welcome.heading must have 1 to 200 characters, got 0."
    assert page.context["form"].errors == {"welcome.heading": [message]}
    study.refresh_from_db()
    assert study.protocol == before


def test_a_block_takes_another_trial_type_with_its_parameters(client, study):
    form = client.get(find_block_url(study)).context["form"]
    given = {
        **read_fields(form),
        "name": "scales",
        "trial_type": "rating",
        "rating-qualities": "valence\nbrightness | Brightness | dark | bright",
        "rating-scale": "slider",
        "repeats": "1",
        "conditions": ["kept", "control_energy"],
    }

    saved = client.post(find_block_url(study), given)

    assert saved.url == find_block_url(study, "scales")
    (block,) = reload(study).blocks
    assert (block.trial_type, block.repeats) == ("rating", 1)
    assert block.conditions == ("kept", "control_energy")
    qualities = block.make_trial_type().qualities
    assert [(one.name, one.high) for one in qualities] == [
        ("valence", "positive"),
        ("brightness", "bright"),
    ]
    assert study.items.filter(kind="main").count() == 2 * 3


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"presence-points": "1"}, "presence-points", "parameters.points must be a whole number"),
        ({"repeats": "-1"}, "repeats", "repeats must be a whole number from 0 to 100, got -1"),
        ({"presence-qualities": "x"}, "presence-qualities", "parameters.qualities[0] must be"),
        ({"conditions": []}, "conditions", "conditions must hold 1 to 7 entries, got 0"),
        ({"training": "3"}, "training", "training must leave sources to judge"),
        ({"min_heard": "[x"}, "min_heard", "This must be JSON or YAML; reading stopped in line 1"),
    ],
)
def test_a_refusal_stands_at_the_blocks_field(client, study, change, field, message):
    form = client.get(find_block_url(study)).context["form"]

    page = client.post(find_block_url(study), {**read_fields(form), **change})

    assert page.status_code == 400
    assert list(page.context["form"].errors) == [field]
    assert page.context["form"].errors[field][0].startswith(message)


def test_quotas_and_sound_checks_have_fields_of_their_own(client, study):
    form = client.get(find_url(study, "listeners")).context["form"]
    client.post(find_url(study, "listeners"), {**read_fields(form), "quotas.musicians": "12"})
    form = client.get(find_url(study, "more")).context["form"]
    checks = {"checks.huggins": "end", "checks.huggins.attempts": "1"}
    client.post(find_url(study, "more"), {**read_fields(form), **checks})

    protocol = reload(study)
    assert protocol.quotas == {"musicians": 12}
    assert protocol.to_dict()["checks"] == [{"kind": "huggins", "fail": "end", "attempts": 1}]

    page = client.post(find_url(study, "listeners"), {"about": "[]", "quotas.others": "-1"})
    assert page.context["form"].errors == {
        "quotas.others": ["quotas.others must be a whole number from 0 to 1000000, got -1."]
    }


def test_a_block_is_for_listeners_of_chosen_levels(client, study):
    form = client.get(find_url(study, "design")).context["form"]
    between = "help: [with, without]"
    client.post(find_url(study, "design"), {**read_fields(form), "between": between})
    client.post(reverse("study_block_add", args=[study.slug]), {"trial_type": "text"})
    form = client.get(find_block_url(study, "text")).context["form"]

    client.post(find_block_url(study, "text"), {**read_fields(form), "when.help": ["with"]})

    main, text = reload(study).blocks
    assert (main.when, text.when) == (None, {"help": ("with",)})
    assert study.arms.count() == 2 * 3


def test_a_renamed_block_keeps_its_registered_question(client, study):
    form = client.get(find_url(study, "more")).context["form"]
    question = "[{block: main, quality: minorness, expected: more}]"
    client.post(find_url(study, "more"), {**read_fields(form), "registered": question})
    form = client.get(find_block_url(study)).context["form"]

    saved = client.post(find_block_url(study), {**read_fields(form), "name": "scales"})

    assert saved.url == find_block_url(study, "scales")
    assert reload(study).to_dict()["registered"][0]["block"] == "scales"


def test_a_new_block_speaks_the_studys_language(client, study):
    form = client.get(find_url(study, "words")).context["form"]
    client.post(find_url(study, "words"), {**read_fields(form), "language": "de"})

    client.post(reverse("study_block_add", args=[study.slug]), {"trial_type": "presence"})

    old, new = reload(study).blocks
    assert (old.question, new.question) == (
        "What is still in the signal?",
        "Was ist noch im Signal?",
    )


def test_blocks_are_moved_and_removed(client, study):
    client.post(reverse("study_block_add", args=[study.slug]), {"trial_type": "text"})

    client.post(reverse("study_block_move", args=[study.slug, "text"]), {"to": "earlier"})
    assert [block.name for block in reload(study).blocks] == ["text", "main"]

    client.post(reverse("study_block_remove", args=[study.slug, "main"]))
    assert [block.name for block in reload(study).blocks] == ["text"]
    refused = client.post(reverse("study_block_remove", args=[study.slug, "text"]))
    assert refused.status_code == 302
    assert [block.name for block in reload(study).blocks] == ["text"]


def test_a_block_that_does_not_fit_yet_is_shown_before_it_is_added(client, study):
    form = client.get(find_block_url(study)).context["form"]
    client.post(find_block_url(study), {**read_fields(form), "conditions": ["kept"]})
    url = reverse("study_block_add", args=[study.slug])

    page = client.post(url, {"trial_type": "abx"})
    assert "conditions must be 2 or more to be compared, got 1." in page.content.decode()
    assert len(reload(study).blocks) == 1

    given = {**read_fields(page.context["form"]), "conditions": ["kept", "control_area"]}
    assert client.post(url, given).url == find_block_url(study, "abx")


def test_recordings_are_added_and_taken_out(client, study):
    new = make_explanation(make_recording(study.owner, "New"))
    kept = [source.explanation for source in protocol_of(study).sources][:2]
    chosen = [f"{pk}:valence" for pk in (new.pk, *kept)]

    client.post(find_url(study, "sources"), {"sources": chosen})

    assert [source.explanation for source in reload(study).sources] == [*kept, new.pk]
    assert study.items.filter(kind="main").count() == 9


def test_explanations_of_others_are_no_sources(client, study):
    foreign = make_explanation(make_recording(make_user()))
    text = protocol_of(study).to_yaml().replace("explanation: ", f"explanation: {foreign.pk}0")

    page = client.post(find_url(study, "sources"), {"sources": [f"{foreign.pk}:valence"]})
    assert "Sources must be finished explanations of yours." in page.content.decode()
    page = client.post(find_url(study, "file"), {"protocol": text})
    assert "sources must name explanations of your library" in page.content.decode()


def test_the_file_is_changed_and_a_refusal_names_its_line(client, study):
    text = protocol_of(study).to_yaml()
    line = next(n for n, told in enumerate(text.split("\n"), 1) if "points: 7" in told)

    page = client.post(
        find_url(study, "file"), {"protocol": text.replace("points: 7", "points: 1")}
    )
    (message,) = page.context["form"].errors["protocol"]
    assert message == (
        f"Line {line}: blocks[0].parameters.points must be a whole number from 2 to 9, got 1."
    )
    client.post(find_url(study, "file"), {"protocol": text.replace("points: 7", "points: 5")})
    assert reload(study).make_trial_type().points == 5


def test_changing_a_draft_lets_go_of_what_pilots_did(client, study):
    make_sitting(study, is_pilot=True)

    form = client.get(find_url(study, "words")).context["form"]
    client.post(find_url(study, "words"), read_fields(form))

    assert study.sittings.count() == 0
    assert study.items.count() == 10


def test_of_two_who_change_a_part_the_second_is_told(client, study):
    page = client.get(find_url(study, "words"))
    given = {**read_fields(page.context["form"]), "was": page.context["was"]}

    client.post(find_url(study, "words"), {**given, "title": "First"})
    late = client.post(find_url(study, "words"), {**given, "title": "Second"})

    assert late.status_code == 400
    assert "changed on another page since this one was opened" in late.content.decode()
    assert reload(study).title == "First"
    client.post(find_url(study, "words"), {**given, "title": "Second", "was": late.context["was"]})
    assert reload(study).title == "Second"


def test_an_open_study_is_not_changed(client, study):
    open_study(study=study)
    before = study.protocol

    answer = client.post(find_url(study, "words"), {"title": "x"}, follow=True)

    assert "Only a draft can be changed, this study is open." in answer.content.decode()
    assert client.get(find_block_url(study)).status_code == 302
    study.refresh_from_db()
    assert study.protocol == before


def test_a_study_is_duplicated_as_a_draft(client):
    study = make_open_study()
    client.force_login(study.owner)

    client.post(reverse("study_duplicate", args=[study.slug]))

    copy = Study.objects.exclude(pk=study.pk).get()
    assert (copy.state, copy.title) == ("draft", f"Copy of {study.title}")
    assert {**copy.protocol, "title": study.title} == study.protocol
    assert copy.items.count() == study.items.count()


def test_a_protocol_is_imported_by_upload(client, study):
    text = protocol_of(study).to_yaml()
    url = reverse("study_import")

    made = client.post(url, {"file": SimpleUploadedFile("p.yaml", text.encode())})
    copy = Study.objects.exclude(pk=study.pk).get()
    assert made.url == reverse("study", args=[copy.slug])
    assert copy.protocol == study.protocol

    broken = text.replace("seed: ", "seed: -").encode()
    page = client.post(url, {"file": SimpleUploadedFile("p.yaml", broken)})
    (message,) = page.context["form"].errors["file"]
    assert message.startswith("Line ") and "seed must be a whole number" in message
    assert client.post(url, {}).status_code == 400
    assert Study.objects.count() == 2


def test_a_block_is_seen_as_a_listener_sees_it(client, study):
    client.post(reverse("study_block_add", args=[study.slug]), {"trial_type": "text"})

    page = client.post(reverse("study_block_try", args=[study.slug, "text"]), follow=True)

    assert page.redirect_chain[-1][0].startswith("/sitting/trials/")
    sitting = study.sittings.get()
    assert sitting.is_pilot
    assert {trial.block for trial in sitting.trials.all()} == {"text"}
    assert sitting.trials.first().is_practice
    assert client.post(reverse("study_block_try", args=[study.slug, "none"])).status_code == 404
