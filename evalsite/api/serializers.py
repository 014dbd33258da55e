"""What each thing looks like as JSON. Ids of stored files are digests, never paths."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from evalsite.clips.models import Clip, Explanation, Recording
from evalsite.responses.invitations import MAX_AT_ONCE
from evalsite.responses.models import Invitation, Panel
from evalsite.responses.panels import MAX_PEOPLE, OUTCOMES
from evalsite.results.queries import count_flow
from evalsite.studies.models import Item, Signal, Study

# Beyond it no database has a row.
MAX_ID = 2**63 - 1


class RecordingSerializer(serializers.ModelSerializer):
    duration = serializers.FloatField(read_only=True, help_text="seconds")

    class Meta:
        model = Recording
        fields = (
            "id",
            "sha256",
            "title",
            "file_name",
            "licence",
            "source",
            "sample_rate",
            "n_channels",
            "n_samples",
            "n_clipped",
            "duration",
            "created_at",
        )


class NewRecordingSerializer(serializers.Serializer):
    """A sound file to take in: WAV, FLAC, OGG or MP3."""

    file = serializers.FileField(allow_empty_file=True)
    title = serializers.CharField(required=False, max_length=200, help_text="else the file's name")
    licence = serializers.CharField(required=False, max_length=200)
    source = serializers.CharField(required=False, max_length=300)


class RecordingWordsSerializer(serializers.Serializer):
    title = serializers.CharField(required=False, max_length=200)
    licence = serializers.CharField(required=False, max_length=200, allow_blank=True)
    source = serializers.CharField(required=False, max_length=300, allow_blank=True)


class NewExplanationSerializer(serializers.Serializer):
    """A recipe asked of a recording; what the recipe leaves out gets the engine's defaults."""

    recording = serializers.IntegerField(min_value=1, max_value=MAX_ID)
    recipe = serializers.DictField(help_text="with model and targets")
    other_recording = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=MAX_ID
    )


class ClipSerializer(serializers.ModelSerializer):
    sha256 = serializers.CharField(source="blob", help_text="sha256 of the file")
    duration = serializers.FloatField(read_only=True, help_text="seconds")
    audio = serializers.HyperlinkedIdentityField(view_name="api-clip-audio")

    class Meta:
        model = Clip
        fields = (
            "id",
            "explanation",
            "target",
            "kind",
            "sha256",
            "n_bytes",
            "sample_rate",
            "n_samples",
            "duration",
            "area",
            "energy",
            "fill",
            "phase_source",
            "loudness_before",
            "loudness_after",
            "true_peak",
            "gain_db",
            "facts",
            "audio",
        )


class ExplanationSerializer(serializers.ModelSerializer):
    model = serializers.SlugRelatedField(slug_field="name", read_only=True)
    targets = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Explanation
        fields = (
            "id",
            "recording",
            "model",
            "targets",
            "recipe",
            "recipe_digest",
            "engine_version",
            "weights_digest",
            "device",
            "dtype",
            "state",
            "attempts",
            "progress_done",
            "progress_total",
            "error",
            "seconds",
            "created_at",
            "started_at",
            "finished_at",
        )


class ExplanationDetailSerializer(ExplanationSerializer):
    clips = ClipSerializer(many=True, read_only=True)

    class Meta(ExplanationSerializer.Meta):
        fields = (*ExplanationSerializer.Meta.fields, "manifest", "clips")


class SignalSerializer(serializers.ModelSerializer):
    class Meta:
        model = Signal
        fields = ("number", "role", "condition", "clip", "blob", "duration")


class ItemSerializer(serializers.ModelSerializer):
    signals = SignalSerializer(many=True, read_only=True)

    class Meta:
        model = Item
        fields = (
            "number",
            "block",
            "kind",
            "condition",
            "target",
            "recording",
            "explanation",
            "shown",
            "key",
            "signals",
        )


class StudySerializer(serializers.ModelSerializer):
    class Meta:
        model = Study
        fields = (
            "slug",
            "title",
            "state",
            "protocol_version",
            "protocol_digest",
            "created_at",
            "opened_at",
            "closed_at",
        )


class StudyDetailSerializer(StudySerializer):
    items = ItemSerializer(many=True, read_only=True)
    flow = serializers.SerializerMethodField()

    class Meta(StudySerializer.Meta):
        fields = (*StudySerializer.Meta.fields, "protocol", "items", "flow")

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_flow(self, study: Study) -> dict[str, int]:
        return count_flow(study)


class NewInvitationsSerializer(serializers.Serializer):
    n = serializers.IntegerField(min_value=1, max_value=MAX_AT_ONCE)
    group = serializers.CharField(
        required=False, allow_blank=True, max_length=40, help_text="one of the protocol's groups"
    )


class InvitationSerializer(serializers.ModelSerializer):
    link = serializers.HyperlinkedIdentityField(view_name="welcome", lookup_field="token")

    class Meta:
        model = Invitation
        fields = ("number", "group", "state", "link")


class PanelSerializer(serializers.ModelSerializer):
    codes = serializers.DictField(
        child=serializers.CharField(max_length=64),
        help_text=f"by outcome: {', '.join(OUTCOMES.values())}",
    )

    class Meta:
        model = Panel
        fields = (
            "person_parameter",
            "study_parameter",
            "session_parameter",
            "return_address",
            "codes",
        )


class ReturnedSerializer(serializers.Serializer):
    people = serializers.ListField(
        child=serializers.CharField(max_length=100), max_length=MAX_PEOPLE
    )


class ReturnedCountsSerializer(serializers.Serializer):
    returned = serializers.IntegerField()
    finished = serializers.IntegerField(help_text="had finished: they keep their places")
    ended = serializers.IntegerField(help_text="had ended before")
    unknown = serializers.IntegerField(help_text="never came")


class JudgmentSerializer(serializers.Serializer):
    """One row of ratings.csv; what a trial type records beyond this comes along."""

    study = serializers.CharField()
    protocol_digest = serializers.CharField()
    participant = serializers.CharField()
    group = serializers.CharField()
    sitting_finished = serializers.BooleanField()
    block = serializers.CharField()
    trial_type = serializers.CharField()
    position = serializers.IntegerField()
    item = serializers.IntegerField()
    kind = serializers.CharField()
    occasion = serializers.IntegerField()
    signal = serializers.CharField()
    recording = serializers.CharField()
    condition = serializers.CharField()
    target = serializers.CharField()
    clip = serializers.CharField()
    quality = serializers.CharField(required=False)
    value = serializers.IntegerField(required=False, allow_null=True)
    cant_tell = serializers.BooleanField(required=False)
    is_target = serializers.BooleanField(required=False, allow_null=True)
    confidence = serializers.IntegerField(required=False)
    familiarity = serializers.CharField()
    catch_passed = serializers.BooleanField(allow_null=True)
    over_quota = serializers.BooleanField()
    elapsed_ms = serializers.IntegerField()
    n_plays = serializers.IntegerField()
    heard_s = serializers.FloatField()
    n_switches = serializers.IntegerField()
    n_focus_losses = serializers.IntegerField()
    sample_rate = serializers.FloatField(allow_null=True)
    output_latency_ms = serializers.FloatField(allow_null=True)
    answered_on = serializers.DateField()
