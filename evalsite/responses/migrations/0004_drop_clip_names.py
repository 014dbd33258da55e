from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("responses", "0003_move_answers_to_signals")]

    operations = [
        migrations.RemoveConstraint("trial", "trial_position_once"),
        migrations.RemoveConstraint("trial", "trial_item_once"),
        migrations.AddConstraint(
            "trial",
            models.UniqueConstraint(fields=("sitting", "sequence"), name="trial_sequence_once"),
        ),
        migrations.AddConstraint(
            "trial",
            models.UniqueConstraint(
                fields=("sitting", "item", "occasion"), name="trial_item_once_an_occasion"
            ),
        ),
        migrations.AlterModelOptions("trial", {"ordering": ("sitting", "sequence")}),
        migrations.RemoveField("trial", "clip_name"),
        migrations.RemoveField("response", "n_plays"),
        migrations.RenameField("response", "plays", "n_plays"),
    ]
