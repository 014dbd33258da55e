"""How often one address may begin sittings or try to sign in. Answers are never limited.

Counted in the database, so that all processes and machines share one count; an address is kept as
a hash under a key that changes every day, for a day at most.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac

from evalsite.common.models import RateCount
from evalsite.common.transactions import write_transaction

View = Callable[..., HttpResponse]
KEPT = timedelta(days=1)


def limit_posts(name: str) -> Callable[[View], View]:
    """Answer 429 to a POST beyond `settings.RATE_LIMITS[name]`: how many in how many seconds."""

    def decorate(view: View) -> View:
        @wraps(view)
        def check(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if request.method == "POST":
                wait = spend_try(name, find_address(request))
                if wait:
                    return refuse(request, wait)
            return view(request, *args, **kwargs)

        return check

    return decorate


def spend_try(name: str, who: str, *, now: datetime | None = None) -> int:
    """Count one try; the seconds to wait where there were too many, else 0."""
    at_most, seconds = settings.RATE_LIMITS[name]
    now = now or timezone.now()
    key = salted_hmac(f"rate limit {now.date()}", f"{name} {who}", algorithm="sha256").hexdigest()
    window = timedelta(seconds=seconds)
    with write_transaction():
        RateCount.objects.get_or_create(key=key, defaults={"began_at": now})
        count = RateCount.objects.select_for_update().get(key=key)
        if now - count.began_at >= window:
            RateCount.objects.filter(began_at__lt=now - KEPT).delete()
            count.began_at, count.n = now, 0
        if count.n >= at_most:
            return max(1, math.ceil((count.began_at + window - now).total_seconds()))
        count.n += 1
        count.save()
    return 0


def find_address(request: HttpRequest) -> str:
    """Where the request came from, past the proxies in front; of IPv6 the network of one home."""
    address = request.META.get("REMOTE_ADDR", "")
    n_proxies = settings.TRUSTED_PROXIES
    if n_proxies:
        passed = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
        address = passed[-n_proxies] if len(passed) >= n_proxies else address
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)


def refuse(request: HttpRequest, wait: int) -> HttpResponse:
    response: HttpResponse
    if request.headers.get("Accept", "").startswith("application/json"):
        message = f"Too many tries from this network, try again in {wait} seconds."
        error = {"code": "too_many", "message": message, "fields": {}}
        response = JsonResponse({"error": error}, status=429)
    else:
        context = {"minutes": math.ceil(wait / 60)}
        with translation.override(translation.get_language_from_request(request)):
            response = render(request, "responses/too_many.html", context, status=429)
    response["Retry-After"] = str(wait)
    response["Cache-Control"] = "no-store"
    return response
