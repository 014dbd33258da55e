import django.db.models.deletion
from django.db import migrations, models

import evalsite.studies.models

STATES = [
    ("started", "started"),
    ("agreed", "agreed"),
    ("finished", "finished"),
    ("declined", "declined"),
    ("full", "no place left"),
    ("screened_out", "screened out"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("studies", "0003_move_clips_to_signals"),
        ("responses", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            "sitting", "state", models.CharField(choices=STATES, default="started", max_length=20)
        ),
        migrations.AddField(
            "sitting", "group", models.CharField("by the protocol's rule", max_length=40, blank=True)
        ),
        migrations.AddField(
            "sitting",
            "active_at",
            models.DateTimeField("its places are kept for a while from here", null=True),
        ),
        migrations.RemoveConstraint("sitting", "sitting_goes_on_after_consent"),
        migrations.AddConstraint(
            "sitting",
            models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ("started", "declined", "full", "screened_out")),
                    ("agreed_at__isnull", False),
                    _connector="OR",
                ),
                name="sitting_goes_on_after_consent",
            ),
        ),
        migrations.AddIndex(
            "sitting",
            models.Index(fields=["study", "state", "active_at"], name="sitting_by_activity"),
        ),
        migrations.AddField(
            "trial",
            "sequence",
            models.PositiveIntegerField("order within the sitting", default=0),
            preserve_default=False,
        ),
        migrations.AlterField(
            "trial",
            "position",
            models.PositiveIntegerField("how many counted trials there are up to this one"),
        ),
        migrations.AlterField(
            "trial",
            "is_practice",
            models.BooleanField("its answer does not count", default=False),
        ),
        migrations.AddField(
            "trial", "occasion", models.PositiveIntegerField("1, or 2 for a repeat", default=1)
        ),
        migrations.AddField(
            "trial", "block", models.CharField("name of its block", max_length=40, default="main")
        ),
        migrations.AddField(
            "trial",
            "key",
            models.JSONField("the known answer and the signals' conditions", default=dict),
        ),
        migrations.CreateModel(
            name="TrialSignal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField("place on the page")),
                ("label", models.CharField(max_length=8)),
                (
                    "name",
                    models.CharField(
                        "random name in its URL",
                        default=evalsite.studies.models.make_token,
                        max_length=32,
                        unique=True,
                    ),
                ),
                (
                    "signal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="presentations",
                        to="studies.signal",
                    ),
                ),
                (
                    "trial",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signals",
                        to="responses.trial",
                    ),
                ),
            ],
            options={
                "ordering": ("trial", "number"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("trial", "label"), name="trial_signal_label_once"
                    )
                ],
            },
        ),
        migrations.AlterField(
            "response",
            "heard",
            models.JSONField("label: stretches heard, seconds [from, to]", default=dict),
        ),
        migrations.AddField(
            "response", "plays", models.JSONField("label: how often it was begun", default=dict)
        ),
        migrations.AddField("response", "n_switches", models.PositiveIntegerField(default=0)),
        migrations.AddField("response", "n_focus_losses", models.PositiveIntegerField(default=0)),
        migrations.AddField(
            "response",
            "n_judgments",
            models.PositiveIntegerField("rows this answer gives", default=0),
        ),
        migrations.AddField(
            "response",
            "device",
            models.JSONField("sample_rate in Hz, output_latency_ms", default=dict),
        ),
    ]
