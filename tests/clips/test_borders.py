"""Whose is it, and what loads where: other people's things are not there, torch never comes in."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import URLPattern, reverse

from evalsite.clips.models import Explanation, Model, Recording
from evalsite.clips.urls import urlpatterns
from tests.clips.sounds import encode, make_tone

pytestmark = pytest.mark.django_db

# What each address's number means; an address that is missing here fails the test.
OWNED = {
    "recording": "recording",
    "recording_audio": "recording",
    "describe_recording": "recording",
    "delete_recording": "recording",
    "explanation": "explanation",
    "explanation_state": "explanation",
    "retry_explanation": "explanation",
    "deepen_explanation": "explanation",
    "delete_explanation": "explanation",
    "reseed_explanation": "explanation",
    "explanation_manifest": "explanation",
    "explanation_arrays": "explanation",
    "clip_audio": "clip",
}
OWN_LIST = {"library", "queue", "upload"}


def find_address(pattern: URLPattern, done: Explanation) -> str:
    if pattern.name in OWN_LIST:
        return reverse(pattern.name)
    numbers = {
        "recording": done.recording_id,
        "explanation": done.pk,
        "clip": done.clips.first().pk,
    }
    return reverse(pattern.name, args=[numbers[OWNED[pattern.name]]])


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: pattern.name)
@pytest.mark.parametrize("method", ["get", "post"])
def test_other_peoples_things_are_not_found(
    pattern: URLPattern, method: str, done: Explanation, stranger: User
) -> None:
    client = Client()
    client.force_login(stranger)
    before = list_stored()
    response = getattr(client, method)(find_address(pattern, done))
    if pattern.name in OWN_LIST:
        assert response.status_code in (200, 400, 405)
        assert done.recording.title not in response.content.decode()
    else:
        assert response.status_code in (404, 405)
    assert list_stored() == before


def list_stored() -> list[dict[str, object]]:
    return [
        row for model in (Recording, Explanation) for row in model.objects.order_by("pk").values()
    ]


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: pattern.name)
def test_nobody_gets_in_without_signing_in(pattern: URLPattern, done: Explanation) -> None:
    address = find_address(pattern, done)
    response = Client().get(address)
    assert response.status_code == 302
    assert response.url == f"{reverse('sign_in')}?next={address}"


def test_reading_changes_nothing(signed_in: Client, queued: Explanation) -> None:
    for name in ("retry_explanation", "delete_explanation", "reseed_explanation"):
        assert signed_in.get(reverse(name, args=[queued.pk])).status_code == 405
    assert Explanation.objects.count() == 1


HEAVY = ("torch", "librosa", "onnxruntime", "onnx", "lime", "sklearn", "skimage", "scipy.signal")
WEB_SESSION = """
    import sys, django
    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client
    from django.test.utils import override_settings
    import evalsite.urls, evalsite.wsgi
    call_command("migrate", verbosity=0)
    settings.ALLOWED_HOSTS.append("testserver")
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
    from evalsite.clips import services
    services.sync_models()
    client = Client()
    client.force_login(User.objects.create_user("ada"))
    with open(sys.argv[1], "rb") as file:
        url = client.post("/library/upload/", {"files": [file]}).url
    assert client.get(url).status_code == 200
    form = {
        "model": "vibenet", "targets": ["valence"], "start": 0, "duration": 2, "seed": 0,
        "selection": "for", "n_selected": 7, "n_samples": 16, "segmenter": "felzenszwalb",
        "explainer": "lime",
    }
    answer = client.post(url, form)
    assert answer.status_code == 302, answer.content.decode()
    for page in (answer.url, "/library/", "/library/queue/"):
        assert client.get(page).status_code == 200
    print(sorted(name for name in sys.argv[2:] if name in sys.modules))
"""


def test_web_process_never_loads_what_computes(
    tmp_path: Path, run_python: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    sound = tmp_path / "tone.wav"
    sound.write_bytes(encode(make_tone()))
    script = tmp_path / "session.py"
    script.write_text(textwrap.dedent(WEB_SESSION), encoding="utf-8")
    environment = {
        "PATH": "/usr/bin:/bin",
        "DATA_DIR": str(tmp_path / "data"),
        "DJANGO_SETTINGS_MODULE": "evalsite.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
        "DEVICE": "auto",
        "BROKER_URL": "redis://127.0.0.1:1/0",
    }
    done = subprocess.run(
        [sys.executable, str(script), str(sound), *HEAVY],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=settings.BASE_DIR,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_import_recordings_takes_a_folder(
    user: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "one.wav").write_bytes(encode(make_tone()))
    (tmp_path / "two.FLAC").write_bytes(encode(make_tone(2.5), form="FLAC"))
    (tmp_path / "notes.wav").write_bytes(b"Dear diary\n")
    (tmp_path / "cover.jpg").write_bytes(b"\xff\xd8")
    call_command("import_recordings", str(tmp_path), owner="ada")
    said = capsys.readouterr()
    assert "2 added, 0 already there, 1 refused." in said.out
    assert '"notes.wav" holds text' in said.err
    call_command("import_recordings", str(tmp_path), owner="ada")
    assert "0 added, 2 already there, 1 refused." in capsys.readouterr().out
    assert sorted(Recording.objects.values_list("title", flat=True)) == ["one", "two"]


def test_import_recordings_names_a_wrong_argument(user: User, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match='there is no "nobody"'):
        call_command("import_recordings", str(tmp_path), owner="nobody")
    with pytest.raises(CommandError, match="must be a folder"):
        call_command("import_recordings", str(tmp_path / "missing"), owner="ada")


def test_sync_models_says_what_can_be_explained(db: None, capsys: pytest.CaptureFixture) -> None:
    call_command("sync_models")
    assert "vibenet" in capsys.readouterr().out
    assert Model.objects.get(name="vibenet").is_available
