"""One trial's page on a server of its own: templates, style and scripts as they are, no database.

What the page sends is kept; clips are made of numbers that tell signal and place.
"""

from __future__ import annotations

import io
import json
import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import soundfile
from django.conf import settings
from django.template.loader import render_to_string

SR = 8000
STATIC = Path(settings.BASE_DIR) / "evalsite" / "static"
PRESENCE = {
    "prompt": "How does it sound now?",
    "points": 7,
    "qualities": [
        {"name": "minorness", "label": "Mode", "low": "major", "high": "minor"},
        {"name": "articulation", "label": "Articulation", "low": "legato", "high": "staccato"},
    ],
    "offer_cant_tell": True,
    "confidence": ["Guessing", "Certain"],
}


@dataclass
class TrialSite:
    """`files`: path -> bytes; `answers`: (status, JSON) for one POST after another, the last stays.

    `received`: the bodies of all POSTs.
    """

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    answers: list[tuple[int, dict]] = field(default_factory=list)
    received: list[dict] = field(default_factory=list)

    def show(self, *labels: str, seconds: float = 2.0, name: str = "t1", **context) -> str:
        """Put up a trial with these signals; its address."""
        signals = []
        for number, label in enumerate(labels):
            self.files[f"/clips/{label}.wav"] = make_tone(seconds, number)
            signals.append({"label": label, "url": f"/clips/{label}.wav", "duration": seconds})
        page = render_to_string("responses/trial.html", describe(signals, name) | context)
        self.files["/trial/"] = page.encode()
        return f"{self.url}/trial/"


def describe(signals: list[dict], name: str) -> dict[str, object]:
    return {
        "sitting_tag": "tag",
        "trial": {"name": name, "position": 1, "is_practice": False},
        "progress": {"n_trials": 3, "n_done": 0, "measures": [], "last": ""},
        "answer_url": "/answer",
        "question": "What is left of the music?",
        "intro": "Listen first.",
        "signals": signals,
        "min_heard": "once",
        "player": {},
        "shown": PRESENCE,
        "steps": range(1, 8),
        "trial_template": "responses/trials/presence.html",
        "resume_url": f"http://localhost/sitting/resume/{name}/",
    }


def make_tone(seconds: float, number: int) -> bytes:
    """A sine of its own pitch for every signal, peak .1."""
    times = np.arange(round(seconds * SR)) / SR
    y = 0.1 * np.sin(2 * np.pi * (400 + 100 * number) * times)
    file = io.BytesIO()
    soundfile.write(file, y, SR, format="WAV", subtype="PCM_16")
    return file.getvalue()


@contextmanager
def run_trial_site() -> Iterator[TrialSite]:
    site = TrialSite("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path in site.missing:
                self.send(503, "text/plain", b"later")
            elif path in site.files:
                self.send(200, mimetypes.guess_type(path)[0] or "text/html", site.files[path])
            elif path.startswith("/static/"):
                file = STATIC / path.removeprefix("/static/")
                self.send(200, mimetypes.guess_type(path)[0] or "", file.read_bytes())
            else:
                self.send(200, "text/html", b"<h1>Elsewhere</h1>")

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            site.received.append(json.loads(self.rfile.read(length)))
            answers = site.answers or [(200, {"next": "/next/"})]
            status, body = answers[min(len(site.received), len(answers)) - 1]
            self.send(status, "application/json", json.dumps(body).encode())

        def send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header(
                "Content-Security-Policy", "default-src 'self'; connect-src 'self' data:"
            )
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.url = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
