"""The one validation of uploads and recipes, for pages and programs."""

from __future__ import annotations

from typing import Any

from django import forms

from evalsite.clips import engine
from evalsite.clips.models import Model, Recording
from evalsite.clips.presentation import KINDS as KINDS_OF_CLIP
from evalsite.clips.services.explanations import OTHER_CONTROL

KINDS = ("segmenter", "explainer")
# What the engine takes as it stands.
PLAIN = (
    "targets",
    "start",
    "duration",
    "selection",
    "n_selected",
    "n_samples",
    "stability",
    "seed",
    "controls",
)
WORDS = {
    "audio": "the sound, as a person would hear it",
    "spectrogram": "the model’s own picture of the sound",
    "stft_mask": "mask on the original’s spectrum",
    "pinv": "pseudo-inverse of the filters, original phase",
    "nnls": "non-negative inverse of the filters, original phase",
    "griffin_lim": "Griffin and Lim: phase of its own",
    "mean": "the picture’s mean",
    "minimum": "the picture’s minimum",
}


def label_choices(name: str) -> list[tuple[str, str]]:
    return [(value, WORDS.get(value, value)) for value in engine.CHOICES[name]]


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        # None is refused as missing, an empty list would not be.
        files = data if isinstance(data, list) and data else [data or None]
        return [super(FilesField, self).clean(file, initial) for file in files]


class UploadForm(forms.Form):
    # Empty files and long names get their sentence where all files do, in the service.
    files = FilesField(
        label="Sound files",
        allow_empty_file=True,
        max_length=None,
        error_messages={"required": "Choose at least one WAV, FLAC, OGG or MP3 file."},
    )


class RecordingForm(forms.Form):
    """A recording's words; for people, no page of a listener shows them."""

    title = forms.CharField(max_length=200, error_messages={"required": "A title is needed."})
    licence = forms.CharField(max_length=200, required=False)
    source = forms.CharField(max_length=300, required=False, label="Where it comes from")


class RecipeForm(forms.Form):
    """What a person chooses about an explanation; `recipe()` is it as the engine's data."""

    model = forms.ModelChoiceField(Model.objects.none(), empty_label=None, to_field_name="name")
    targets = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one target to explain."},
    )
    start = forms.FloatField(label="Start, s", min_value=0)
    duration = forms.FloatField(
        label="Length, s", min_value=engine.MIN_SECONDS, max_value=engine.MAX_SECONDS
    )
    selection = forms.ChoiceField(
        label="Keep the components that speak",
        choices=(("for", "for the target"), ("against", "against the target")),
        help_text="What the clip called kept is made of.",
    )
    n_selected = forms.IntegerField(
        label="Components kept",
        min_value=1,
        help_text="At most so many go into the kept clip: the strongest.",
    )
    n_samples = forms.IntegerField(
        label="Samples",
        min_value=16,
        help_text="Random maskings the model hears, at most. More are steadier and take longer.",
    )
    stability = forms.FloatField(
        label="Stability wanted",
        required=False,
        min_value=0.5,
        max_value=0.99,
        help_text="Sampling stops by itself once two halves agree to this much. Empty: take all.",
    )
    seed = forms.IntegerField(
        min_value=0,
        help_text="The same seed draws the same maskings. Another seed shows what was chance.",
    )
    domain = forms.ChoiceField(
        label="What is masked",
        required=False,
        choices=label_choices("domain"),
        help_text="In the sound, the clip is what the model was asked about. In the picture, a "
        "clip is made of it afterwards, and the listening gap says how far they are apart.",
    )
    fill = forms.ChoiceField(
        label="What stands where a component is off",
        required=False,
        choices=label_choices("fill"),
    )
    reconstruction = forms.ChoiceField(
        label="How a picture becomes sound",
        required=False,
        choices=label_choices("reconstruction"),
    )
    controls = forms.MultipleChoiceField(
        label="Control clips",
        required=False,
        choices=[(kind, kind) for kind in engine.CONTROL_KINDS],
        widget=forms.CheckboxSelectMultiple,
    )
    other = forms.ModelChoiceField(
        Recording.objects.none(),
        label="The other recording",
        required=False,
        empty_label="none",
        help_text="For the control of that name: its middle, as long as the excerpt.",
    )

    def __init__(
        self, *args: Any, recording: Recording, models: Any, others: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.recording = recording
        self.models = list(models)
        self.fields["model"].queryset = models
        self.fields["other"].queryset = others.exclude(pk=recording.pk)
        self.fields["targets"].choices = [
            (target, target) for target in dict.fromkeys(t for m in self.models for t in m.targets)
        ]
        self.components = {kind: engine.describe_components(kind) for kind in KINDS}
        for kind in KINDS:
            self.add_component_fields(kind)
        for name, value in self.find_initial().items():
            self.fields[name].initial = value

    def find_initial(self) -> dict[str, Any]:
        defaults = engine.read_recipe_defaults()
        initial = {name: defaults[name] for name in defaults if name in self.fields}
        start, duration = engine.choose_excerpt(self.recording.duration)
        initial |= {"start": start, "duration": duration}
        if self.models:
            initial["model"] = self.models[0].name
            targets = self.models[0].targets
            initial["targets"] = ["valence"] if "valence" in targets else targets[:1]
        return initial

    def add_component_fields(self, kind: str) -> None:
        described = self.components[kind]
        self.fields[kind] = forms.ChoiceField(
            choices=[(found["name"], found["name"]) for found in described]
        )
        for found in described:
            for parameter in found["parameters"]:
                name = name_parameter(kind, found["name"], parameter["name"])
                self.fields[name] = make_parameter_field(parameter)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        model, targets = cleaned.get("model"), cleaned.get("targets", [])
        foreign = [target for target in targets if model and target not in model.targets]
        if foreign:
            self.add_error(
                "targets",
                f"Targets of {model} are {', '.join(model.targets)}, got {', '.join(foreign)}.",
            )
        if OTHER_CONTROL in cleaned.get("controls", ()) and not cleaned.get("other"):
            self.add_error("other", "Choose the recording that this control is cut from.")
        return cleaned

    def recipe(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        recipe = {name: cleaned[name] for name in PLAIN}
        recipe["domain"] = cleaned["domain"] or "audio"
        if cleaned["domain"] == "spectrogram":
            # In the sound there is nothing to choose: the script hides these, and so does this.
            chosen = {name: cleaned[name] for name in ("fill", "reconstruction")}
            recipe |= {name: value for name, value in chosen.items() if value}
        for kind in KINDS:
            recipe[kind] = cleaned[kind]
            described = next(d for d in self.components[kind] if d["name"] == cleaned[kind])
            values = {
                parameter["name"]: cleaned.get(
                    name_parameter(kind, cleaned[kind], parameter["name"])
                )
                for parameter in described["parameters"]
            }
            recipe[f"{kind}_parameters"] = {
                name: value for name, value in values.items() if value is not None
            }
        return recipe

    def control_choices(self) -> list[dict[str, Any]]:
        """For the page: each kind of control in words, and whether it is chosen."""
        chosen = self["controls"].value() or ()
        return [
            {
                "kind": kind,
                "title": KINDS_OF_CLIP[kind][0].removeprefix("Control: "),
                "about": KINDS_OF_CLIP[kind][1],
                "is_chosen": kind in chosen,
            }
            for kind in engine.CONTROL_KINDS
        ]

    def picture_notes(self) -> list[tuple[str, str]]:
        """For the page: each model that not every choice about its picture fits, and why."""
        notes = []
        for model in self.models:
            for reconstruction in ("stft_mask", "pinv"):
                wanted = {"domain": "spectrogram", "reconstruction": reconstruction}
                try:
                    engine.check_picture(model.title, model.input, wanted)
                except engine.EngineError as error:
                    notes.append((model.name, str(error)))
                    break
        return notes

    def component_choices(self) -> list[dict[str, Any]]:
        """For the page: each kind's field, and of each component its help and its fields."""
        return [
            {
                "field": self[kind],
                "options": [
                    {
                        "name": found["name"],
                        "help": found["help"],
                        "fields": [
                            self[name_parameter(kind, found["name"], parameter["name"])]
                            for parameter in found["parameters"]
                        ],
                    }
                    for found in self.components[kind]
                ],
            }
            for kind in KINDS
        ]


def name_parameter(kind: str, component: str, parameter: str) -> str:
    return f"{kind}-{component}-{parameter}"


def make_parameter_field(parameter: dict[str, Any]) -> forms.Field:
    """A form field from a component's own description of its parameter."""
    common = {
        "label": parameter["name"].removeprefix("n_").replace("_", " ").capitalize(),
        "help_text": parameter["help"],
        "initial": parameter["default"],
        "required": False,
    }
    limits = {f"{side}_value": parameter.get(side) for side in ("min", "max")}
    kind = parameter["type"].split(" ")[0]
    if parameter.get("choices"):
        choices = [(value, value) for value in parameter["choices"]]
        coerce = {"int": int, "float": float}.get(kind, str)
        return forms.TypedChoiceField(choices=choices, coerce=coerce, empty_value=None, **common)
    if kind == "int":
        return forms.IntegerField(**limits, **common)
    if kind == "float":
        return forms.FloatField(**limits, **common)
    if kind == "bool":
        return forms.BooleanField(**common)
    return forms.CharField(**common)
