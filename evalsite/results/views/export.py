"""A closed study's data set: what is in it, and the file."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from evalsite.common.errors import EarwitnessError, NotAllowedNow
from evalsite.results.exporters import make_exporter, registry
from evalsite.results.findings import findings_of
from evalsite.results.queries import exports_of
from evalsite.results.services import make_export, open_export_file, read_models
from evalsite.studies.models import Study
from evalsite.studies.queries import study_for


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def study_export(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_for(request.user, slug)
    if request.method != "POST":
        return _show(request, study)
    name = request.POST.get("format", "csv_zip")
    file = open_export_file()
    try:
        exporter = make_exporter(name)
        make_export(study=study, format=name, file=file, models=_wait_for_models(study))
    except EarwitnessError as error:
        file.close()
        return _show(request, study, error=error)
    return FileResponse(
        file,
        as_attachment=True,
        filename=f"{study.slug}-{name}.{exporter.suffix}",
        content_type=exporter.content_type,
    )


def _wait_for_models(study: Study) -> dict[str, Any] | None:
    """Never computed in a request: a worker does."""
    if study.state != Study.State.CLOSED:
        return None
    models = read_models(study=study)
    if models is None:
        raise NotAllowedNow(
            "A worker still computes figures that belong to the data set. Ask for it again in a "
            "moment."
        )
    return models


def _show(
    request: HttpRequest, study: Study, *, error: EarwitnessError | None = None
) -> HttpResponse:
    formats = [_describe_format(name) for name in registry.names()]
    is_closed = study.state == Study.State.CLOSED
    context = {
        "section": "studies",
        "study": study,
        "is_closed": is_closed,
        "is_computed": is_closed and read_models(study=study) is not None,
        "formats": formats,
        "exports": exports_of(study)[:20],
        "flow": findings_of(study)["flow"],
        "error": error,
    }
    return render(request, "results/export.html", context, status=error.status if error else 200)


def _describe_format(name: str) -> dict[str, object]:
    """As plain values: a template would call what can be called."""
    exporter = make_exporter(name)
    return {"name": name, "title": exporter.title, "parts": exporter.parts}
