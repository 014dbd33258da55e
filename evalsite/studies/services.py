"""Writes: a study is made, changed, opened (which freezes its protocol), closed, or deleted."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone, translation
from django.utils.text import slugify

from evalsite.clips.models import Explanation
from evalsite.common.errors import EarwitnessError, NotAllowedNow
from evalsite.common.transactions import write_transaction
from evalsite.studies.blocks import place_refusal
from evalsite.studies.models import Arm, Item, Study
from evalsite.studies.planning import gather_materials, list_arms, plan_block, save_items
from evalsite.studies.practice import publish_practice_sounds
from evalsite.studies.protocol import Protocol, Source, read_protocol
from evalsite.studies.queries import explanations_for, protocol_of
from evalsite.studies.readiness import list_obstacles
from evalsite.studies.trial_types.base import ItemPlan, PracticeSounds

logger = logging.getLogger(__name__)

# Addresses of pages, beside those of studies.
RESERVED = ("new", "import")


def create_study(
    *,
    owner: AbstractBaseUser,
    title: str,
    explanations: Sequence[Explanation],
    target: str | None = None,
    control: str = "control_area",
    overrides: Mapping[str, object] | None = None,
) -> Study:
    """Make a draft from finished explanations, one a recording, each about one target.

    `target` None takes each explanation's first. `overrides` replace parts of the protocol
    ("question", "parameters", "conditions", …).
    """
    sources = [_describe_source(explanation, target) for explanation in explanations]
    given: dict[str, object] = {"title": title, "seed": secrets.randbits(53), **(overrides or {})}
    if "blocks" not in given:
        given = {"conditions": ["original", "kept", control], **given}
    protocol = replace(read_protocol(given), sources=tuple(sources))
    return create_study_from_protocol(owner=owner, protocol=protocol)


def create_study_from_protocol(*, owner: AbstractBaseUser, protocol: Protocol) -> Study:
    """Make a draft; its sources name the explanations. Foreign and unknown ones are a 404."""
    plan = _plan_study(owner, protocol)
    with write_transaction():
        study = Study(owner=owner, slug=_choose_slug(protocol.title))
        _lay_out_study(study, plan)
    logger.info("study %s made with %s sources", study.pk, len(plan.protocol.sources))
    return study


def change_draft(*, study: Study, protocol: Protocol, was: str | None = None) -> Study:
    """Give a draft another protocol; items, arms and what pilots did of the old one go.

    `was` is the digest of the protocol that the change was made from: of two who change the same
    one, the second is told.
    """
    plan = _plan_study(study.owner, protocol)
    with write_transaction():
        study = Study.objects.select_for_update().get(pk=study.pk)
        if study.state != Study.State.DRAFT:
            raise NotAllowedNow(f"Only a draft can be changed, this study is {study.state}.")
        if was is not None and was != protocol_of(study).digest():
            raise NotAllowedNow(
                "The draft was changed on another page since this one was opened: look at what is "
                "there now, then save again."
            )
        _clear_draft(study)
        _lay_out_study(study, plan)
    logger.info("study %s changed", study.pk)
    return study


def duplicate_study(*, study: Study) -> Study:
    """A draft with the same protocol, in today's format, under another title."""
    title = f"Copy of {study.title}"[:200]
    protocol = replace(protocol_of(study), title=title, frozen=None)
    return create_study_from_protocol(owner=study.owner, protocol=protocol)


def open_study(*, study: Study) -> Study:
    """Freeze the protocol and let listeners in. What would spoil the study is refused."""
    with write_transaction():
        study = Study.objects.select_for_update().get(pk=study.pk)
        if study.state != Study.State.DRAFT:
            raise NotAllowedNow(f"Only a draft can be opened, this study is {study.state}.")
        obstacles = list_obstacles(study)
        if obstacles:
            raise NotAllowedNow(obstacles[0])
        study.state = Study.State.OPEN
        protocol = protocol_of(study)
        study.protocol = protocol.to_dict()
        study.protocol_digest = protocol.digest()
        study.opened_at = timezone.now()
        study.save(update_fields=("state", "protocol", "protocol_digest", "opened_at"))
    logger.info("study %s opened, protocol %s", study.pk, study.protocol_digest)
    return study


def close_study(*, study: Study) -> Study:
    """No answer comes in after this returns; what was saved stays."""
    with write_transaction():
        study = Study.objects.select_for_update().get(pk=study.pk)
        if study.state != Study.State.OPEN:
            raise NotAllowedNow(f"Only an open study can be closed, this one is {study.state}.")
        study.state = Study.State.CLOSED
        study.closed_at = timezone.now()
        study.save(update_fields=("state", "closed_at"))
        # An answer locks its sitting first and then looks whether the study is open: taking
        # every lock once waits for those that are being written.
        list(study.sittings.select_for_update().filter(state="agreed").values_list("pk"))
    logger.info("study %s closed", study.pk)
    return study


def delete_draft(*, study: Study) -> None:
    with write_transaction():
        study = Study.objects.select_for_update().get(pk=study.pk)
        if study.state != Study.State.DRAFT:
            raise NotAllowedNow(f"Only a draft can be deleted, this study is {study.state}.")
        _clear_draft(study)
        study.delete()


@dataclass(frozen=True)
class _StudyPlan:
    """A protocol whose sources are described, with the items that follow from it."""

    protocol: Protocol
    sounds: PracticeSounds
    items: Mapping[str, Sequence[tuple[Item.Kind, ItemPlan]]]


def _plan_study(owner: AbstractBaseUser, protocol: Protocol) -> _StudyPlan:
    wanted = [(source.explanation, source.target) for source in protocol.sources]
    if len(set(wanted)) < len(wanted):
        raise EarwitnessError("A study must name each source once, it names one twice.")
    found = {row.pk: row for row in explanations_for(owner, [pk for pk, _ in wanted])}
    explanations = [found[pk] for pk, _ in wanted]
    _check_sources(protocol, explanations)
    sources = tuple(
        _describe_source(explanation, source.target)
        for explanation, source in zip(explanations, protocol.sources, strict=True)
    )
    protocol = replace(protocol, sources=sources)
    materials = gather_materials(protocol, explanations)
    # Rendering is slow: done before the transaction, since a file's name is its content.
    sounds = publish_practice_sounds(next(iter(materials[0].clips.values())))
    items = {}
    for i, block in enumerate(protocol.blocks):
        try:
            with translation.override(protocol.language):
                items[block.name] = plan_block(block, materials, sounds, protocol.seed)
        except EarwitnessError as error:
            raise place_refusal(error, f"blocks[{i}].") from error
    return _StudyPlan(protocol, sounds, items)


def _lay_out_study(study: Study, plan: _StudyPlan) -> None:
    study.title = plan.protocol.title
    study.protocol = plan.protocol.to_dict()
    study.piece_blob = plan.sounds.piece.blob
    study.piece_seconds = plan.sounds.piece.duration
    study.save()
    items = save_items(study, plan.items)
    Arm.objects.bulk_create(list_arms(study, plan.protocol, items))


def _clear_draft(study: Study) -> None:
    """Pilot sittings first: they protect the items and arms they used."""
    study.sittings.all().delete()
    study.participants.all().delete()
    study.items.all().delete()
    study.arms.all().delete()


def _describe_source(explanation: Explanation, target: str | None) -> Source:
    targets = explanation.targets
    if not targets:
        raise EarwitnessError(f"The explanation of “{explanation.recording}” has no target.")
    if target is not None and target not in targets:
        raise EarwitnessError(
            f"target must be one of {', '.join(targets)} for “{explanation.recording}”, "
            f"got {target!r}."
        )
    return Source(
        explanation=explanation.pk,
        target=target or targets[0],
        recording=explanation.recording.sha256,
        recipe=explanation.recipe_digest,
    )


def _check_sources(protocol: Protocol, explanations: Sequence[Explanation]) -> None:
    if not explanations:
        raise EarwitnessError("A study must have one explanation or more, got 0.")
    seen = set()
    is_square = any(block.assignment == "latin_square" for block in protocol.blocks)
    for explanation, source in zip(explanations, protocol.sources, strict=True):
        if is_square and explanation.recording_id in seen:
            raise EarwitnessError(
                f"A study must have one explanation of a recording, “{explanation.recording}” "
                "has two: a listener would hear it twice."
            )
        seen.add(explanation.recording_id)
        if explanation.state != Explanation.State.DONE:
            raise NotAllowedNow(
                f"An explanation must be done before a study uses it, that of "
                f"“{explanation.recording}” is {explanation.get_state_display()}."
            )
        if source.recording and source.recording != explanation.recording.sha256:
            raise EarwitnessError(
                f"Explanation {explanation.pk} must be of the recording {source.recording[:12]}…, "
                f"it is of {explanation.recording.sha256[:12]}…."
            )
        if source.recipe and source.recipe != explanation.recipe_digest:
            raise EarwitnessError(
                f"Explanation {explanation.pk} must have the recipe {source.recipe[:12]}…, "
                f"it has {explanation.recipe_digest[:12]}…."
            )


def _choose_slug(title: str) -> str:
    stem = slugify(title)[:60].strip("-") or "study"
    taken = {*RESERVED, *Study.objects.filter(slug__startswith=stem).values_list("slug", flat=True)}
    if stem not in taken:
        return stem
    return next(f"{stem}-{n}" for n in range(2, len(taken) + 3) if f"{stem}-{n}" not in taken)
