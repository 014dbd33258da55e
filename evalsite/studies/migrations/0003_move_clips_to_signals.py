"""Each item gets its one clip as a signal; each study keeps the piece of its practice item."""

from django.db import migrations
from django.db.models import F


def move_clips(apps, schema_editor):
    Item = apps.get_model("studies", "Item")
    Signal = apps.get_model("studies", "Signal")
    Study = apps.get_model("studies", "Study")
    apps.get_model("studies", "Arm").objects.update(square_row=F("row"))
    Item.objects.filter(is_practice=True).update(kind="practice")
    Signal.objects.bulk_create(
        (
            Signal(
                item=item,
                number=0,
                role="clip",
                condition=item.condition,
                clip_id=item.clip_id,
                blob=item.blob,
                n_bytes=item.n_bytes,
                duration=item.duration,
            )
            for item in Item.objects.order_by("pk").iterator()
        ),
        batch_size=500,
    )
    for practice in Item.objects.filter(is_practice=True):
        Study.objects.filter(pk=practice.study_id).update(
            piece_blob=practice.blob, piece_seconds=practice.duration
        )


class Migration(migrations.Migration):
    dependencies = [("studies", "0002_signals")]

    operations = [migrations.RunPython(move_clips, migrations.RunPython.noop)]
