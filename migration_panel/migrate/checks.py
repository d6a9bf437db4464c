# SPDX-License-Identifier: Apache-2.0
"""The findings as a form shows them: grouped by level, with their effect on the submission."""

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
    ERROR: gettext_lazy("Blocked by"),
    WARNING: gettext_lazy("Warnings"),
    INFO: gettext_lazy("Notes"),
}
ICONS = {ERROR: "fa-times-circle", WARNING: "fa-exclamation-triangle", INFO: "fa-info-circle"}
# The form shows it as the duration.
HIDDEN_IN_FORM = frozenset({"copied"})


@dataclass(frozen=True)
class FindingGroup:
    """The findings of one level."""

    level: str
    title: Promise
    icon: str
    # Cause and remedy of each finding; a remedy may be empty.
    texts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CheckSummary:
    """All findings of a form."""

    groups: tuple[FindingGroup, ...]
    # Whether Nova would refuse the migration.
    blocked: bool
    # Read aloud by a screen reader after the findings have changed.
    summary: str


def summarize_checks(findings: Iterable[Finding], kind: Kind, *, changes_hosts: bool) -> CheckSummary:
    """Return the findings grouped by level, errors first.  ``changes_hosts``: see ``finding_text``."""
    shown = [finding for finding in findings if finding.code not in HIDDEN_IN_FORM]
    by_level = {level: [finding for finding in shown if finding.level == level] for level in TITLES}
    groups = tuple(
        FindingGroup(
            level,
            TITLES[level],
            ICONS[level],
            tuple(
                (problem_text(finding, kind), remedy_text(finding, changes_hosts=changes_hosts)) for finding in group
            ),
        )
        for level, group in by_level.items()
        if group
    )
    errors, warnings = len(by_level[ERROR]), len(by_level[WARNING])
    return CheckSummary(groups, bool(errors), _summary(errors, warnings))


def _summary(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return _("Check finished. No problems found.")
    sentences = [_("Check finished.")]
    if errors:
        sentences.append(ngettext("%(count)d error.", "%(count)d errors.", errors) % {"count": errors})
    if warnings:
        sentences.append(ngettext("%(count)d warning.", "%(count)d warnings.", warnings) % {"count": warnings})
    return " ".join(sentences)
