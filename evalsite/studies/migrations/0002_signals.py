import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clips", "0002_clip_envelope"),
        ("studies", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            "study",
            "piece_blob",
            models.CharField("sha256 of the piece that sets the volume", max_length=64, default=""),
            preserve_default=False,
        ),
        migrations.AddField("study", "piece_seconds", models.FloatField(default=0)),
        migrations.AddField(
            "item", "block", models.CharField("name of its block", max_length=40, default="main")
        ),
        migrations.AddField(
            "item",
            "kind",
            models.CharField(
                max_length=10,
                default="main",
                choices=[
                    ("main", "main"),
                    ("practice", "practice"),
                    ("training", "training"),
                    ("catch", "catch"),
                ],
            ),
        ),
        migrations.AddField(
            "item",
            "shown",
            models.JSONField("what listeners see of it beside its signals", default=dict),
        ),
        migrations.AddField(
            "item", "key", models.JSONField("the known answer, never shown", default=dict)
        ),
        migrations.AlterField("item", "condition", models.CharField(max_length=100)),
        migrations.AddField(
            "arm",
            "levels",
            models.JSONField("level of each factor between listeners", default=dict),
        ),
        migrations.AddField(
            "arm",
            "square_row",
            models.PositiveIntegerField("row of the squares of conditions", default=0),
        ),
        migrations.AddField(
            "arm",
            "order_row",
            models.PositiveIntegerField("row of the squares of orders", default=0),
        ),
        migrations.CreateModel(
            name="Signal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField("place in the item's plan")),
                ("role", models.CharField(max_length=40)),
                ("condition", models.CharField(max_length=100)),
                ("blob", models.CharField("sha256 of the stored file", max_length=64)),
                ("n_bytes", models.PositiveBigIntegerField()),
                ("duration", models.FloatField("seconds")),
                (
                    "clip",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signals",
                        to="clips.clip",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signals",
                        to="studies.item",
                    ),
                ),
            ],
            options={
                "ordering": ("item", "number"),
                "constraints": [
                    models.UniqueConstraint(fields=("item", "number"), name="signal_number_once")
                ],
            },
        ),
    ]
