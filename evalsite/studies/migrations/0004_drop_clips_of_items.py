from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("studies", "0003_move_clips_to_signals"),
        ("responses", "0003_move_answers_to_signals"),
    ]

    operations = [
        migrations.RemoveConstraint("item", "item_once_per_condition"),
        migrations.RemoveConstraint("item", "item_has_a_clip"),
        migrations.RemoveField("item", "is_practice"),
        migrations.RemoveField("item", "clip"),
        migrations.RemoveField("item", "blob"),
        migrations.RemoveField("item", "n_bytes"),
        migrations.RemoveField("item", "duration"),
        migrations.RemoveField("arm", "n_taken"),
    ]
