# SPDX-License-Identifier: Apache-2.0
"""The weight of a poll: bytes on the wire, the server's processor time and memory."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.acts import BOARD, INSTANCES, Poller, row_polls
from benchmarks.stage import Stage, Visitor
from devcloud.layout import PROJECT

# Budget: the page's own JavaScript and CSS, gzipped, bytes.
OWN_ASSETS = 30 * 1024
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Weight:
    what: str
    value: str
    budget: str
    within: bool


def zipped(data: bytes) -> int:
    return len(gzip.compress(data, 6))


def sizes(stage: Stage) -> Iterator[Weight]:
    """Measure the board as Horizon sends it, beside Horizon's list of instances, and the panel's own share."""
    visitor = stage.visitor()
    page, theirs = visitor.get(BOARD), visitor.get(INSTANCES)
    yield _size("board, HTML", page.content, "Horizon's list of instances", theirs.content)
    poller = Poller(visitor)
    first = visitor.get(f"{BOARD}status/", cursor="", html="1")
    yield _size("first poll, JSON with rows", first.content, "Horizon's list of instances", theirs.content)
    poller.poll()
    rest = visitor.get(f"{BOARD}status/", cursor=poller.cursor, html="1")
    [row] = row_polls(visitor, [stage.wiki()])()
    yield _size("poll at rest, JSON", rest.content, "Horizon's update of one row", row.content)
    scripts = sorted((PROJECT / "static" / "migration_panel" / "js").glob("*.js"))
    # Horizon sends them as one file.
    script = zipped(b"".join(one.read_bytes() for one in scripts))
    style = zipped(_own_style(visitor, page.text))
    total = script + style
    yield Weight(
        "own JavaScript and CSS, gzipped, not minified",
        f"{script:,} + {style:,} = {total:,} bytes",
        f"< {OWN_ASSETS:,}",
        total < OWN_ASSETS,
    )


def _size(what: str, ours: bytes, other: str, theirs: bytes) -> Weight:
    told = [f"{len(data):,} bytes, {zipped(data):,} gzipped" for data in (ours, theirs)]
    return Weight(what, told[0], f"< {other} ({told[1]})", zipped(ours) < zipped(theirs))


def _own_style(visitor: Visitor, html: str) -> bytes:
    """Return the rules of the panel's classes, from the style sheet that Horizon compiled."""
    rules: list[str] = []
    for href in re.findall(r'<link[^>]+href="([^"]+\.css)"', html):
        text = visitor.get(href).text
        rules += re.findall(r"[^{}]*\.migration-[^{}]*\{[^{}]*\}", text)
    return "".join(rules).encode()


def labour(stage: Stage, polls: int, memory_polls: int) -> Iterator[Weight]:
    """Measure the processor time of Horizon's workers for each poll, and the growth of their memory over many polls."""
    poller, row = Poller(stage.visitor()), row_polls(stage.visitor(), [stage.wiki()])
    ours, theirs = (1000 * _each(stage, ask, polls) for ask in (poller.poll, row))
    yield Weight(
        "server's processor time for a poll at rest",
        f"{ours:.1f} ms, of {polls} polls",
        f"< Horizon's for one row ({theirs:.1f} ms)",
        ours < theirs,
    )
    # The first thousand polls fill caches and pools.
    _many(stage, 1000)
    size = _memory(stage)
    _many(stage, memory_polls)
    grown = (_memory(stage) - size) / 1024 / 1024
    yield Weight(
        f"growth of all workers over {memory_polls:,} polls",
        f"{grown:.1f} MiB, of {size / 1024 / 1024:.0f} MiB",
        "< 10 MiB",
        grown < 10,
    )


def _each(stage: Stage, ask: Callable[[], object], times: int) -> float:
    """Return the processor time of one poll, s.  The first polls warm up."""
    for _ in range(20):
        ask()
    before = _processor(stage)
    for _ in range(times):
        ask()
    return (_processor(stage) - before) / times


def _many(stage: Stage, number: int) -> None:
    threads = 4

    def some(_: int) -> None:
        poller = Poller(stage.visitor())
        for _ in range(number // threads):
            poller.poll()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(some, range(threads)))


def _processor(stage: Stage) -> float:
    """Return the processor time of all workers, s."""
    total = 0
    for worker in stage.workers():
        fields = Path(f"/proc/{worker}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def _memory(stage: Stage) -> int:
    """Return the resident memory of all workers, bytes."""
    return sum(int(Path(f"/proc/{worker}/statm").read_text().split()[1]) * PAGE for worker in stage.workers())
