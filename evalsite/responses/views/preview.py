"""A researcher looks at a block as a listener sees it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from evalsite.common.errors import NotAllowedNow
from evalsite.responses.previews import preview_block
from evalsite.responses.views.access import set_cookie
from evalsite.studies.queries import protocol_of, study_for


@require_POST
@login_required
def try_block(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    study = study_for(request.user, slug)
    block = next((block for block in protocol_of(study).blocks if block.name == name), None)
    if block is None:
        raise Http404("The study has no such block.")
    try:
        cookie = preview_block(study=study, block=block)
    except NotAllowedNow as error:
        messages.error(request, str(error))
        return redirect("study", slug=slug)
    response = redirect("sitting")
    set_cookie(response, request, cookie)
    return response
