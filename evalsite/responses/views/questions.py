"""The pages of questions about the person, before and after the trials."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from evalsite.responses import services
from evalsite.responses.flow import find_next_step
from evalsite.responses.forms import QuestionsForm
from evalsite.responses.models import Sitting
from evalsite.responses.presentation import describe_frame
from evalsite.responses.views.access import needs_sitting, read_post, redirect_to_next
from evalsite.studies.person_questions import AFTER, BEFORE
from evalsite.studies.queries import protocol_of

PAGES = {"about": BEFORE, "afterwards": AFTER}


def list_questions(sitting: Sitting, page: str) -> list[dict[str, object]]:
    """For programs: the questions of a page as the protocol has them."""
    return [question.to_plain() for question in protocol_of(sitting.study).ask(PAGES[page])]


def show_questions(page: str):
    @require_http_methods(["GET", "HEAD", "POST"])
    @needs_sitting
    def show(request: HttpRequest, sitting: Sitting) -> HttpResponse:
        if find_next_step(sitting).name != page:
            return redirect_to_next(sitting)
        questions = protocol_of(sitting.study).ask(PAGES[page])
        form = QuestionsForm(questions, read_post(request))
        if request.method == "POST" and form.is_valid():
            services.save_background(sitting=sitting, background=form.read_answers(), page=page)
            return redirect("sitting")
        context = {
            "is_after": PAGES[page] == AFTER,
            "rows": [(question, form[question.name]) for question in questions],
            **describe_frame(request, sitting),
        }
        return render(request, "responses/questions.html", context)

    return show


about = show_questions("about")
afterwards = show_questions("afterwards")
