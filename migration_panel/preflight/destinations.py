# SPDX-License-Identifier: Apache-2.0
"""Which hosts can take the instance, best first, and what keeps the others."""

from __future__ import annotations

from dataclasses import dataclass, replace

from migration_panel.api.host_models import ComputeHost
from migration_panel.identifiers import natural_key
from migration_panel.preflight.capacity import MEMORY, PCPU, VCPU, Gauge, gauges
from migration_panel.preflight.destination_checks import is_source
from migration_panel.preflight.finding import ERROR, WARNING, Finding
from migration_panel.preflight.inputs import PreflightInput
from migration_panel.preflight.registry import HOST_CHECKS


@dataclass(frozen=True)
class Verdict:
    host: ComputeHost
    # Why Nova would refuse it; empty for one that fits.
    reasons: tuple[Finding, ...] = ()
    # What may go wrong there, and what is not known of it.
    doubts: tuple[Finding, ...] = ()
    gauges: tuple[Gauge, ...] = ()
    # 1 is the best of those that fit; None for those that do not.
    rank: int | None = None

    @property
    def fits(self) -> bool:
        return not self.reasons

    @property
    def name(self) -> str:
        return self.host.name

    @property
    def zone(self) -> str | None:
        return self.host.zone


def verdicts(case: PreflightInput) -> list[Verdict]:
    """Of every host that is known: those that fit, best first, then the others by name."""
    found = [verdict(case, host) for host in case.hosts or ()]
    fitting = sorted((one for one in found if one.fits), key=_best_first)
    others = sorted((one for one in found if not one.fits), key=lambda one: natural_key(one.name))
    return [replace(one, rank=rank) for rank, one in enumerate(fitting, 1)] + others


def verdict(case: PreflightInput, host: ComputeHost) -> Verdict:
    """Without its rank, which depends on the other hosts."""
    if source := is_source(case, host):
        return Verdict(host, (source,))
    found = [one for row in HOST_CHECKS if (one := row.check(case, host))]
    reasons = tuple(one for one in found if one.level == ERROR)
    doubts = tuple(one for one in found if one.level != ERROR)
    return Verdict(host, reasons, doubts, gauges(case, host.name))


def _best_first(one: Verdict) -> tuple[object, ...]:
    """Without doubts before with; then by what is left of the scarcer of CPU and memory."""
    shares = [gauge.after / gauge.capacity for gauge in one.gauges if _weighs(gauge)]
    return (
        len([doubt for doubt in one.doubts if doubt.level == WARNING]),
        -min(shares, default=0),
        natural_key(one.name),
    )


def _weighs(gauge: Gauge) -> bool:
    return gauge.resource in (VCPU, PCPU, MEMORY) and gauge.capacity > 0
