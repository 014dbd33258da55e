"""Sign-in, account, and the operator's two health pages."""

from __future__ import annotations

import redis
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import SetPasswordForm
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from rest_framework.authtoken.models import Token

from evalsite.common.rate_limits import limit_posts
from evalsite.common.sign_in import find_user


@limit_posts("sign_in")
@never_cache
def sign_in_by_link(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    user = find_user(uid, token)
    if user is None:
        return render(request, "common/link_spent.html", status=410)
    if request.method == "POST":
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("home")
    return render(request, "common/sign_in_by_link.html", {"name": user.get_username()})


@login_required
def account(request: HttpRequest) -> HttpResponse:
    form = SetPasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, form.user)
        messages.success(request, "Password set. You can sign in with it from now on.")
        return redirect("account")
    token = Token.objects.filter(user=request.user).first()
    return render(request, "common/account.html", {"form": form, "token": token})


@login_required
def make_token(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        Token.objects.filter(user=request.user).delete()
        Token.objects.create(user=request.user)
        messages.success(request, "A new token was made. Tokens made before no longer work.")
    return redirect("account")


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_GET
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    checks = {"database": check_database, "broker": check_broker, "storage": check_storage}
    report = {name: check() for name, check in checks.items()}
    is_ready = all(state == "ok" for state in report.values())
    return JsonResponse(report, status=200 if is_ready else 503)


def check_database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:
        return f"cannot be reached: {type(error).__name__}"
    return "ok"


def check_broker() -> str:
    from evalsite.celery import app

    url = settings.CELERY_BROKER_URL
    try:
        if url.startswith(("redis://", "rediss://")):
            with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
                client.ping()
        else:
            with app.connection_for_write() as broker:
                broker.ensure_connection(max_retries=0, timeout=2)
    except Exception as error:
        return f"cannot be reached: {type(error).__name__}"
    return "ok"


def check_storage() -> str:
    try:
        settings.STORAGE_DIR.mkdir(parents=True, exist_ok=True)
        probe = settings.STORAGE_DIR / ".probe"
        probe.write_bytes(b"ok")
        probe.unlink(missing_ok=True)
    except OSError as error:
        return f"cannot be written: {error.strerror}"
    return "ok"
