# SPDX-License-Identifier: Apache-2.0
"""A drain continues after the browser was closed and Horizon's workers were killed, and migrates no instance twice.

python -m pytest tests/maintenance --interruptions 20 --seed 7
"""

import random
import re
from collections import Counter
from functools import partial

from playwright.sync_api import Page, expect

from tests.support.drain_steps import (
    ANSWER_TIMEOUT,
    DRAIN_TIMEOUT,
    confirm_action,
    drain_url,
    headline,
    run_url,
    start_run,
)
from tests.support.embedded_cloud import eventually
from tests.support.mixed_instances import OFF, PAUSED, RUNNING

HOST = "compute-02"
GUESTS = [*[RUNNING] * 4, PAUSED, *[OFF] * 5]
ALL, COLD = len(GUESTS), GUESTS.count(OFF)
# Time of the interruption after the click, s; an undisturbed drain of these instances lasts longer.
LATEST = 6.0


def test_each_instance_moves_once_whenever_a_drain_is_interrupted(request, capsys, page_as, fleet, workers):
    seed = request.config.getoption("--seed")
    seed = random.randrange(10**6) if seed is None else seed
    chance = random.Random(seed)
    fleet.boot(HOST, GUESTS)
    for number in range(request.config.getoption("--interruptions")):
        moment = chance.uniform(0, LATEST)
        before = fleet.last_migration()
        interrupt(page_as("admin", drain_url(HOST)), moment, workers)
        done = fleet.moves_since(before)
        with capsys.disabled():
            print(f"\nseed {seed}, round {number}: killed after {moment:.2f} s, {summed(done)}", end="")  # noqa: T201
        eventually(workers.answer, within=DRAIN_TIMEOUT / 1000)
        page = page_as("admin", drain_url(HOST))
        # On a busy machine, the first page of new workers may reach its time limit: a user then clicks "Retry".
        eventually(partial(is_shown, page), within=DRAIN_TIMEOUT / 1000, every=1)
        open_again(page)
        finish(page)
        expected = {(one, HOST, status(server)): 1 for one, server in fleet.servers.items()}
        assert fleet.moves_since(before) == expected
        assert fleet.where()[HOST] == 0
        bring_back(page)
        assert fleet.where() == {HOST: ALL}
        page.context.close()


def status(server) -> str:
    return "confirmed" if "shutoff" in server.name else "completed"


def interrupt(page: Page, moment: float, workers) -> None:
    """Click, close the browser and kill the workers, without waiting for the answer."""
    page.get_by_label("Migrate shut off instances too (cold)").check()
    expect(page.get_by_text(f"{ALL} of {ALL} instances will be migrated.")).to_be_visible(timeout=ANSWER_TIMEOUT)
    page.evaluate("setTimeout(() => document.querySelector('[data-drain] .btn-primary').click())")
    page.wait_for_timeout(1000 * moment)
    killed = workers.kill()
    page.context.close()
    assert killed


def is_shown(page: Page) -> bool:
    """Load the page of the drain; return whether Nova answered in time."""
    answer = page.goto(drain_url(HOST))
    return answer is not None and answer.ok


def open_again(page: Page) -> None:
    """Open the page again, like a user who does not know whether the click had an effect."""
    under_way = page.get_by_role("link", name="View progress")
    if under_way.is_visible():
        under_way.click()
        page.wait_for_url(f"**{run_url(HOST)}")
        eventually(partial(is_continued, page), within=DRAIN_TIMEOUT / 1000, every=1)
    else:
        # The first request may arrive only now: then this click continues the drain.
        page.get_by_label("Migrate shut off instances too (cold)").check()
        start_run(page, "Drain host")


def is_continued(page: Page) -> bool:
    """Click Resume if the page offers it.  Return whether the drain continues: a busy Nova may not answer in time."""
    answer = page.goto(run_url(HOST))
    if answer is None or not answer.ok:
        return False
    resume = page.get_by_role("button", name=re.compile(r"^Resume \("))
    if not resume.is_visible():
        return True
    with page.expect_navigation():
        resume.click()
    return "?order=" in page.url


def finish(page: Page) -> None:
    """Wait while the page continues the drain by itself, and confirm the cold migrations."""
    moved = f"{ALL - COLD} of {ALL} instances migrated. Waiting for confirmation: {COLD}"
    expect(headline(page)).to_have_text(moved, timeout=DRAIN_TIMEOUT)
    confirm_action(page, f"Confirm all ({COLD})")
    expect(headline(page)).to_have_text("Host is empty. It is safe to reboot.", timeout=DRAIN_TIMEOUT)


def bring_back(page: Page) -> None:
    page.get_by_role("link", name="Return instances", exact=True).click()
    start_run(page, "Return instances")
    expect(headline(page)).to_have_text(re.compile(f"Waiting for confirmation: {COLD}"), timeout=DRAIN_TIMEOUT)
    confirm_action(page, f"Confirm all ({COLD})")
    expect(headline(page)).to_have_text(f"All instances returned to {HOST} ({ALL}).", timeout=DRAIN_TIMEOUT)


def summed(moves: Counter) -> str:
    """Return the number of migrations in each status."""
    counts: Counter[str] = Counter()
    for (_, _, word), number in moves.items():
        counts[word] += number
    return ", ".join(f"{number} {word}" for word, number in sorted(counts.items())) or "nothing begun"
