# SPDX-License-Identifier: Apache-2.0
"""The texts of findings: the cause, the remedy, and a short form of the cause."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from migration_panel.formatting import MIB, format_range, format_size
from migration_panel.migration_types import Kind
from migration_panel.preflight.finding import Finding
from migration_panel.preflight.messages import SENTENCES

GIB = 1024 * MIB
# The facts of a finding that are sizes, with their unit in bytes.
SIZES = {
    "copied": {"disk": GIB, "memory": MIB},
    "much-memory": {"memory": MIB},
    "destination-memory": {"free": MIB, "need": MIB},
    "destination-disk": {"free": GIB, "need": GIB},
}

# The states of an instance that a type accepts, by Kind.live.
STATES = {
    True: pgettext_lazy("instance states", "running or paused"),
    False: pgettext_lazy("instance states", "running or shut off"),
}

# Why capacities or evacuations are unknown, by PreflightInput.missing.
MISSING = {
    "not-allowed": pgettext_lazy("reason in a sentence", "your role does not permit the request"),
    "absent": pgettext_lazy(
        "reason in a sentence", "your service catalog lists no Placement endpoint for this interface and region"
    ),
    "gone": pgettext_lazy("reason in a sentence", "Placement returned an unexpected answer"),
    "trait": pgettext_lazy("reason in a sentence", "Placement does not have a trait that the flavor requires"),
    "refused": pgettext_lazy("reason in a sentence", "Placement or Nova refused the request"),
    "failed": pgettext_lazy("reason in a sentence", "Placement or Nova returned no usable answer"),
    "flavor": pgettext_lazy("reason in a sentence", "Nova does not report the resources of the instance's flavor"),
    "not-needed": pgettext_lazy("reason in a sentence", "the data is not loaded again when a form is submitted"),
}


def cell_hint(host: str) -> str:
    """Return the likely cause of a refusal that ``refused_for_cell`` recognizes."""
    return _(
        "Nova live-migrates only within a cell, and %(host)s may be in another cell. Choose another host, or let the "
        "scheduler choose."
    ) % {"host": host}


@dataclass(frozen=True)
class FindingText:
    """The texts of a finding."""

    level: str
    code: str
    cause: str
    remedy: str

    @property
    def message(self) -> str:
        return f"{self.cause} {self.remedy}".strip()


def finding_text(finding: Finding, kind: Kind) -> FindingText:
    """Return the cause and the remedy, for a form of this type."""
    return FindingText(finding.level, finding.code, problem_text(finding, kind), remedy_text(finding, kind))


def problem_text(finding: Finding, kind: Kind) -> str:
    """Return the cause."""
    return _filled(SENTENCES[finding.code].cause, finding, kind)


def remedy_text(finding: Finding, kind: Kind) -> str:
    """Return what the user can do; it may be empty."""
    return _filled(SENTENCES[finding.code].remedy, finding, kind)


def short_text(finding: Finding, kind: Kind) -> str:
    """Return the cause in a few words, for a list of types or hosts; the whole cause if it has no short form."""
    brief = SENTENCES[finding.code].brief
    return _filled(brief, finding, kind) if brief else problem_text(finding, kind)


def _filled(text: Promise | str, finding: Finding, kind: Kind) -> str:
    reason = finding.facts.get("reason")
    sizes = SIZES.get(finding.code, {})
    facts = {
        name: format_size(int(value) * sizes[name]) if name in sizes else value for name, value in finding.facts.items()
    }
    if "least" in facts:
        facts["span"] = format_range(int(facts["least"]), int(facts["most"]))
        facts["what"] = _copied_text(finding, facts)
    missing = int(finding.facts.get("missing", 0))
    return str(text) % {
        **facts,
        "lacking": _("; it lacks %(count)d features that this one has") % {"count": missing} if missing else "",
        "because": _(" (“%(reason)s”)") % {"reason": reason} if reason else "",
        "why": MISSING.get(str(facts.get("why")), ""),
        "accepted": STATES[kind.live],
    }


def _copied_text(finding: Finding, facts: dict[str, str | int]) -> str:
    parts = {"disk": _("%(disk)s of disk"), "memory": _("%(memory)s of memory")}
    present = [text % facts for name, text in parts.items() if finding.facts[name]]
    return _(" and ").join(present) or pgettext("noun in a sentence", "nothing")
