# SPDX-License-Identifier: Apache-2.0
"""What doc/ shows: the tables, with the day and the versions they were measured with."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import datetime, timezone
from importlib.metadata import version

from benchmarks.acts import Compared
from benchmarks.table import met, ms, table
from benchmarks.weights import Weight

HEAD = """\
==========
Benchmarks
==========

Measured on {day} by ``make bench``: Horizon {horizon}, the embedded OpenStack, Python {python}, {cores} cores which
Horizon, all services, the relays and the browser have in common.

The panel beside Horizon's own pages
====================================

Every act was done in turn by both, through relays that count the calls to every service. Calls include those of
Horizon's own frame (three for any full page). *To slowest* is the time divided by that of the slowest single call to
Nova within it.

{compared}

Weights and growth
==================

{weighed}
"""


def line(one: Compared | Weight) -> str:
    if isinstance(one, Weight):
        return f"{one.what}: {one.value}"
    return f"{one.act}: {one.ours.calls} calls ({one.ours.by_service}), {ms(one.ours.median)}"


def document(compared: Sequence[Compared], weighed: Sequence[Weight]) -> str:
    return HEAD.format(
        day=datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        horizon=version("horizon"),
        python=platform.python_version(),
        cores=os.cpu_count(),
        compared=table(
            ("Act", "Calls", "Horizon", "Median", "95 %", "Horizon's", "To slowest", "Budget", ""),
            [_row(one) for one in compared],
        ),
        weighed=table(
            ("What", "Measured", "Budget", ""),
            [(one.what, one.value, one.budget, met(one.within) if one.budget else "") for one in weighed],
        ),
    )


def _row(one: Compared) -> tuple[object, ...]:
    theirs = one.theirs
    return (
        one.act,
        one.ours.calls,
        f"{theirs.calls} {one.note}".strip() if theirs else "",
        ms(one.ours.median),
        ms(one.ours.p95),
        ms(theirs.median) if theirs else "",
        f"{one.ours.ratio:.2f}",
        one.budget,
        met(one.within) if one.budget else "",
    )
