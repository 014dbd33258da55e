"""Recordings, explanations, clips, studies and ratings, to read. All start from the user."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from evalsite.api.ratings import JudgmentList
from evalsite.api.serializers import (
    ClipSerializer,
    ExplanationDetailSerializer,
    ExplanationSerializer,
    JudgmentSerializer,
    RecordingSerializer,
    StudyDetailSerializer,
    StudySerializer,
)
from evalsite.clips.models import Clip, Explanation, Recording
from evalsite.clips.queries import clips_for, explanations_for, recordings_for
from evalsite.common.errors import NotAllowedNow
from evalsite.common.media import serve_blob
from evalsite.studies.models import Study
from evalsite.studies.queries import studies_for, study_for


class RecordingViewSet(ReadOnlyModelViewSet):
    serializer_class = RecordingSerializer
    queryset = Recording.objects.none()

    def get_queryset(self) -> QuerySet[Recording]:
        return recordings_for(self.request.user).defer("envelope").order_by("pk")


class ExplanationViewSet(ReadOnlyModelViewSet):
    """Explanations; one alone comes with its manifest and clips."""

    queryset = Explanation.objects.none()

    def get_queryset(self) -> QuerySet[Explanation]:
        explanations = explanations_for(self.request.user).order_by("pk")
        if self.action == "list":
            return explanations.defer("manifest", "figures", "recording__envelope")
        return explanations.prefetch_related("clips")

    def get_serializer_class(self) -> type[ExplanationSerializer]:
        return ExplanationSerializer if self.action == "list" else ExplanationDetailSerializer


class ClipViewSet(ReadOnlyModelViewSet):
    serializer_class = ClipSerializer
    queryset = Clip.objects.none()

    def get_queryset(self) -> QuerySet[Clip]:
        return clips_for(self.request.user).order_by("pk")

    @extend_schema(responses={(200, "audio/wav"): OpenApiTypes.BINARY})
    @action(detail=True)
    def audio(self, request: Request, pk: str | None = None) -> HttpResponse:
        """The sound as WAV; byte ranges are answered."""
        clip = self.get_object()
        return serve_blob(
            request, clip.blob, content_type="audio/wav", file_name=f"clip-{clip.pk}.wav"
        )


class StudyViewSet(ReadOnlyModelViewSet):
    """Studies; one alone comes with its protocol, its items and how far listeners got."""

    lookup_field = "slug"
    queryset = Study.objects.none()

    def get_queryset(self) -> QuerySet[Study]:
        studies = studies_for(self.request.user).order_by("pk")
        return studies if self.action == "list" else studies.prefetch_related("items__signals")

    def get_serializer_class(self) -> type[StudySerializer]:
        return StudySerializer if self.action == "list" else StudyDetailSerializer


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("study", str, required=True, description="The study's short name")
        ],
        responses={200: JudgmentSerializer(many=True)},
    )
)
class RatingViewSet(GenericViewSet):
    """A closed study's judgments, row by row as in the export's ratings.csv."""

    serializer_class = JudgmentSerializer
    queryset = Study.objects.none()

    def list(self, request: Request) -> Response:
        slug = request.query_params.get("study")
        if not slug:
            raise ValidationError({"study": ["study must name one of your studies."]})
        study = study_for(request.user, slug)
        if study.state != Study.State.CLOSED:
            raise NotAllowedNow(
                "Ratings can be read once the study is closed, "
                f"“{study.title}” is {study.get_state_display()}."
            )
        page = self.paginate_queryset(JudgmentList(study))
        return self.get_paginated_response(page)


class DocsView(SpectacularSwaggerSplitView):
    """Its script comes from an address of its own, so that no page needs inline script."""

    template_name = "api/docs.html"
