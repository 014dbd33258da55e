"""What the whole site keeps: how often an address asked lately."""

from __future__ import annotations

from django.db import models


class RateCount(models.Model):
    """How often somebody did something in a window of time. Who it was stands as a keyed hash."""

    key = models.CharField("keyed hash of what and who", max_length=64, unique=True)
    began_at = models.DateTimeField("begin of the window")
    n = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = (models.Index(fields=("began_at",), name="rate_count_by_age"),)

    def __str__(self) -> str:
        return f"{self.key[:8]}… {self.n}"
