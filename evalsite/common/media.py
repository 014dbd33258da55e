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
    first, last = parse_range(request.headers.get("Range", ""), size)
    if first is None:
        response = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    elif settings.MEDIA_ACCEL_PREFIX:
        response = HttpResponse(status=200)
        relative = path.relative_to(settings.STORAGE_DIR).as_posix()
        response["X-Accel-Redirect"] = f"{settings.MEDIA_ACCEL_PREFIX}{relative}"
    elif (first, last) == (0, size - 1) and "Range" not in request.headers:
        response = FileResponse(open(path, "rb"))  # noqa: SIM115 - the response closes it
        response["Content-Length"] = str(size)
    else:
        response = StreamingHttpResponse(read_span(path, first, last), status=206)
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
        response["Content-Length"] = str(last - first + 1)
    disposition = "attachment" if as_attachment else "inline"
    response["Content-Type"] = content_type
    response["Content-Disposition"] = f'{disposition}; filename="{file_name}"'
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=3600"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def parse_range(header: str, size: int) -> tuple[int | None, int]:
    """First and last byte asked for. (None, 0): the range cannot be served.

    Several ranges, or a header we do not understand, ask for the whole file: RFC 9110 allows it.
    """
    match = RANGE.fullmatch(header.strip())
    if match is None or not size:
        return 0, size - 1
    start, end = match.groups()
    if not start and not end:
        return 0, size - 1
    if not start:
        n_last = min(int(end), size)
        return (size - n_last, size - 1) if n_last else (None, 0)
    first = int(start)
    last = min(int(end), size - 1) if end else size - 1
    if first >= size or last < first:
        return None, 0
    return first, last


def read_span(path: Path, first: int, last: int) -> Iterator[bytes]:
    with open(path, "rb") as file:
        file.seek(first)
        n_left = last - first + 1
        while n_left > 0 and (chunk := file.read(min(CHUNK, n_left))):
            n_left -= len(chunk)
            yield chunk
