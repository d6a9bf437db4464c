# SPDX-License-Identifier: Apache-2.0
"""The document: the tables, with the day and the versions of the measurement."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from datetime import datetime, timezone
from importlib.metadata import version

from benchmarks.acts import Compared
from benchmarks.table import met, ms, table
from benchmarks.weights import Weight
from devcloud.virtualenv import CONSTRAINTS

HEAD = """\
==========
Benchmarks
==========

Measured on {day} by ``make bench``: Horizon {horizon}, Nova {nova}, Python {python}, {cores} cores which Horizon, all
services of the embedded cloud, the relays and the browser share.

The panel beside Horizon's own pages
====================================

The panel and Horizon did each act in turn, through relays that count the calls to every service. A full page includes
the three calls of Horizon's own frame. The budget of a drain is one call for each instance and four more. Each further
request of the drain adds four calls, because it reads the host again before it continues. *To slowest* is the panel's
time divided by the time of its slowest single call to Nova.

{budgets}

The times are medians. *95 %* is the 95th percentile, or the maximum of fewer than twenty measurements.

{times}

Weights and growth
==================

A request of a drain reads the host, requests migrations for two seconds, and finishes with the call in progress. While
many migrations run, the embedded Nova takes seconds for one call: one process serves its API and all its compute
services. Horizon's request lasts as long as the whole drain.

After old migrations are written into the embedded Nova's database, SQLite analyzes its tables, as MySQL and PostgreSQL
do by themselves. Without the analysis, Nova would read all of them for every poll.

{weighed}
"""


def nova_version() -> str:
    return re.search(r"^nova==(.+)$", CONSTRAINTS.read_text(), re.MULTILINE)[1]


def line(one: Compared | Weight) -> str:
    if isinstance(one, Weight):
        return f"{one.what}: {one.value}"
    return f"{one.act}: {one.ours.calls} calls ({one.ours.by_service}), {ms(one.ours.median)}"


def document(measured: Sequence[Compared | Weight]) -> str:
    compared = [one for one in measured if isinstance(one, Compared)]
    weighed = [one for one in measured if isinstance(one, Weight)]
    return HEAD.format(
        day=datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        horizon=version("horizon"),
        nova=nova_version(),
        python=platform.python_version(),
        cores=os.cpu_count(),
        budgets=table(
            ("Act", "Panel", "Horizon", "Budget", "To slowest", "Budget", ""), [_budgets(one) for one in compared]
        ),
        times=table(
            ("Act", "Panel", "95 %", "Horizon", "95 %", "Note"),
            [_times(one) for one in compared],
        ),
        weighed=table(
            ("What", "Measured", "Budget", ""),
            [(one.what, one.value, one.budget, met(one.within)) for one in weighed],
        ),
    )


def _budgets(one: Compared) -> tuple[object, ...]:
    ours, theirs = (f"{side.calls}: {side.by_service}" for side in (one.ours, one.theirs))
    swift = f"< {one.ratio}" if one.ratio else "none"
    return (one.act, ours, theirs, one.limit, f"{one.ours.ratio:.2f}", swift, met(one.within))


def _times(one: Compared) -> tuple[object, ...]:
    sides = (ms(moment) for side in (one.ours, one.theirs) for moment in (side.median, side.p95))
    return (one.act, *sides, one.note)
