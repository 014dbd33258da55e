"""One-time sign-in links: valid for a day, spent by the sign-in itself."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.encoding import force_bytes, force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode


class SignInTokenGenerator(PasswordResetTokenGenerator):
    """The token covers the time of the last sign-in, so signing in spends it."""

    key_salt = "evalsite.common.sign_in"


tokens = SignInTokenGenerator()


def make_sign_in_path(user: AbstractBaseUser) -> str:
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return f"/sign-in/{uid}/{tokens.make_token(user)}/"


def find_user(uid: str, token: str) -> AbstractBaseUser | None:
    try:
        pk = int(force_str(urlsafe_base64_decode(uid)))
    except (ValueError, UnicodeDecodeError):
        return None
    user = get_user_model().objects.filter(pk=pk, is_active=True).first()
    if user is None or not tokens.check_token(user, token):
        return None
    return user
