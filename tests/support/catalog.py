"""The texts that listeners may see, and their catalogue of translations.

`python -m tests.support.catalog` adds new texts to the catalogue, drops those that are gone, and
compiles it. What has no translation yet it lists.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent.parent
LOCALE = ROOT / "evalsite" / "locale"
CODE = ("evalsite/studies", "evalsite/responses", "evalsite/common")
TEMPLATES = ROOT / "templates" / "responses"
ONE = ("_", "gettext", "gettext_lazy", "gettext_noop")
# The words "one" and "other" of a text; the other is none where there is no number in it.
Text = tuple[str, str | None]


def list_texts() -> list[Text]:
    """Of templates, code and ready-made qualities, each once."""
    found = [*read_templates(), *read_code(), *read_qualities()]
    return sorted(set(found), key=lambda text: (text[0], text[1] or ""))


def read_templates() -> Iterator[Text]:
    from django.template.loader import get_template
    from django.templatetags.i18n import BlockTranslateNode, TranslateNode

    for path in sorted(TEMPLATES.rglob("*.html")):
        template = get_template(str(path.relative_to(TEMPLATES.parent))).template
        for node in template.nodelist.get_nodes_by_type(TranslateNode):
            yield str(node.filter_expression.var.literal), None
        for node in template.nodelist.get_nodes_by_type(BlockTranslateNode):
            one = node.render_token_list(node.singular)[0]
            yield one, node.render_token_list(node.plural)[0] if node.plural else None


def read_code() -> Iterator[Text]:
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield from read_call(node)


def read_call(node: ast.Call) -> Iterator[Text]:
    name = getattr(node.func, "id", "")
    given = [one.value for one in node.args if isinstance(one, ast.Constant)]
    if name in ONE and given:
        yield given[0], None
    elif name == "translated":
        yield from ((text, None) for text in given)
    elif name in ("ngettext", "ngettext_lazy"):
        yield given[0], given[1]


def read_qualities() -> Iterator[Text]:
    from evalsite.studies.qualities import HELP, READY_MADE

    for quality in READY_MADE.values():
        yield from ((text, None) for text in (quality.label, quality.low, quality.high))
    yield from ((text, None) for text in HELP.values())


def find_catalogue(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def update_catalogue(language: str) -> list[str]:
    """Bring the catalogue up to date and compile it; texts without a translation."""
    path = find_catalogue(language)
    catalogue = polib.pofile(str(path), wrapwidth=98)
    known = {(entry.msgid, entry.msgid_plural or None): entry for entry in catalogue}
    head = catalogue.metadata
    catalogue = polib.POFile(wrapwidth=98)
    catalogue.metadata = head
    for one, other in list_texts():
        entry = known.get((one, other)) or polib.POEntry(
            msgid=one,
            msgid_plural=other or "",
            msgstr="",
            msgstr_plural={0: "", 1: ""} if other else {},
        )
        catalogue.append(entry)
    catalogue.save(str(path))
    catalogue.save_as_mofile(str(path.with_suffix(".mo")))
    return [entry.msgid for entry in catalogue if not entry.translated()]


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evalsite.settings")

    django.setup()
    for text in update_catalogue(sys.argv[1] if len(sys.argv) > 1 else "de"):
        print(text)


if __name__ == "__main__":
    main()
