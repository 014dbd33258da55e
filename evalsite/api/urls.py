"""Addresses."""

from __future__ import annotations

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from evalsite.api import views

router = SimpleRouter()
router.register("recordings", views.RecordingViewSet, basename="api-recording")
router.register("explanations", views.ExplanationViewSet, basename="api-explanation")
router.register("clips", views.ClipViewSet, basename="api-clip")
router.register("studies", views.StudyViewSet, basename="api-study")
router.register("ratings", views.RatingViewSet, basename="api-rating")

urlpatterns = [
    path("", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", views.DocsView.as_view(url_name="api-schema"), name="api-docs"),
    re_path(r"^(?:.*/)?$", views.nothing_here, name="api-nothing"),
]
