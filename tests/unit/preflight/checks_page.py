# SPDX-License-Identifier: Apache-2.0
"""Build doc/checks.rst from the table of checks and their sentences."""

from pathlib import Path

import django
from django.utils.functional import Promise

from migration_panel.preflight.messages import SENTENCES
from migration_panel.preflight.registry import CHECKS, CHOICE_CHECKS, HOST_CHECKS

PAGE = Path(__file__).parents[3] / "doc" / "checks.rst"
HEAD = """\
======
Checks
======

The checks before a migration is requested, with the stable codes of ``check/``. Nova would refuse a migration with an
error; a migration with a warning may fail. This page is generated from ``preflight/registry.py`` and ``messages.py``,
and a test compares them. The command that writes the page:
``DJANGO_SETTINGS_MODULE=tests.settings python -m tests.unit.preflight.checks_page``
"""
SECTIONS = (
    ("The instance and what is known", CHECKS),
    ("The field destination", CHOICE_CHECKS),
    ("One host as the destination", HOST_CHECKS),
)
# Not of the table, since it is of all hosts together.
NO_HOST = ("no-host", "error, or warning for cold and cold block", "all")


def entry(code: str, levels: str, kinds: str) -> str:
    sentences = SENTENCES[code]
    lines = [f"``{code}`` ({levels}; {kinds})", readable(sentences.cause)]
    if sentences.cause_if_cold:
        lines.append(f"Cold types: {readable(sentences.cause_if_cold)}")
    lines.append(f"*{readable(sentences.remedy)}*")
    if sentences.remedy_for_managers:
        lines.append(f"For users who cannot change hosts: *{readable(sentences.remedy_for_managers)}*")
    return "\n    ".join(lines) + "\n"


def readable(sentence: Promise | str) -> str:
    """Return the sentence with placeholders in capitals: HOST for %(host)s."""
    text = str(sentence).replace("%%", "%")
    for part in text.split("%(")[1:]:
        name = part.partition(")")[0]
        for form in ("s", "d"):
            text = text.replace(f"%({name}){form}", name.upper())
    return text


def page() -> str:
    parts = [HEAD]
    for title, rows in SECTIONS:
        parts.append(f"{title}\n{'=' * len(title)}\n")
        parts += [entry(row.code, " or ".join(row.levels), row.kinds) for row in rows]
        if rows is CHECKS:
            parts.append(entry(*NO_HOST))
    return "\n".join(parts)


if __name__ == "__main__":
    django.setup()
    PAGE.write_text(page())
