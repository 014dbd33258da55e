"""The one place where an error becomes JSON: a code, a sentence, and what each field says."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from evalsite.common.errors import EarwitnessError, NotAllowedNow

NOT_FOUND = "There is nothing at this address that you may see."


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer {"error": {"code", "message", "fields"}}; None lets Django answer 500."""
    if isinstance(error, EarwitnessError):
        code = "not_allowed_now" if isinstance(error, NotAllowedNow) else "invalid"
        answer = _answer(error.status, code, str(error))
    elif isinstance(error, (Http404, exceptions.NotFound)):
        answer = _answer(404, "not_found", NOT_FOUND)
    elif isinstance(error, PermissionDenied):
        answer = _answer(403, "permission_denied", "You may not do this.")
    elif isinstance(error, exceptions.ValidationError):
        fields = error.detail if isinstance(error.detail, dict) else {}
        answer = _answer(error.status_code, "invalid", _first_sentence(error.detail), fields)
    elif isinstance(error, exceptions.APIException):
        answer = _answer(error.status_code, error.get_codes(), str(error.detail))
        if header := getattr(error, "auth_header", None):
            answer["WWW-Authenticate"] = header
        if wait := getattr(error, "wait", None):
            answer["Retry-After"] = str(int(wait))
    else:
        return None
    set_rollback()
    return answer


def _answer(status: int, code: object, message: str, fields: object = None) -> Response:
    return Response(
        {"error": {"code": code, "message": message, "fields": fields or {}}}, status=status
    )


def _first_sentence(detail: object) -> str:
    while isinstance(detail, (dict, list)) and detail:
        detail = next(iter(detail.values())) if isinstance(detail, dict) else detail[0]
    return str(detail)
