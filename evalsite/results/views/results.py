"""What a study found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from evalsite.common.errors import EarwitnessError
from evalsite.results import gallery, store
from evalsite.results.by_worker import find_models
from evalsite.results.charts.render import FORMATS, render_file
from evalsite.results.findings import find_block, findings_of
from evalsite.results.models import Analysis
from evalsite.results.pages.cells import show_cells
from evalsite.results.pages.factors import show_factors
from evalsite.results.pages.flow import list_rules, list_steps
from evalsite.results.pages.methods import list_references, write_methods
from evalsite.results.pages.ratings import describe_standing
from evalsite.results.pages.trust import describe_trust
from evalsite.results.pages.wording import count_things
from evalsite.results.questions import make_question
from evalsite.results.reproduce import SCRIPTS, write_script
from evalsite.results.services import unblind_study
from evalsite.studies.models import Signal, Study
from evalsite.studies.protocol import Protocol
from evalsite.studies.queries import protocol_of, study_for

UNDER_WAY = (Analysis.State.QUEUED, Analysis.State.RUNNING)
# Sections that not every page of a kind has, by the name of what they show.
OPTIONAL = ("factors", "match", "entanglement", "words", "coefficients", "places")


@login_required
@require_safe
def study_results(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_for(request.user, slug)
    found = find_block(findings_of(study), request.GET.get("block", ""))
    question = make_question(found["question"])
    context = {
        "section": "studies",
        "study": study,
        "found": found,
        "flow": list_steps(found),
        "rules": list_rules(found),
        "pilots": found["flow"]["pilots"],
        "withdrawn": found["flow"].get("withdrawn", 0),
        "counted": _count(found),
        "n_finished": found["flow"]["finished"],
        "block_tabs": list_blocks(protocol_of(study)),
    }
    if found["is_blind"]:
        context |= {"template": question.blind_template, **question.show_blind(found)}
        return render(request, "results/blind.html", context)
    protocol = protocol_of(study)
    analysis = store.ask_worker(study, Analysis.MODELS)
    found["models"] = {
        "state": str(analysis.state),
        "error": analysis.error,
        **find_models(analysis.value, found["name"]),
    }
    shown = question.show(found, request.GET.dict(), find_clips(study, found["name"]))
    charts = gallery.list_charts(found)
    context |= {
        **shown,
        "template": question.template,
        "is_waiting": question.waits and found["models"]["state"] in UNDER_WAY,
        "has_waited": "waited" in request.GET,
        "standing": describe_standing(found),
        "drawn": {
            name: gallery.draw(study, found, chart)
            for name, chart in shown.get("charts", {}).items()
            if chart in charts
        },
        "trust": describe_trust(found),
        "factors": show_factors(found),
        "cells": show_cells(found),
        "methods": write_methods(protocol, found),
        "references": list_references(protocol),
    }
    if context["n_finished"]:
        context["contents"] = list_contents(question.contents, context)
    return render(request, "results/results.html", context)


@login_required
@require_safe
def study_chart(request: HttpRequest, slug: str, name: str, suffix: str) -> HttpResponse:
    study = study_for(request.user, slug)
    found = find_block(findings_of(study), request.GET.get("block", ""))
    if not found["is_blind"]:
        models = store.ask_worker(study, Analysis.MODELS).value
        found["models"] = find_models(models, found["name"])
    try:
        spec = gallery.make_spec(found, name)
    except EarwitnessError as error:
        raise Http404(str(error)) from error
    answer = HttpResponse(render_file(spec, suffix), content_type=FORMATS[suffix])
    answer["Content-Disposition"] = f'attachment; filename="{study.slug}-{name}.{suffix}"'
    return answer


@login_required
@require_safe
def study_script(request: HttpRequest, slug: str, language: str) -> HttpResponse:
    """To read in the browser: the same file as in the data set. The results page says why not."""
    study = study_for(request.user, slug)
    if language not in SCRIPTS:
        raise Http404("There is no such script.")
    found = findings_of(study)
    if found["is_blind"]:
        return redirect("study_results", slug=study.slug)
    found["models"] = store.ask_worker(study, Analysis.MODELS).value
    script = write_script(language, found, protocol_of(study))
    return HttpResponse(script, content_type="text/plain; charset=utf-8")


@login_required
@require_POST
def study_unblind(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_for(request.user, slug)
    try:
        unblind_study(study=study, who=request.user, reason=request.POST.get("reason", ""))
    except EarwitnessError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Unblinded. It is noted down who did it, when and why.")
    return redirect("study_results", slug=study.slug)


def list_contents(
    sections: Sequence[tuple[str, str]], context: Mapping[str, Any]
) -> list[dict[str, str]]:
    """A page's sections by their ids, without those that it has nothing for."""
    return [
        {"id": name, "label": label}
        for name, label in (*sections, ("method", "Methods"))
        if name not in OPTIONAL or context.get(name)
    ]


def list_blocks(protocol: Protocol) -> list[dict[str, str]]:
    """Tabs, where there are several."""
    if len(protocol.blocks) < 2:
        return []
    return [
        {"name": block.name, "label": block.name.replace("_", " ").capitalize()}
        for block in protocol.blocks
    ]


def find_clips(study: Study, block: str) -> dict[int, dict[str, int]]:
    """The clips of each item by its number: condition -> id, to hear them."""
    signals = Signal.objects.filter(item__study=study, item__block=block, item__kind="main")
    clips: dict[int, dict[str, int]] = {}
    rows = signals.filter(clip__isnull=False).order_by("item", "-number")
    for number, condition, clip in rows.values_list("item__number", "condition", "clip"):
        clips.setdefault(number, {})[condition] = clip
    return clips


def _count(found: dict) -> str:
    counts = found["counts"]
    return (
        f"{count_things(counts['listeners_analysed'], 'listener')}, "
        f"{count_things(counts['answers_analysed'], 'answer')}, "
        f"{count_things(counts['judgments_analysed'], 'judgment')} of "
        f"{count_things(counts['clips_judged'], 'clip')}"
    )
