# SPDX-License-Identifier: Apache-2.0
"""Asks Nova to evacuate instances: all at once, none twice, and not for long."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from django.core.cache import cache

from migration_panel.errors import MigrationPanelError, SignedOut, told
from migration_panel.hosts.evacuate.words import CLAIMED
from migration_panel.nova.evacuations import Evacuations
from migration_panel.nova.fanout import at_once
from migration_panel.nova.records import Server

# No call is begun after so many seconds, so that the browser has its answer soon.
PATIENCE = 3.0

# How long an instance is taken for asked for, s: until long after Nova's record of it shows.
CLAIM = 60


@dataclass
class Result:
    begun: list[Server] = field(default_factory=list)
    # By the reason.
    refused: dict[str, list[Server]] = field(default_factory=lambda: defaultdict(list))
    # Not asked for, for lack of time.
    late: list[Server] = field(default_factory=list)


async def evacuate(nova: Evacuations, servers: Sequence[Server], destination: str | None) -> Result:
    """Raises SignedOut if the session has ended before anything was begun."""
    end = time.monotonic() + PATIENCE
    answers = await at_once([partial(_evacuate, nova, one, destination, end) for one in servers])
    result = Result()
    for server, answer in zip(servers, answers, strict=True):
        if answer is True:
            result.begun.append(server)
        elif answer is None:
            result.late.append(server)
        else:
            result.refused[answer if isinstance(answer, str) else told(answer)].append(server)
    if not result.begun:
        _raise_signed_out(answers)
    return result


def _evacuate(
    nova: Evacuations, server: Server, destination: str | None, end: float
) -> bool | str | MigrationPanelError | None:
    """True once begun, None if it is too late, else what speaks against it."""
    if time.monotonic() > end:
        return None
    # Nova would begin a second evacuation of an instance while the first one runs.
    key = f"migration_panel:evacuate:{nova.access.endpoint}:{server.id}"
    if not cache.add(key, True, CLAIM):
        return str(CLAIMED)
    try:
        nova.evacuate(server.id, destination)
    except MigrationPanelError as error:
        # An answer that did not come may have been a yes.
        if error.status != 503:
            cache.delete(key)
        return error
    return True


def _raise_signed_out(answers: list[object]) -> None:
    for answer in answers:
        if isinstance(answer, SignedOut):
            raise answer
