"""Real music, explained while you watch, and a listening study made of it.

Without --music the engine plays public-domain scores. A second run changes nothing.
"""

from __future__ import annotations

import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import soundfile
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import BaseCommand, CommandError

from evalsite.clips import engine
from evalsite.clips.management.commands.import_recordings import find_sound_files
from evalsite.clips.models import Explanation, Model, Recording
from evalsite.clips.services import request_explanation, store_recording, sync_models
from evalsite.common.errors import EarwitnessError
from evalsite.studies.models import Study
from evalsite.studies.services import create_study, open_study

OWNER = "researcher"
N_PIECES, N_FILES = 6, 8
SAMPLE_RATE = 44_100
# The study asks about the first, which the default model hears as steadily as any, in all pieces;
# an emotion and all features with it, so that the pages show both levels and how they join.
TARGETS = (
    "minorness",
    "valence",
    "melodiousness",
    "articulation",
    "rhythm_complexity",
    "rhythm_stability",
    "dissonance",
    "tonal_stability",
)
# Fewer maskings than the default, so that two cores are through with six pieces in two minutes;
# fewer components too, so that the answer stays as steady.
RECIPE = {"n_samples": 300, "segmenter_parameters": {"n_components": 20}, "n_selected": 5}
TITLE = "What is still in the signal? Demo"
TITLE_OWN = "What is still in my music? Demo"
State = Explanation.State


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--music", type=Path, help="a folder with sound files of your own")
        parser.add_argument(
            "--timeout", type=int, default=1200, help="seconds to wait for the worker [1200]"
        )

    def handle(self, *args: Any, music: Path | None, timeout: int, **options: Any) -> None:
        if music is not None and not music.is_dir():
            raise CommandError(f'--music must be a folder, "{music}" is none.')
        owner, _ = get_user_model().objects.get_or_create(username=OWNER)
        model = find_model()
        title = TITLE_OWN if music else TITLE
        recordings = self.import_files(owner, music) if music else self.render_pieces(owner)
        explanations = [
            found
            for recording in recordings
            if (found := self.explain_middle(recording, model)) is not None
        ]
        done = self.wait_for(explanations, timeout)
        if not done:
            raise CommandError("No explanation was finished, so there is no study to make.")
        self.make_study(owner, title, done)

    def render_pieces(self, owner: AbstractBaseUser) -> list[Recording]:
        recordings = []
        for piece in engine.list_pieces()[:N_PIECES]:
            with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
                path = Path(folder) / f"{piece.name}.wav"
                y = engine.render_piece(piece.name, sr=SAMPLE_RATE)
                soundfile.write(path, y, SAMPLE_RATE, subtype="PCM_24")
                recording, _ = store_recording(
                    owner=owner,
                    path=path,
                    file_name=path.name,
                    title=f"{piece.composer}, {piece.title}",
                    licence="Public-domain score",
                    source="Typed from the score, played by a soundfont",
                )
            self.stdout.write(f"{recording.title}: {piece.character}")
            recordings.append(recording)
        return recordings

    def import_files(self, owner: AbstractBaseUser, folder: Path) -> list[Recording]:
        recordings: dict[int, Recording] = {}
        for path in find_sound_files(folder):
            if len(recordings) == N_FILES:
                break
            try:
                recording, _ = store_recording(owner=owner, path=path, file_name=path.name)
            except EarwitnessError as error:
                self.stderr.write(str(error))
                continue
            self.stdout.write(f"{recording.title}: {recording.duration:.1f} s")
            recordings[recording.pk] = recording
        if not recordings:
            raise CommandError(
                f'--music must hold WAV, FLAC, OGG or MP3 files, "{folder}" has none.'
            )
        return list(recordings.values())

    def explain_middle(self, recording: Recording, model: Model) -> Explanation | None:
        start, duration = engine.choose_excerpt(recording.duration)
        targets = [name for name in TARGETS if name in model.targets] or model.targets[:1]
        recipe = {**RECIPE, "targets": targets, "start": start, "duration": duration}
        try:
            explanation, _ = request_explanation(recording=recording, model=model, recipe=recipe)
        except EarwitnessError as error:
            self.stderr.write(f"{recording.title}: {error}")
            return None
        return explanation

    def wait_for(self, explanations: list[Explanation], timeout: int) -> list[Explanation]:
        """The finished ones, as soon as none is waiting any more."""
        rows = Explanation.objects.filter(pk__in=[row.pk for row in explanations])
        deadline, said = time.monotonic() + timeout, ""
        while True:
            states = list(rows.values_list("state", flat=True))
            n_open = sum(state in (State.QUEUED, State.RUNNING) for state in states)
            text = f"{states.count(State.DONE)} of {len(states)} explained"
            if text != said:
                self.stdout.write(text)
                said = text
            if not n_open:
                break
            if time.monotonic() > deadline:
                raise CommandError(
                    f"{n_open} explanations still wait after {timeout} s: is a worker running?"
                )
            time.sleep(1)
        for row in rows.filter(state=State.FAILED).select_related("recording"):
            self.stderr.write(f"{row.recording.title}: {row.error}")
        return list(rows.filter(state=State.DONE).order_by("created_at", "pk"))

    def make_study(
        self, owner: AbstractBaseUser, title: str, explanations: list[Explanation]
    ) -> None:
        study = Study.objects.filter(owner=owner, title=title).first()
        if study is None:
            study = create_study(owner=owner, title=title, explanations=explanations)
            try:
                study = open_study(study=study)
            except EarwitnessError as error:
                self.stderr.write(f"The study stays a draft: {error}")
        self.stdout.write(f"Study: {study.title} ({study.get_state_display()})")


def find_model() -> Model:
    sync_models()
    model = Model.objects.filter(is_available=True).first()
    if model is None:
        raise CommandError("The demo needs a model: run sync_models after installing one.")
    return model
