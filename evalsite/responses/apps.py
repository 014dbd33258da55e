"""The responses app."""

from __future__ import annotations

from django.apps import AppConfig


class ResponsesConfig(AppConfig):
    name = "evalsite.responses"
    label = "responses"
