"""Recordings, explanations, clips, studies and ratings. All start from the user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.decorators import action, api_view, permission_classes
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from evalsite.api.ratings import JudgmentList
from evalsite.api.serializers import (
    ClipSerializer,
    ExplanationDetailSerializer,
    ExplanationSerializer,
    InvitationSerializer,
    JudgmentSerializer,
    NewExplanationSerializer,
    NewInvitationsSerializer,
    NewRecordingSerializer,
    PanelSerializer,
    RecordingSerializer,
    RecordingWordsSerializer,
    ReturnedCountsSerializer,
    ReturnedSerializer,
    StudyDetailSerializer,
    StudySerializer,
)
from evalsite.clips.models import Clip, Explanation, Model, Recording
from evalsite.clips.queries import clips_for, explanations_for, list_models, recordings_for
from evalsite.clips.services import (
    delete_explanation,
    delete_recording,
    describe_recording,
    request_explanation,
    retry_explanation,
    store_recording,
)
from evalsite.common.errors import EarwitnessError, NotAllowedNow
from evalsite.common.media import serve_blob
from evalsite.responses.invitations import make_invitations, revoke_invitation
from evalsite.responses.panels import change_panel, panel_of, return_places
from evalsite.studies.builder.places import find_place
from evalsite.studies.models import Study
from evalsite.studies.protocol import read_protocol
from evalsite.studies.queries import protocol_of, studies_for, study_for
from evalsite.studies.services import (
    change_draft,
    close_study,
    create_study_from_protocol,
    delete_draft,
    duplicate_study,
    open_study,
)


@extend_schema_view(
    create=extend_schema(
        request={"multipart/form-data": NewRecordingSerializer},
        responses={201: RecordingSerializer, 200: RecordingSerializer},
    ),
    partial_update=extend_schema(
        request=RecordingWordsSerializer, responses={200: RecordingSerializer}
    ),
)
class RecordingViewSet(ReadOnlyModelViewSet):
    """Recordings. One whose samples are in the library already is answered with 200, not 201."""

    serializer_class = RecordingSerializer
    queryset = Recording.objects.none()

    def create(self, request: Request) -> Response:
        given = read_body(NewRecordingSerializer, request)
        file = given.pop("file")
        recording, is_new = store_recording(
            owner=request.user,
            path=Path(file.temporary_file_path()),
            file_name=file.name or "",
            **given,
        )
        return Response(self.get_serializer(recording).data, status=201 if is_new else 200)

    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        recording = self.get_object()
        given = read_body(RecordingWordsSerializer, request)
        described = describe_recording(recording=recording, **given)
        return Response(self.get_serializer(described).data)

    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """Refused while a study or another recording's control needs it."""
        delete_recording(recording=self.get_object())
        return Response(status=204)

    def get_queryset(self) -> QuerySet[Recording]:
        return recordings_for(self.request.user).defer("envelope").order_by("pk")


@extend_schema_view(
    create=extend_schema(
        request=NewExplanationSerializer,
        responses={201: ExplanationSerializer, 200: ExplanationSerializer},
    )
)
class ExplanationViewSet(ReadOnlyModelViewSet):
    """Explanations; one alone comes with its manifest and clips.

    Asking is free where the same was asked before: then the answer is 200, not 201.
    """

    queryset = Explanation.objects.none()

    def create(self, request: Request) -> Response:
        given = read_body(NewExplanationSerializer, request)
        mine = recordings_for(request.user)
        other = given.get("other_recording")
        explanation, is_new = request_explanation(
            recording=get_object_or_404(mine, pk=given["recording"]),
            model=find_model(given["recipe"].get("model")),
            recipe=given["recipe"],
            other=get_object_or_404(mine, pk=other) if other else None,
        )
        return Response(ExplanationSerializer(explanation).data, status=201 if is_new else 200)

    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """Only one that waits or failed can be taken back."""
        delete_explanation(explanation=self.get_object())
        return Response(status=204)

    @extend_schema(request=None, responses={200: ExplanationSerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str | None = None) -> Response:
        """Queue a failed explanation anew."""
        explanation = self.get_object()
        retry_explanation(explanation=explanation)
        explanation.refresh_from_db()
        return Response(ExplanationSerializer(explanation).data)

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


PROTOCOL = {"application/json": OpenApiTypes.OBJECT}


@extend_schema_view(
    create=extend_schema(request=PROTOCOL, responses={201: StudyDetailSerializer}),
    update=extend_schema(request=PROTOCOL, responses={200: StudyDetailSerializer}),
    partial_update=extend_schema(request=PROTOCOL, responses={200: StudyDetailSerializer}),
)
class StudyViewSet(ReadOnlyModelViewSet):
    """Studies; one alone comes with its protocol, its items and how far listeners got.

    A study is made of a protocol. While it is a draft, PUT replaces the protocol and PATCH the
    keys that it holds; what breaks a rule is refused with the rule and its place.
    """

    lookup_field = "slug"
    queryset = Study.objects.none()

    def get_queryset(self) -> QuerySet[Study]:
        studies = studies_for(self.request.user).order_by("pk")
        return studies if self.action == "list" else studies.prefetch_related("items__signals")

    def get_serializer_class(self) -> type[StudySerializer]:
        return StudySerializer if self.action == "list" else StudyDetailSerializer

    def create(self, request: Request) -> Response:
        with naming_the_place():
            protocol = read_protocol(request.data)
            study = create_study_from_protocol(owner=request.user, protocol=protocol)
        return self.show(study, status=201)

    def update(self, request: Request, slug: str | None = None) -> Response:
        study = self.get_object()
        with naming_the_place():
            study = change_draft(study=study, protocol=read_protocol(request.data))
        return self.show(study)

    def partial_update(self, request: Request, slug: str | None = None) -> Response:
        study = self.get_object()
        if not isinstance(request.data, dict):
            raise ValidationError("The body must be a mapping of the protocol's keys to values.")
        plain = {**protocol_of(study).to_dict(), **request.data}
        with naming_the_place():
            study = change_draft(study=study, protocol=read_protocol(plain))
        return self.show(study)

    def destroy(self, request: Request, slug: str | None = None) -> Response:
        """Only a draft can be deleted."""
        delete_draft(study=self.get_object())
        return Response(status=204)

    @extend_schema(request=None, responses={200: StudyDetailSerializer})
    @action(detail=True, methods=["post"])
    def open(self, request: Request, slug: str | None = None) -> Response:
        """Freeze the protocol and let listeners in."""
        return self.show(open_study(study=self.get_object()))

    @extend_schema(request=None, responses={200: StudyDetailSerializer})
    @action(detail=True, methods=["post"])
    def close(self, request: Request, slug: str | None = None) -> Response:
        """No answer comes in after this; it cannot be undone."""
        return self.show(close_study(study=self.get_object()))

    @extend_schema(request=None, responses={201: StudyDetailSerializer})
    @action(detail=True, methods=["post"])
    def duplicate(self, request: Request, slug: str | None = None) -> Response:
        """A draft with the same protocol."""
        return self.show(duplicate_study(study=self.get_object()), status=201)

    @extend_schema(methods=["GET"], request=None, responses={200: InvitationSerializer(many=True)})
    @extend_schema(
        methods=["POST"],
        request=NewInvitationsSerializer,
        responses={201: InvitationSerializer(many=True)},
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    def invitations(self, request: Request, slug: str | None = None) -> Response:
        """Single-use links, all of them; POST makes more and answers with the new ones."""
        study = self.get_object()
        if request.method == "GET":
            found, status = list(study.invitations.all()), 200
        else:
            given = read_body(NewInvitationsSerializer, request)
            found, status = make_invitations(study=study, **given), 201
        context = self.get_serializer_context()
        return Response(InvitationSerializer(found, many=True, context=context).data, status=status)

    @extend_schema(methods=["GET"], request=None, responses={200: PanelSerializer})
    @extend_schema(methods=["PUT"], request=PanelSerializer, responses={200: PanelSerializer})
    @action(detail=True, methods=["get", "put"])
    def panel(self, request: Request, slug: str | None = None) -> Response:
        """What the links of a panel carry, and its secret code for each outcome."""
        study = self.get_object()
        if request.method == "PUT":
            change_panel(study=study, **read_body(PanelSerializer, request))
        return Response(PanelSerializer(panel_of(study)).data)

    @extend_schema(request=ReturnedSerializer, responses={200: ReturnedCountsSerializer})
    @action(detail=True, methods=["post"])
    def returned(self, request: Request, slug: str | None = None) -> Response:
        """Give back the places of people who left the panel."""
        study = self.get_object()
        return Response(return_places(study=study, **read_body(ReturnedSerializer, request)))

    @extend_schema(request=None, responses={200: InvitationSerializer})
    @action(detail=True, methods=["post"], url_path=r"invitations/(?P<number>[0-9]{1,9})/revoke")
    def revoke(self, request: Request, number: str, slug: str | None = None) -> Response:
        """Take back an invitation that nobody has used."""
        invitation = get_object_or_404(self.get_object().invitations, number=int(number))
        revoke_invitation(invitation=invitation)
        context = self.get_serializer_context()
        return Response(InvitationSerializer(invitation, context=context).data)

    def show(self, study: Study, *, status: int = 200) -> Response:
        found = self.get_queryset().get(pk=study.pk)
        return Response(StudyDetailSerializer(found).data, status=status)


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


def read_body(kind: type[Serializer], request: Request) -> dict[str, Any]:
    serializer = kind(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def find_model(name: object) -> Model:
    model = Model.objects.filter(name=name).first() if isinstance(name, str) else None
    if model is None:
        known = ", ".join(found.name for found in list_models()) or "none"
        raise ValidationError(
            {"recipe": [f"recipe.model must be one of {known}, got {ascii(name)[:40]}."]}
        )
    return model


@contextmanager
def naming_the_place() -> Iterator[None]:
    """A refused protocol's answer says in `fields` where the rule is broken."""
    try:
        yield
    except NotAllowedNow:
        raise
    except EarwitnessError as error:
        sentence = str(error)
        raise ValidationError({find_place(sentence): [sentence]}) from error


@extend_schema(exclude=True)
@api_view(["GET", "POST", "PUT", "PATCH", "DELETE"])
@permission_classes([AllowAny])
def nothing_here(request: Request) -> Response:
    """Any address that is no other's: refused as the others refuse."""
    raise NotFound


class DocsView(SpectacularSwaggerSplitView):
    """Its script comes from an address of its own, so that no page needs inline script."""

    template_name = "api/docs.html"
