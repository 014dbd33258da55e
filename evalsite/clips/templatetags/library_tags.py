"""Numbers and names as the library's pages print them."""

from __future__ import annotations

from django import template

from evalsite.clips.level1 import name_plainly
from evalsite.clips.presentation import format_clock

register = template.Library()
register.filter("clock", format_clock)
register.filter("plainly", name_plainly)
