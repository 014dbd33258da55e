"""What a study found."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from evalsite.common.errors import EarwitnessError
from evalsite.results import flow, page, store
from evalsite.results.charts import gallery
from evalsite.results.charts.render import FORMATS, render_file
from evalsite.results.findings import findings_of
from evalsite.results.methods import list_references, write_methods
from evalsite.results.models import Analysis
from evalsite.results.services import unblind_study
from evalsite.results.trust import describe_trust
from evalsite.results.wording import count_things
from evalsite.studies.queries import protocol_of, study_for


@login_required
@require_safe
def study_results(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_for(request.user, slug)
    found = findings_of(study)
    context = {
        "section": "studies",
        "study": study,
        "found": found,
        "flow": flow.list_steps(found),
        "rules": flow.list_rules(found),
        "pilots": found["flow"]["pilots"],
        "withdrawn": found["flow"].get("withdrawn", 0),
        "agreement": page.describe_agreement(found),
        "counted": _count(found),
        "n_finished": found["flow"]["finished"],
    }
    if found["is_blind"]:
        return render(request, "results/blind.html", context)
    quality = page.choose_quality(found, request.GET.get("quality", ""))
    protocol = protocol_of(study)
    clips = dict(study.items.filter(kind="main").values_list("number", "signals__clip"))
    analysis = store.ask_worker(study, Analysis.MODELS)
    shown = {**found, "models": analysis.value} if analysis.value else found
    context |= {
        "drawn": {
            name: gallery.draw(study, shown, chart)
            for name, chart in (("answers", f"answers-{quality['name']}"), ("variance", "variance"))
            if chart in gallery.list_charts(shown)
        },
        "contrast": page.describe_contrast(found),
        "quality": quality,
        "qualities": found["qualities"],
        "models": page.describe_models(analysis, found),
        "trust": describe_trust(found),
        "answers": page.describe_answers(quality),
        "clips": page.describe_clips(quality, found["points"], clips),
        "methods": write_methods(protocol, found),
        "references": list_references(protocol),
        "groups": protocol.groups,
    }
    return render(request, "results/results.html", context)


@login_required
@require_safe
def study_chart(request: HttpRequest, slug: str, name: str, suffix: str) -> HttpResponse:
    study = study_for(request.user, slug)
    found = findings_of(study)
    if not found["is_blind"]:
        found = {**found, "models": store.ask_worker(study, Analysis.MODELS).value}
    try:
        spec = gallery.make_spec(found, name)
    except EarwitnessError as error:
        raise Http404(str(error)) from error
    answer = HttpResponse(render_file(spec, suffix), content_type=FORMATS[suffix])
    answer["Content-Disposition"] = f'attachment; filename="{study.slug}-{name}.{suffix}"'
    return answer


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


def _count(found: dict) -> str:
    counts = found["counts"]
    return (
        f"{count_things(counts['listeners_analysed'], 'listener')}, "
        f"{count_things(counts['answers_analysed'], 'answer')}, "
        f"{count_things(counts['judgments_analysed'], 'judgment')} of "
        f"{count_things(counts['clips_judged'], 'clip')}"
    )
