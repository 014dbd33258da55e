"""Sound over HTTP: byte ranges answered right, and no header that tells more than the bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse

from evalsite.common.blobs import find_blob

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
CHUNK = 2**16


def serve_blob(
    request: HttpRequest,
    sha256: str,
    *,
    content_type: str,
    file_name: str,
    as_attachment: bool = False,
) -> HttpResponse:
    """Answer GET and HEAD for a stored file: 200, 206, or 416 for a range past its end."""
    path = find_blob(sha256)
    if not path.is_file():
        raise Http404("This file is no longer in the store.")
    size = path.stat().st_size
    span = parse_range(request.headers.get("Range", ""), size)
    if span is not None and not span:
        response = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    elif settings.MEDIA_ACCEL_PREFIX:
        response = HttpResponse(status=200)
        relative = path.relative_to(settings.STORAGE_DIR).as_posix()
        response["X-Accel-Redirect"] = f"{settings.MEDIA_ACCEL_PREFIX}{relative}"
    elif span is None:
        response = FileResponse(open(path, "rb"))  # noqa: SIM115 - the response closes it
        response["Content-Length"] = str(size)
    else:
        response = StreamingHttpResponse(read_span(path, span), status=206)
        response["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{size}"
        response["Content-Length"] = str(len(span))
    disposition = "attachment" if as_attachment else "inline"
    response["Content-Type"] = content_type
    response["Content-Disposition"] = f'{disposition}; filename="{file_name}"'
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=3600"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def parse_range(header: str, size: int) -> range | None:
    """The bytes asked for; None asks for all of them, an empty range cannot be served.

    Several ranges, or a header we do not understand, ask for the whole file: RFC 9110 allows it.
    """
    match = RANGE.fullmatch(header.strip())
    if match is None or header.strip() == "bytes=-":
        return None
    start, end = match.groups()
    if not start:
        return range(max(size - int(end), 0), size)
    if end and int(end) < int(start):
        return None
    return range(int(start), min(int(end) + 1, size) if end else size)


def read_span(path: Path, span: range) -> Iterator[bytes]:
    with open(path, "rb") as file:
        file.seek(span.start)
        n_left = len(span)
        while n_left > 0 and (chunk := file.read(min(CHUNK, n_left))):
            n_left -= len(chunk)
            yield chunk
