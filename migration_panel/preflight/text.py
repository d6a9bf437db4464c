# SPDX-License-Identifier: Apache-2.0
"""The texts of findings: the cause, the remedy, and a short form of the cause."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from migration_panel.formatting import MIB, format_range, format_size
from migration_panel.instance_states import power_label, state_label, task_label
from migration_panel.migration_types import Kind
from migration_panel.preflight.finding import Finding
from migration_panel.preflight.messages import COPIED, MISSING, SENTENCES

GIB = 1024 * MIB
# The facts of a finding that are sizes, with their unit in bytes.
SIZES = {
    "much-memory": {"memory": MIB},
    "destination-memory": {"free": MIB, "need": MIB},
    "destination-disk": {"free": GIB, "need": GIB},
}
# The facts of a finding that are words of Nova, and their labels.
LABELS = {"state": state_label, "task": task_label, "power": power_label}


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


def finding_text(finding: Finding, kind: Kind, *, changes_hosts: bool = True) -> FindingText:
    """Return the cause and the remedy, for a form of this type.

    ``changes_hosts``: whether the user may change compute services, as administrators may.
    """
    remedy = remedy_text(finding, changes_hosts=changes_hosts)
    return FindingText(finding.level, finding.code, problem_text(finding, kind), remedy)


def problem_text(finding: Finding, kind: Kind) -> str:
    """Return the cause: one sentence, or two."""
    if finding.code == "copied":
        return copied_text(int(finding.facts["disk"]), int(finding.facts["memory"]))
    facts = _facts(finding)
    sentences = SENTENCES[finding.code]
    cause: Promise | str = sentences.cause
    if finding.facts.get("reason"):
        cause = sentences.cause_with_reason or cause
    elif not kind.live:
        cause = sentences.cause_if_cold or cause
    return " ".join(filter(None, [str(cause) % facts, _addition(finding) % facts]))


def _addition(finding: Finding) -> str:
    """Return a sentence that follows the cause; it may be empty."""
    if missing := int(finding.facts.get("missing", 0)):
        return ngettext(
            "%(host)s lacks %(missing)d CPU feature of the source host.",
            "%(host)s lacks %(missing)d CPU features of the source host.",
            missing,
        )
    return str(MISSING.get(str(finding.facts.get("why")), ""))


def copied_text(disk_gib: int, memory_mib: int) -> str:
    """Return what is copied."""
    return str(COPIED[bool(disk_gib), bool(memory_mib)]) % {
        "disk": format_size(disk_gib * GIB),
        "memory": format_size(memory_mib * MIB),
    }


def remedy_text(finding: Finding, *, changes_hosts: bool = True) -> str:
    """Return what the user can do; it may be empty."""
    sentences = SENTENCES[finding.code]
    remedy = sentences.remedy if changes_hosts else sentences.remedy_for_managers or sentences.remedy
    return str(remedy) % _facts(finding)


def short_text(finding: Finding, kind: Kind) -> str:
    """Return the cause in a few words, for a list of types or hosts; the whole cause if it has no short form."""
    sentences = SENTENCES[finding.code]
    brief = sentences.brief
    if finding.facts.get("reason"):
        brief = sentences.brief_with_reason or brief
    if finding.code == "destination-cpu" and finding.facts["model"] == finding.facts["source"]:
        brief = pgettext("reason in brief", "fewer CPU features than the source host")
    return str(brief) % _facts(finding) if brief else problem_text(finding, kind)


def _facts(finding: Finding) -> dict[str, str | int]:
    """Return the facts as readers see them: sizes with their unit, states as Horizon names them."""
    sizes = SIZES.get(finding.code, {})
    facts: dict[str, str | int] = {}
    for name, value in finding.facts.items():
        if name in sizes:
            facts[name] = format_size(int(value) * sizes[name])
        elif name in LABELS:
            facts[name] = LABELS[name](str(value))
        else:
            facts[name] = value
    if "least" in finding.facts:
        facts["span"] = format_range(int(finding.facts["least"]), int(finding.facts["most"]))
    return facts
