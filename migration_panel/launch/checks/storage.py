# SPDX-License-Identifier: Apache-2.0
"""What is to be copied, and whether the type suits it: one function each.

Nova's API does not tell whether hosts share their storage, so nothing of that is certain.
"""

from __future__ import annotations

from migration_panel.launch.case.estimate import estimate
from migration_panel.launch.case.facts import Case
from migration_panel.launch.checks.finding import INFO, WARNING, Finding

# Longest time that copying the whole memory once may take without a doubt that a live migration ends, s.
ONE_PASS = 120


def volume_backed(case: Case) -> Finding | None:
    return Finding(WARNING, "volume-backed") if case.kind.block and not case.has_local_disk else None


def local_disk(case: Case) -> Finding | None:
    suits_not = case.kind.live and not case.kind.block and case.has_local_disk
    return Finding(WARNING, "local-disk") if suits_not else None


def copied(case: Case) -> Finding | None:
    told = estimate(case.kind, case.server, case.bandwidth)
    if told is None:
        return None
    facts = {"disk": told.disk_gib, "memory": told.memory_mib, "least": told.least, "most": told.most}
    return Finding(INFO, "copied", facts | {"rate": round(case.bandwidth)})


def size_untold(case: Case) -> Finding | None:
    told = estimate(case.kind, case.server, case.bandwidth)
    return Finding(INFO, "size-untold") if told is None else None


def much_memory(case: Case) -> Finding | None:
    """What is written to while memory is copied has to be copied again."""
    memory = case.server.memory_mib
    if not case.kind.live or memory is None or memory / case.bandwidth < ONE_PASS:
        return None
    facts = {"memory": memory, "rate": round(case.bandwidth), "seconds": round(memory / case.bandwidth)}
    return Finding(WARNING, "much-memory", facts)


def config_drive(case: Case) -> Finding | None:
    """A small disk on the host, which counts as a local one."""
    return Finding(INFO, "config-drive") if case.kind.live and case.server.config_drive else None
