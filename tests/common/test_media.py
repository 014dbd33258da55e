"""Byte ranges: 200, 206, 416, and headers that tell nothing more."""

from __future__ import annotations

import pytest
from django.http import Http404, HttpRequest
from django.test import RequestFactory

from evalsite.common.blobs import publish_bytes
from evalsite.common.media import parse_range, serve_blob

DATA = bytes(range(100))


@pytest.fixture
def sha256(settings, tmp_path) -> str:
    settings.STORAGE_DIR = tmp_path / "store"
    return publish_bytes(DATA)


def ask(sha256: str, header: str | None = None):
    request: HttpRequest = RequestFactory().get("/", headers={"Range": header} if header else {})
    return serve_blob(request, sha256, content_type="audio/wav", file_name="clip.wav")


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("", None),
        ("bytes=0-", range(0, 100)),
        ("bytes=10-19", range(10, 20)),
        ("bytes=90-900", range(90, 100)),
        ("bytes=-5", range(95, 100)),
        ("bytes=-500", range(0, 100)),
        ("bytes=-", None),
        ("bytes=20-10", None),
        ("bytes=0-1,5-6", None),
        ("seconds=1-2", None),
        ("bytes=" + "9" * 5000 + "-", None),
    ],
)
def test_parse_range_reads_one_range_and_else_asks_for_all(header, span) -> None:
    assert parse_range(header, 100) == span


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=9999999-", "bytes=-0"])
def test_serve_blob_past_the_end_answers_416(sha256: str, header: str) -> None:
    response = ask(sha256, header)

    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */100"
    assert response.content == b""


def test_serve_blob_part_answers_206_with_those_bytes(sha256: str) -> None:
    response = ask(sha256, "bytes=10-19")

    assert response.status_code == 206
    assert (response["Content-Range"], response["Content-Length"]) == ("bytes 10-19/100", "10")
    assert b"".join(response.streaming_content) == DATA[10:20]


@pytest.mark.parametrize("header", [None, "bytes=0-1,5-6"])
def test_serve_blob_whole_answers_200(sha256: str, header: str | None) -> None:
    response = ask(sha256, header)

    assert response.status_code == 200
    assert b"".join(response.streaming_content) == DATA


def test_serve_blob_tells_neither_age_nor_content(sha256: str) -> None:
    response = ask(sha256)

    assert not response.has_header("ETag")
    assert not response.has_header("Last-Modified")
    assert sha256 not in str(response.headers)


def test_serve_blob_behind_nginx_names_the_inner_place(sha256: str, settings) -> None:
    settings.MEDIA_ACCEL_PREFIX = "/protected/"

    response = ask(sha256)

    assert response["X-Accel-Redirect"] == f"/protected/{sha256[:2]}/{sha256[2:4]}/{sha256}"
    assert response.content == b""


def test_serve_blob_missing_is_a_404(sha256: str) -> None:
    with pytest.raises(Http404, match="no longer in the store"):
        ask("0" * 64)
