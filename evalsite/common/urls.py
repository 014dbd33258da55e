"""Sign-in, account, health."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from evalsite.common import views
from evalsite.common.rate_limits import limit_posts

sign_in = limit_posts("sign_in")(LoginView.as_view(template_name="common/sign_in.html"))

urlpatterns = [
    path("sign-in/", sign_in, name="sign_in"),
    path("sign-in/<str:uid>/<str:token>/", views.sign_in_by_link, name="sign_in_by_link"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("account/", views.account, name="account"),
    path("account/token/", views.make_token, name="make_token"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("admin/", admin.site.urls),
]
