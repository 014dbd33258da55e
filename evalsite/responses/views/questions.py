"""The pages of questions about the person, before and after the trials."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from evalsite.responses import services
from evalsite.responses.flow import find_next_step, find_questions
from evalsite.responses.forms import QuestionsForm
from evalsite.responses.models import Sitting
from evalsite.responses.presentation import describe_frame
from evalsite.responses.views.access import needs_sitting, read_post, redirect_to_next
from evalsite.studies.queries import protocol_of


def show_questions(page: str):
    @require_http_methods(["GET", "HEAD", "POST"])
    @needs_sitting
    def show(request: HttpRequest, sitting: Sitting) -> HttpResponse:
        if find_next_step(sitting).name != page:
            return redirect_to_next(sitting)
        questions = find_questions(protocol_of(sitting.study), page)
        form = QuestionsForm(questions, read_post(request))
        if request.method == "POST" and form.is_valid():
            services.save_background(sitting=sitting, background=form.read_answers(), page=page)
            return redirect("sitting")
        context = {
            "page": page,
            "is_wide": page == "goldmsi",
            "rows": [(question, form[question.name]) for question in questions],
            **describe_frame(request, sitting),
        }
        return render(request, "responses/questions.html", context)

    return show


about = show_questions("about")
goldmsi = show_questions("goldmsi")
afterwards = show_questions("afterwards")
