"""Every address of the whole site, asked by a researcher for another's things: not found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from evalsite.responses.invitations import make_invitations
from tests import factories

# Addresses that name no researcher's thing: links with a token, a listener's own pages, sign-in.
OPEN_BY_TOKEN = {
    "sign_in_by_link",
    "welcome",
    "resume",
    "withdraw",
    "trial",
    "trial_answer",
    "trial_picture",
    "sitting_clip",
    "check_answer",
    "check_sound",
}
WITHOUT_OWNER = {"admin", "static"}


def list_patterns(resolver: URLResolver, spaces: tuple[str, ...] = ()) -> Iterator[tuple]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if entry.namespace not in WITHOUT_OWNER:
                yield from list_patterns(entry, spaces)
        elif isinstance(entry, URLPattern):
            yield (
                entry.name,
                tuple(entry.pattern.converters) or tuple(entry.pattern.regex.groupindex),
            )


NAMED = sorted(
    {
        (name, keys)
        for name, keys in list_patterns(get_resolver())
        if keys and name not in OPEN_BY_TOKEN
    }
)


def choose_values(name: str, keys: tuple[str, ...], study) -> dict[str, object]:
    """Another researcher's thing for this address. A new kind of address must be told here."""
    item = study.items.get(number=1)
    values: dict[str, object] = {"slug": study.slug}
    if name == "study_chart":
        values |= {"name": "agreement", "suffix": "json"}
    if name.startswith("study_block"):
        values["name"] = item.block
    if "number" in keys:
        values["number"] = make_invitations(study=study, n=1)[0].number
    if name == "study_script":
        values["language"] = "py"
    if name == "study_edit":
        values["section"] = "words"
    kinds = {
        "recording": item.recording_id,
        "explanation": item.explanation_id,
        "clip": item.signals.get().clip_id,
    }
    for kind, pk in kinds.items():
        if kind in name:
            values["pk"] = pk
    missing = set(keys) - set(values)
    assert not missing, f"Say in this test whose thing {missing} of the address {name} is."
    return {key: values[key] for key in keys}


def ask_everywhere(client, study) -> dict[str, set[int]]:
    """The statuses of GET, POST, PUT and DELETE at each address."""
    found = {}
    for name, keys in NAMED:
        url = reverse(name, kwargs=choose_values(name, keys, study))
        answers = [client.get(url), *(ask(url) for ask in (client.post, client.put, client.delete))]
        for answer in answers:
            if answer.status_code == 302:
                assert answer["Location"].startswith("/sign-in/"), name
        found[name] = {answer.status_code for answer in answers}
    return found


@pytest.mark.django_db
def test_foreign_things_are_not_found(client):
    study = factories.make_open_study()
    client.force_login(factories.make_user())
    found = ask_everywhere(client, study)
    assert len(found) >= 15
    assert {n: s for n, s in found.items() if 404 not in s or not s <= {404, 405}} == {}
    study.refresh_from_db()
    assert study.state == "open"


@pytest.mark.django_db
def test_strangers_are_sent_away(client):
    found = ask_everywhere(client, factories.make_open_study())
    assert {n: s for n, s in found.items() if not s <= {302, 401, 405} or s == {405}} == {}


@pytest.mark.django_db
def test_owners_find_their_things(client):
    """Else the other two tests could pass on addresses that lead nowhere.

    Pages that read the engine's whole manifest have tests of their own, with a real one.
    """
    study = factories.make_open_study()
    client.force_login(study.owner)
    for name, keys in NAMED:
        if name.startswith(("explanation", "study_delete", "delete_")):
            continue
        url = reverse(name, kwargs=choose_values(name, keys, study))
        assert client.get(url).status_code in (200, 302, 405), name
