# SPDX-License-Identifier: Apache-2.0
"""The findings as a form shows them: grouped, with what they mean for the submission."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from migration_panel.migration_types import Kind
from migration_panel.preflight.finding import ERROR, INFO, WARNING, Finding
from migration_panel.preflight.text import problem_text, remedy_text

TITLES = {
    ERROR: gettext_lazy("Not possible as it stands"),
    WARNING: gettext_lazy("May go wrong"),
    INFO: gettext_lazy("Good to know"),
}
ICONS = {ERROR: "fa-times-circle", WARNING: "fa-exclamation-triangle", INFO: "fa-info-circle"}
# The form says it already, as the duration.
HIDDEN_IN_FORM = frozenset({"copied"})


@dataclass(frozen=True)
class FindingGroup:
    level: str
    title: Promise
    icon: str
    # Cause and remedy of each; the remedy may be empty.
    texts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CheckSummary:
    groups: tuple[FindingGroup, ...]
    # Nova would refuse it.
    blocked: bool
    # For a screen reader, after the findings have changed.
    summary: str


def checks_of(found: Iterable[Finding], kind: Kind) -> CheckSummary:
    found = [one for one in found if one.code not in HIDDEN_IN_FORM]
    by_level = {level: [one for one in found if one.level == level] for level in TITLES}
    groups = tuple(
        FindingGroup(
            level,
            TITLES[level],
            ICONS[level],
            tuple((problem_text(one, kind), remedy_text(one, kind)) for one in of_level),
        )
        for level, of_level in by_level.items()
        if of_level
    )
    errors, warnings = len(by_level[ERROR]), len(by_level[WARNING])
    return CheckSummary(groups, bool(errors), _summary(errors, warnings))


def _summary(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return _("Checked: nothing known speaks against it.")
    told = []
    if errors:
        told.append(ngettext("%(count)d obstacle", "%(count)d obstacles", errors) % {"count": errors})
    if warnings:
        told.append(ngettext("%(count)d warning", "%(count)d warnings", warnings) % {"count": warnings})
    return _("Checked: %(findings)s.") % {"findings": ", ".join(told)}
