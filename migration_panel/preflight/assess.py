# SPDX-License-Identifier: Apache-2.0
"""Apply the checks to one case.  Nova's own checks still decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migration_panel.api.host_models import ComputeHost
from migration_panel.preflight.destination_checks import is_source
from migration_panel.preflight.finding import ERROR, INFO, WARNING, Finding
from migration_panel.preflight.inputs import PreflightInput, host_named
from migration_panel.preflight.registry import CHECKS, CHOICE_CHECKS, HOST_CHECKS, NO_HOST, HostCheck

ERROR_CHECKS = tuple(row for row in CHECKS if ERROR in row.levels)
HOST_ERROR_CHECKS = tuple(row for row in HOST_CHECKS if ERROR in row.levels)


def findings(case: PreflightInput) -> list[Finding]:
    """Return all findings: errors first, then warnings."""
    order = (ERROR, WARNING, INFO)
    found = [finding for row in CHECKS if (finding := row.check(case))]
    found += [*no_host(case), *_destination_findings(case, HOST_CHECKS)]
    return sorted(found, key=lambda finding: order.index(finding.level))


def instance_errors(case: PreflightInput) -> list[Finding]:
    """Return why Nova would refuse the migration, whatever the destination."""
    return _errors(finding for row in ERROR_CHECKS if (finding := row.check(case)))


def destination_errors(case: PreflightInput) -> list[Finding]:
    """Return why Nova would refuse the chosen destination.  No other host is judged."""
    return _errors(_destination_findings(case, HOST_ERROR_CHECKS))


def submit_errors(case: PreflightInput) -> list[Finding]:
    """Return why nothing is sent, apart from the errors of the destination.

    ``case.destination``: empty, or a host without errors.  If it is empty, hosts are judged until one fits.
    """
    return [*instance_errors(case), *(_errors(no_host(case)) if not case.destination else ())]


def no_host(case: PreflightInput) -> Iterator[Finding]:
    """Yield a finding if no host fits: an error for live migration only.

    Some hypervisors can cold-migrate to the same host.
    """
    if case.hosts is not None and not any(fits(case, host) for host in case.hosts):
        yield Finding(ERROR if case.kind.live else WARNING, NO_HOST, {"count": len(case.hosts)})


def fits(case: PreflightInput, host: ComputeHost) -> bool:
    """Return whether nothing is known that excludes the host as destination."""
    return not any(finding.level == ERROR for finding in host_findings(case, host, HOST_ERROR_CHECKS))


def host_findings(
    case: PreflightInput, host: ComputeHost, checks: Iterable[HostCheck] = HOST_CHECKS
) -> Iterator[Finding]:
    """Yield the findings about a host; for the instance's own host, only that it is this host."""
    if source := is_source(case, host):
        yield source
    else:
        yield from (finding for row in checks if (finding := row.check(case, host)))


def _destination_findings(case: PreflightInput, checks: Iterable[HostCheck]) -> Iterator[Finding]:
    """Yield the findings about the chosen destination: about the choice itself, or else about the host.

    Without a list of hosts, only the instance's own host is known.
    """
    if not case.destination:
        return
    refused = [finding for row in CHOICE_CHECKS if (finding := row.check(case))]
    yield from refused
    if refused:
        return
    host = host_named(case.destination, case.hosts)
    if host is not None:
        yield from host_findings(case, host, checks)
    elif source := is_source(case, ComputeHost(case.destination)):
        yield source


def _errors(found: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.level == ERROR]
