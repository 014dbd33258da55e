"""What stood for the one clip of a trial stands for its signal A."""

from django.db import migrations
from django.db.models import F

from evalsite.studies.format1 import find_group


def move_answers(apps, schema_editor):
    move_trials(apps)
    move_responses(apps)
    move_sittings(apps)


def move_trials(apps):
    Trial = apps.get_model("responses", "Trial")
    TrialSignal = apps.get_model("responses", "TrialSignal")
    Signal = apps.get_model("studies", "Signal")
    Trial.objects.update(sequence=F("position"))
    signals = dict(Signal.objects.values_list("item_id", "pk"))
    for trial in Trial.objects.select_related("item").iterator():
        TrialSignal.objects.create(
            trial=trial, signal_id=signals[trial.item_id], number=0, label="A", name=trial.clip_name
        )
        old = trial.snapshot
        parameters = dict(old["shown"])
        asks = bool(parameters.pop("ask_familiarity", False))
        signal = {"label": "A", "role": "clip", "duration": old["duration"]}
        trial.snapshot = {
            "question": old["question"],
            "intro": old["intro"],
            "parameters": parameters,
            "shown": {**parameters, "labels": ["A"]},
            "signals": [{**signal, "sha256": old["clip_sha256"]}],
            "min_heard": old["min_heard"],
            "ask_familiarity": asks,
        }
        trial.key = {"conditions": {"A": trial.item.condition}}
        trial.save(update_fields=("snapshot", "key"))


def move_responses(apps):
    Response = apps.get_model("responses", "Response")
    for response in Response.objects.select_related("trial").iterator():
        response.heard = {"A": response.heard}
        response.plays = {"A": response.n_plays}
        response.n_judgments = len(response.trial.snapshot["parameters"]["qualities"])
        response.save()


def move_sittings(apps):
    Sitting = apps.get_model("responses", "Sitting")
    for sitting in Sitting.objects.select_related("study").iterator():
        sitting.group = find_group(sitting.study.protocol, sitting.background)
        sitting.active_at = sitting.finished_at or sitting.agreed_at
        sitting.save(update_fields=("group", "active_at"))


class Migration(migrations.Migration):
    dependencies = [("responses", "0002_signals")]

    operations = [migrations.RunPython(move_answers, migrations.RunPython.noop)]
