# SPDX-License-Identifier: Apache-2.0
"""What stands against a migration, told before Nova is asked.  Nova's own checks still decide."""

from __future__ import annotations

from collections.abc import Iterator

from migration_panel.api.host_models import ComputeHost
from migration_panel.preflight.destination_checks import is_source
from migration_panel.preflight.destinations import verdict
from migration_panel.preflight.finding import ERROR, INFO, WARNING, Finding
from migration_panel.preflight.inputs import PreflightInput, host_named
from migration_panel.preflight.registry import CHECKS, CHOICE_CHECKS, NO_HOST


def findings(case: PreflightInput) -> list[Finding]:
    """Errors first: what Nova would refuse for certain."""
    order = (ERROR, WARNING, INFO)
    found = [one for row in CHECKS if (one := row.check(case))]
    found += [*nowhere(case), *destination_findings(case)]
    return sorted(found, key=lambda finding: order.index(finding.level))


def nowhere(case: PreflightInput) -> Iterator[Finding]:
    """A few hypervisors can migrate cold to the very host."""
    if case.hosts is not None and not any(verdict(case, host).fits for host in case.hosts):
        yield Finding(ERROR if case.kind.live else WARNING, NO_HOST, {"count": len(case.hosts)})


def destination_findings(case: PreflightInput) -> Iterator[Finding]:
    """Of the chosen host: its errors are those of the field ``destination``."""
    if not case.destination:
        return
    refused = [one for row in CHOICE_CHECKS if (one := row.check(case))]
    yield from refused
    if not refused:
        yield from _of_host(case, host_named(case.destination, case.hosts))


def _of_host(case: PreflightInput, host: ComputeHost | None) -> Iterator[Finding]:
    """Without a list of hosts, all that is known is where the instance is."""
    if host is not None:
        judged = verdict(case, host)
        yield from (*judged.reasons, *judged.doubts)
    elif source := is_source(case, ComputeHost(case.destination)):
        yield source
