# SPDX-License-Identifier: Apache-2.0
"""python -m benchmarks: the panel beside Horizon's own pages, over one embedded cloud; prints tables."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from functools import partial

from benchmarks import acts
from benchmarks.acts import Compared
from benchmarks.stage import stage
from benchmarks.table import met, ms, table

say = partial(print, flush=True)


def compared(rows: Iterable[Compared]) -> tuple[str, bool]:
    found = []
    for row in rows:
        found.append(row)
        say(f"  {row.act}: {row.ours.calls} calls ({row.ours.by_service}), {ms(row.ours.median)}")
    head = ("Act", "Calls", "Horizon", "Median", "95 %", "Horizon's", "To slowest", "Budget", "")
    cells = [
        (
            row.act,
            row.ours.calls,
            f"{row.theirs.calls} {row.note}".strip() if row.theirs else "",
            ms(row.ours.median),
            ms(row.ours.p95),
            ms(row.theirs.median) if row.theirs else "",
            f"{row.ours.ratio:.2f}",
            row.budget,
            met(row.within),
        )
        for row in found
    ]
    return table(head, cells), all(row.within for row in found)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--migrating", type=int, nargs="+", default=[1, 20, 200])
    options = arguments.parse_args()
    with stage(live_migrations=300, report=say) as on:

        def everything():
            yield from acts.pages(on)
            yield from acts.submits(on)
            yield from acts.polls(on, tuple(options.migrating))

        text, fulfilled = compared(everything())
    say(text)
    return 0 if fulfilled else 1


if __name__ == "__main__":
    sys.exit(main())
