# SPDX-License-Identifier: Apache-2.0
"""Which hosts can be the destination, best first, and what excludes the others."""

from __future__ import annotations

from dataclasses import dataclass, replace

from migration_panel.api.host_models import ComputeHost
from migration_panel.identifiers import natural_key
from migration_panel.preflight.assess import host_findings
from migration_panel.preflight.capacity import MEMORY, PCPU, VCPU, Gauge, gauges
from migration_panel.preflight.finding import ERROR, WARNING, Finding
from migration_panel.preflight.inputs import PreflightInput


@dataclass(frozen=True)
class Verdict:
    """What is known about one host as destination."""

    host: ComputeHost
    # Why Nova would refuse the host; empty if it fits.
    errors: tuple[Finding, ...] = ()
    # Warnings, and what is unknown.
    notes: tuple[Finding, ...] = ()
    gauges: tuple[Gauge, ...] = ()
    # 1 for the best host that fits; None for a host that does not fit.
    rank: int | None = None

    @property
    def fits(self) -> bool:
        return not self.errors

    @property
    def name(self) -> str:
        return self.host.name

    @property
    def zone(self) -> str | None:
        return self.host.zone


def verdicts(case: PreflightInput) -> list[Verdict]:
    """Return the verdict on each known host: the best fitting host first, then the other hosts by name."""
    judged = [verdict(case, host) for host in case.hosts or ()]
    fitting = sorted((each for each in judged if each.fits), key=_best_first)
    others = sorted((each for each in judged if not each.fits), key=lambda each: natural_key(each.name))
    return [replace(each, rank=rank) for rank, each in enumerate(fitting, 1)] + others


def verdict(case: PreflightInput, host: ComputeHost) -> Verdict:
    """Return the verdict without its rank, which depends on the other hosts."""
    found = list(host_findings(case, host))
    errors = tuple(finding for finding in found if finding.level == ERROR)
    notes = tuple(finding for finding in found if finding.level != ERROR)
    return Verdict(host, errors, notes, gauges(case, host.name) if host.name != case.server.host else ())


def _best_first(judged: Verdict) -> tuple[object, ...]:
    """Return a sort key: fewest warnings first, then the largest free share of the scarcer of CPU and memory."""
    shares = [gauge.after / gauge.capacity for gauge in judged.gauges if _counts_for_rank(gauge)]
    warnings = [finding for finding in judged.notes if finding.level == WARNING]
    return len(warnings), -min(shares, default=0), natural_key(judged.name)


def _counts_for_rank(gauge: Gauge) -> bool:
    return gauge.resource in (VCPU, PCPU, MEMORY) and gauge.capacity > 0
