"""Who may see a page of a sitting: whoever holds its cookie."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from evalsite.common.errors import NotAllowedNow
from evalsite.responses.flow import find_next_step
from evalsite.responses.models import Sitting
from evalsite.responses.queries import COOKIE_NAME, sitting_for
from evalsite.studies.models import Study
from evalsite.studies.queries import protocol_of

COOKIE_SECONDS = 60 * 24 * 60 * 60

View = Callable[..., HttpResponse]


def needs_sitting(view: View) -> View:
    """Call the view with the sitting of the request's cookie; nothing of it is ever cached."""

    @wraps(view)
    def check(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        sitting = sitting_for(request.COOKIES.get(COOKIE_NAME))
        with speak_to(request, sitting.study if sitting else None):
            if sitting is None:
                response = refuse(request)
            else:
                try:
                    response = view(request, sitting, *args, **kwargs)
                except NotAllowedNow:
                    # The sitting moved on or ended under the page: the next page says so.
                    sitting.refresh_from_db()
                    response = redirect_to_next(sitting)
        if "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response

    return check


def speak_to(request: HttpRequest, study: Study | None) -> translation.override:
    """What is said meanwhile is in the study's language; without a study in the browser's."""
    if study is not None:
        return translation.override(protocol_of(study).language)
    return translation.override(translation.get_language_from_request(request))


def refuse(request: HttpRequest) -> HttpResponse:
    if request.headers.get("Accept", "").startswith("application/json"):
        message = _("This device has no sitting, or it goes on on another device.")
        return answer_error("no_sitting", message, status=403)
    return render(request, "responses/no_sitting.html", status=403)


def set_cookie(response: HttpResponse, request: HttpRequest, cookie: str) -> None:
    response.set_cookie(
        COOKIE_NAME,
        cookie,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )


def redirect_to_next(sitting: Sitting) -> HttpResponseRedirect:
    return redirect(find_next_step(sitting).url)


def read_post(request: HttpRequest) -> QueryDict | None:
    """The form's data; an empty form that was sent is not one that was not."""
    return request.POST if request.method == "POST" else None


def answer_error(
    code: str, message: str, *, status: int, field: str = "", next_url: str = ""
) -> JsonResponse:
    """The one shape of a refusal in JSON: a sentence, the field it is about, where to go on."""
    error = {"code": code, "message": message, "fields": {field: message} if field else {}}
    body: dict[str, object] = {"error": error}
    if next_url:
        body["next"] = next_url
    return JsonResponse(body, status=status)
