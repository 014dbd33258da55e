"""A pilot sitting that begins right at a block's first trial, for its researcher."""

from __future__ import annotations

from django.utils import timezone

from evalsite.common.errors import NotAllowedNow
from evalsite.common.transactions import write_transaction
from evalsite.responses.beginning import begin_sitting
from evalsite.responses.flow import list_later_pages, list_pages
from evalsite.responses.models import Sitting
from evalsite.responses.places import list_candidates, make_draw, save_trials
from evalsite.responses.queries import Entrance
from evalsite.studies.allocation import lay_out_sitting
from evalsite.studies.blocks import Block
from evalsite.studies.models import Study
from evalsite.studies.queries import protocol_of


def preview_block(*, study: Study, block: Block) -> str:
    """The cookie of a pilot sitting with this block's trials only; no page comes before or
    after them."""
    arm = next((arm for arm in study.arms.order_by("row") if block.is_for(arm.levels)), None)
    if arm is None:
        raise NotAllowedNow(f"Block {block.name} must be for listeners of a level that there is.")
    protocol = protocol_of(study)
    with write_transaction():
        sitting, cookie = begin_sitting(entrance=Entrance(study, is_pilot=True))
        items = list(study.items.order_by("number").prefetch_related("signals"))
        now = timezone.now()
        sitting.arm, sitting.state = arm, Sitting.State.AGREED
        sitting.consent_version = protocol.consent.version
        sitting.agreed_at = sitting.active_at = now
        sitting.steps = [*list_pages(protocol), *list_later_pages(protocol)]
        sitting.save()
        slots = lay_out_sitting(
            protocol, list_candidates(items), make_draw(sitting, items, {}), arm.levels
        )
        mine = [slot for slot in slots if slot.item.block == block.name]
        save_trials(sitting, protocol, mine, {item.pk: item for item in items})
    return cookie
