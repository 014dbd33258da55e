"""A draft's pages: words, recordings, blocks, listeners, design, the whole file."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from evalsite.common.errors import EarwitnessError
from evalsite.studies.builder import changes, sections
from evalsite.studies.builder.block_form import BlockForm
from evalsite.studies.builder.forms import FileForm, ImportForm, SectionForm, ValuesForm
from evalsite.studies.builder.sources import SourcesForm
from evalsite.studies.models import Study
from evalsite.studies.protocol import Protocol, parse_protocol, read_protocol
from evalsite.studies.queries import (
    describe_load,
    finished_explanations_for,
    protocol_of,
    study_for,
)
from evalsite.studies.readiness import check_study
from evalsite.studies.services import change_draft, create_study_from_protocol
from evalsite.studies.trial_types import list_names

NOT_YOURS = "sources must name explanations of your library, and one of them is not there."
FORMS = ["GET", "HEAD", "POST"]


def needs_draft(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Call the view with the user's study if that is a draft; else say why not."""

    @wraps(view)
    @login_required
    def check(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
        study = study_for(request.user, slug)
        if study.state != Study.State.DRAFT:
            messages.error(request, f"Only a draft can be changed, this study is {study.state}.")
            return redirect("study", slug=slug)
        return view(request, study, *args, **kwargs)

    return check


def change_or_refuse(study: Study, protocol: Callable[[], Protocol], was: str | None = None) -> str:
    """The broken rule, or nothing once the draft is changed."""
    try:
        change_draft(study=study, protocol=protocol(), was=was)
    except EarwitnessError as error:
        return str(error)
    except Http404:
        return NOT_YOURS
    return ""


@require_http_methods(FORMS)
@needs_draft
def edit_section(request: HttpRequest, study: Study, section: str) -> HttpResponse:
    if section == sections.FILE:
        return edit_file(request, study)
    plain = protocol_of(study).to_dict()
    data = request.POST if request.method == "POST" else None
    if section == sections.SOURCES:
        form: Any = SourcesForm(plain, list(finished_explanations_for(request.user)), data)
    elif section in sections.TITLES:
        form = ValuesForm(plain, sections.list_keys(plain, section), data)
    else:
        raise Http404("There is no such page.")
    here = reverse("study_edit", args=[study.slug, section])
    if data is not None and save_form(request, study, form):
        return redirect(here)
    title = sections.TITLES[section]
    if section == sections.SOURCES:
        more = {"title": title, "options": form.list_options()}
        return show_form(request, study, "studies/edit_sources.html", form, here, **more)
    return show_form(request, study, "studies/edit.html", form, here, title=title)


@require_http_methods(FORMS)
@needs_draft
def edit_block(request: HttpRequest, study: Study, name: str) -> HttpResponse:
    plain = protocol_of(study).to_dict()
    data = request.POST if request.method == "POST" else None
    form = BlockForm(plain, name, data)
    if data is not None and save_form(request, study, form):
        return redirect("study_block", slug=study.slug, name=form.cleaned_data["name"])
    more = {
        "title": f"Block “{name}”",
        "name": name,
        "n_blocks": len(plain["blocks"]),
        **show_block_form(form),
    }
    here = reverse("study_block", args=[study.slug, name])
    return show_form(request, study, "studies/edit_block.html", form, here, **more)


def show_block_form(form: BlockForm) -> dict[str, object]:
    return {"types": form.list_types(), "rest": form.list_rest()}


def save_form(request: HttpRequest, study: Study, form: Any) -> bool:
    if not form.is_valid():
        return False
    was = request.POST.get("was")
    refusal = change_or_refuse(study, lambda: read_protocol(form.change()), was)
    if refusal:
        form.refuse(refusal)
        return False
    messages.success(request, "Saved.")
    return True


def edit_file(request: HttpRequest, study: Study) -> HttpResponse:
    if request.method == "POST":
        form = FileForm(request.POST)
        if form.is_valid():
            text = form.cleaned_data["protocol"]
            refusal = change_or_refuse(study, lambda: parse_protocol(text), request.POST.get("was"))
            if not refusal:
                messages.success(request, "Saved.")
                return redirect("study_edit", slug=study.slug, section=sections.FILE)
            form.refuse(refusal)
    else:
        form = FileForm(initial={"protocol": protocol_of(study).to_yaml()})
    here = reverse("study_edit", args=[study.slug, sections.FILE])
    title = sections.TITLES[sections.FILE]
    return show_form(request, study, "studies/edit_file.html", form, here, title=title)


def show_form(
    request: HttpRequest, study: Study, template: str, form: SectionForm, here: str, **more: object
) -> HttpResponse:
    checks = check_study(study)
    protocol = protocol_of(study)
    context = {
        "section": "studies",
        "study": study,
        "form": form,
        "here": here,
        "was": protocol.digest(),
        "outline": sections.list_sections(study, protocol.to_dict()),
        "trial_types": list_names(),
        "checks": checks,
        "is_ready": all(check.is_kept for check in checks),
        "load": describe_load(study),
        "pilot_link": reverse("welcome", args=[study.pilot_token]),
        **more,
    }
    return render(request, template, context, status=400 if form.errors else 200)


@require_POST
@needs_draft
def add_block(request: HttpRequest, study: Study) -> HttpResponse:
    """A block with defaults; where they do not fit the study, its form, not saved yet."""
    plain, name = changes.add_block(
        protocol_of(study).to_dict(), request.POST.get("trial_type", "")
    )
    if "name" in request.POST:
        form = BlockForm(plain, name, request.POST)
        if save_form(request, study, form):
            return redirect("study_block", slug=study.slug, name=form.cleaned_data["name"])
    else:
        refusal = change_or_refuse(study, lambda: read_protocol(plain))
        if not refusal:
            return redirect("study_block", slug=study.slug, name=name)
        messages.error(request, f"The block is not added yet: {refusal}")
        form = BlockForm(plain, name)
    here = reverse("study_block_add", args=[study.slug])
    more = {"title": f"New block “{name}”", "is_new": True, **show_block_form(form)}
    return show_form(request, study, "studies/edit_block.html", form, here, **more)


@require_POST
@needs_draft
def remove_block(request: HttpRequest, study: Study, name: str) -> HttpResponse:
    plain = changes.remove_block(protocol_of(study).to_dict(), name)
    refusal = change_or_refuse(study, lambda: read_protocol(plain))
    if refusal:
        messages.error(request, f"The block was not removed: {refusal}")
        return redirect("study_block", slug=study.slug, name=name)
    messages.success(request, f"Block “{name}” was removed.")
    return redirect("study_block", slug=study.slug, name=plain["blocks"][0]["name"])


@require_POST
@needs_draft
def move_block(request: HttpRequest, study: Study, name: str) -> HttpResponse:
    steps = -1 if request.POST.get("to") == "earlier" else 1
    plain = changes.move_block(protocol_of(study).to_dict(), name, steps)
    refusal = change_or_refuse(study, lambda: read_protocol(plain))
    if refusal:
        messages.error(request, f"The block was not moved: {refusal}")
    return redirect("study_block", slug=study.slug, name=name)


@require_http_methods(FORMS)
@login_required
def import_study(request: HttpRequest) -> HttpResponse:
    """A draft from a file."""
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if form.is_bound and form.is_valid():
        try:
            protocol = parse_protocol(form.cleaned_data["file"])
            study = create_study_from_protocol(owner=request.user, protocol=protocol)
        except EarwitnessError as error:
            form.refuse(str(error))
        except Http404:
            form.refuse(NOT_YOURS)
        else:
            messages.success(request, "The draft is made. Look it through, then open it.")
            return redirect("study", slug=study.slug)
    status = 400 if form.errors else 200
    context = {"section": "studies", "form": form}
    return render(request, "studies/import.html", context, status=status)
