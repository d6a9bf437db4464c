# SPDX-License-Identifier: Apache-2.0
"""What the demo does not show by itself: runs of a host, and answers that fail.  A fake cloud answers Horizon.

The looks of these states, the keyboard, the announcements, and rows that stay where they are while others change.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from itertools import count

import pytest
from django.conf import settings
from django.test import Client
from django.test.utils import override_settings
from playwright.sync_api import Browser, Page, expect

from migration_panel.formatting import format_size, format_time_left
from tests.support.browser_steps import PAGE_TIMEOUT, POLL_TIMEOUT, tab_to
from tests.support.drain_steps import drain_url, headline, run_url
from tests.support.fake_cloud import COMPUTE, Call, FakeCloud
from tests.support.fake_host import FakeHost
from tests.support.host_answers import HYPERVISORS, MIGRATIONS, list_hosts
from tests.support.host_records import HOST, REASON, uuid_of
from tests.support.looks import HEIGHT, THEMES, WIDTHS, Wardrobe, faults
from tests.support.nova_answers import COPYING, LISTED, MIB, SERVER, SIX_HOSTS, fault, hypervisors, services
from tests.support.scenes import CONTENT, wait_for_polls
from tests.unit.hosts.drain.test_orders import moved_away

BOARD = "/admin/migrations/"
HOSTS = f"{BOARD}hosts/"
AWAY = {"OS-EXT-SRV-ATTR:host": "compute-02"}
MIGRATING = {"status": "MIGRATING", "OS-EXT-STS:task_state": "migrating"}
RESIZED = {"status": "VERIFY_RESIZE", "OS-EXT-STS:vm_state": "resized"}
SUSPENDED = {"status": "SUSPENDED", "OS-EXT-STS:vm_state": "suspended", "OS-EXT-STS:power_state": 4}
# One of each outcome: name, status and type of the migration, state of the instance.
OUTCOMES = (
    ("moved", "completed", "live-migration", AWAY),
    ("running", "running", "live-migration", MIGRATING),
    ("queued", "queued", "live-migration", MIGRATING),
    ("failed", "error", "live-migration", {}),
    ("confirm", "finished", "migration", AWAY | RESIZED),
)
UNAVAILABLE = fault("computeFault", 503, "The service is not available.")


@pytest.fixture(scope="module")
def tab(browser: Browser, horizon: str) -> Iterator[Page]:
    """One page for all tests, whose scripts are loaded once."""
    context = browser.new_context(base_url=horizon, viewport={"width": WIDTHS[0], "height": HEIGHT})
    # The scripts are not compressed: the first page loads hundreds of files.
    context.set_default_navigation_timeout(2 * PAGE_TIMEOUT)
    yield context.new_page()
    context.close()


@pytest.fixture
def visit(tab: Page, horizon: str, admin_client: Client) -> Iterator[Callable[[str], Page]]:
    name = settings.SESSION_COOKIE_NAME
    tab.context.add_cookies([{"name": name, "value": admin_client.cookies[name].value, "url": horizon}])
    thrown: list[str] = []
    tab.on("pageerror", lambda error: thrown.append(str(error)))

    def goto(path: str) -> Page:
        tab.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
        tab.goto(path)
        expect(tab.locator("h1").first).to_be_visible()
        return tab

    # The first page of a process takes long on a busy machine.
    with override_settings(MIGRATION_PANEL={"TIMEOUT": 30}):
        yield goto
    # The page must not poll while the next test prepares its cloud.
    tab.goto("about:blank")
    assert thrown == []


def disabled(cloud: FakeCloud, instances: int, **service: object) -> FakeHost:
    """Return a host whose drain is in progress."""
    host = FakeHost(cloud, instances)
    host.service |= {"status": "disabled", "disabled_reason": REASON} | service
    return host


def run_with_all_outcomes(cloud: FakeCloud, **service: object) -> None:
    host = disabled(cloud, 2, **service)
    host.add("suspended", **SUSPENDED)
    for number, (name, status, kind, state) in enumerate(OUTCOMES, 1):
        record = {"id": number, "uuid": uuid_of(f"move-{number}"), "instance_uuid": host.add(name, **state)}
        at = f"2026-11-22T14:01:{number:02d}.000000"
        host.migrations.append(
            LISTED | record | {"status": status, "migration_type": kind, "created_at": at, "updated_at": at}
        )


def run_of_a_host_that_is_down(cloud: FakeCloud) -> None:
    run_with_all_outcomes(cloud, state="down")


def empty_host(cloud: FakeCloud) -> None:
    host = disabled(cloud, 0)
    moved_away(host, 3, datetime(2026, 11, 22, 14, 1, tzinfo=timezone.utc), apart=timedelta(seconds=1))


def plan_with_too_little_room(cloud: FakeCloud) -> None:
    host = FakeHost(cloud, 3)
    host.add("suspended", **SUSPENDED)
    host.service |= {"status": "disabled", "disabled_reason": "bad fan"}
    host.others = host.others[:1]
    host.others[0]["status"] = "disabled"


def evacuation_with_all_warnings(cloud: FakeCloud) -> None:
    down = {
        "host": "compute-05",
        "state": "down",
        "status": "disabled",
        "disabled_reason": "masakari",
        "forced_down": True,
    }
    others = [host for host in SIX_HOSTS if host["host"] != "compute-05"]
    list_hosts(cloud, *others, down, {"host": "compute-05.example.org"})
    records = [
        SERVER | {"id": uuid_of(f"vm-{number}"), "name": f"vm-{number}", "OS-EXT-SRV-ATTR:host": "compute-05"} | state
        for number, state in enumerate([{}, SUSPENDED, {"image": ""}])
    ]
    cloud.on("GET", f"{COMPUTE}/servers/detail", json={"servers": records})


def hosts_without_figures(cloud: FakeCloud) -> None:
    list_hosts(cloud, *SIX_HOSTS)
    cloud.on("GET", HYPERVISORS, json=UNAVAILABLE, status=503)
    cloud.on("GET", MIGRATIONS, json=UNAVAILABLE, status=503)


def no_migrations(cloud: FakeCloud) -> None:
    cloud.on("GET", MIGRATIONS, json={"migrations": []})


def no_hosts(cloud: FakeCloud) -> None:
    cloud.on("GET", f"{COMPUTE}/os-services", json=services())
    cloud.on("GET", HYPERVISORS, json=hypervisors())
    no_migrations(cloud)


def nova_down(cloud: FakeCloud) -> None:
    cloud.on("GET", f"{COMPUTE}/*", json=UNAVAILABLE, status=503)


def copies(cloud: FakeCloud, number: int = 4) -> list[str]:
    """Let instances migrate live, with other figures in each answer, and return their names."""
    names = [f"vm-{index}" for index in range(number)]
    now = datetime.now(timezone.utc)
    records = []
    for index, name in enumerate(names, 1):
        instance = uuid_of(name)
        ids = {"id": index, "uuid": uuid_of(f"move-{index}"), "created_at": f"{now:%FT%T.000000}", "status": "running"}
        records.append(LISTED | ids | {"instance_uuid": instance, "updated_at": None})
        cloud.on(
            "GET", f"{COMPUTE}/servers/{instance}", json={"server": SERVER | MIGRATING | {"id": instance, "name": name}}
        )
        answer = _progress(COPYING | ids | {"server_uuid": instance})
        cloud.on("GET", f"{COMPUTE}/servers/{instance}/migrations", json=answer)
    cloud.on("GET", MIGRATIONS, json={"migrations": records})
    return names


def _progress(record: dict) -> Callable[[Call], dict]:
    numbers = count(1)

    def answer(call: Call) -> dict:
        done = 200 * next(numbers) * MIB
        figures = {"memory_processed_bytes": done, "memory_remaining_bytes": record["memory_total_bytes"] - done}
        return {"migrations": [record | figures | {"updated_at": f"{datetime.now(timezone.utc):%FT%T.000000}"}]}

    return answer


STATES = {
    "board-in-progress": (copies, BOARD),
    "board-empty": (no_migrations, BOARD),
    "board-error": (nova_down, BOARD),
    "history-error": (nova_down, f"{BOARD}history/"),
    "form-error": (nova_down, f"{BOARD}{uuid_of('vm')}/live/"),
    "hosts-error": (nova_down, HOSTS),
    "hosts-none": (no_hosts, HOSTS),
    "hosts-without-figures": (hosts_without_figures, HOSTS),
    "plan-without-room": (plan_with_too_little_room, drain_url(HOST)),
    "run-in-progress": (run_with_all_outcomes, run_url(HOST)),
    "run-of-a-host-that-is-down": (run_of_a_host_that_is_down, run_url(HOST)),
    "run-empty": (empty_host, run_url(HOST)),
    "return-plan": (empty_host, f"{HOSTS}{HOST}/return/"),
    "evacuation-with-warnings": (evacuation_with_all_warnings, f"{HOSTS}compute-05/evacuate/"),
}


@pytest.mark.parametrize("state", STATES)
def test_state_is_accessible_and_fits(fake_cloud, visit, wardrobe: Wardrobe, state):
    prepare, path = STATES[state]
    prepare(fake_cloud)
    page = visit(path)
    wait_for_polls(page)
    assert faults(page, wardrobe, CONTENT) == {}


def test_refused_evacuation_is_accessible_and_fits(fake_cloud, visit, wardrobe: Wardrobe):
    evacuation_with_all_warnings(fake_cloud)
    page = visit(f"{HOSTS}compute-05/evacuate/")
    page.get_by_role("button", name="Evacuate", exact=True).click()
    expect(page.locator(".has-error").first).to_be_visible()
    assert faults(page, wardrobe, CONTENT) == {}


OBSERVE = """() => {
    window.shifts = [];
    new PerformanceObserver(list => window.shifts.push(...list.getEntries().map(({ value, sources }) => (
        [value, ...sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? "")]
    )))).observe({ type: "layout-shift" });
}"""


# The height of the figures with each text.
HEIGHTS = """(figures, texts) => Object.fromEntries(texts.map(text => {
    figures.textContent = text;
    return [text, figures.getBoundingClientRect().height];
}))"""


def figures_of_a_copy() -> list[str]:
    """Return texts of the figures from the first poll to the last: without and with a rate, with long numbers."""
    texts = []
    for total in (4 * 1024, 512 * 1024):
        copied = f"{format_size(int(0.8881 * total) * MIB)} of {format_size(total * MIB)}"
        texts.append(f"0 % · {copied}")
        for rate in (7.3, 117.4, 1017.4):
            texts.append(f"88 % · {copied} · {format_size(int(rate * MIB))}/s")
            texts += [f"{texts[-1]} · {format_time_left(*span)}" for span in ((1, 50), (61, 110), (600, 1200))]
    return texts


def test_figures_of_any_length_leave_the_row_at_its_height(fake_cloud, visit, wardrobe):
    copies(fake_cloud)
    page = visit(BOARD)
    texts = figures_of_a_copy()
    for theme in THEMES:
        wardrobe.put_on(page, theme)
        for width in (1400, 1024, 768, *reversed(WIDTHS)):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            heights = page.locator(".migration-row-figures").first.evaluate(HEIGHTS, texts)
            assert len(set(heights.values())) == 1, (theme, width, heights)


def test_polls_shift_nothing(fake_cloud, visit, wardrobe):
    """The browser's own measure, Layout Instability, for figures that change in every row."""
    names = copies(fake_cloud)
    page = visit(BOARD)
    wardrobe.put_on(page, "default")
    bars = page.get_by_role("progressbar")
    expect(bars).to_have_count(len(names))
    board = page.locator("[data-migration-board]")
    figures = board.locator("tr[data-id]").first
    for number in range(4):
        before = figures.inner_text()
        board.dispatch_event("migration-acted")
        expect(figures).not_to_have_text(before, timeout=POLL_TIMEOUT, use_inner_text=True)
        if number == 0:
            # The first poll brings figures; from here on they only change.
            page.evaluate(OBSERVE)
    # An entry is delivered after the frame that it describes.
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))")
    assert page.evaluate("window.shifts") == []


def test_host_is_drained_by_keyboard_and_the_result_is_announced(fake_cloud, visit):
    host = FakeHost(fake_cloud, 2)
    page = visit(drain_url(HOST))
    summary = page.locator("#migration-drain-summary")
    expect(summary).to_contain_text("2 of 2 instances will be migrated")
    tab_to(page, page.get_by_role("checkbox", name="Migrate vm-001"))
    page.keyboard.press("Space")
    # An element with aria-live announces its change.
    expect(summary).to_have_attribute("aria-live", "polite")
    expect(summary).to_contain_text("1 of 2 instances will be migrated")
    page.keyboard.press("Space")
    expect(summary).to_contain_text("2 of 2 instances will be migrated")
    tab_to(page, page.get_by_label("Reason"))
    page.keyboard.type("kernel patch")
    tab_to(page, page.get_by_role("button", name="Drain host", exact=True))
    page.keyboard.press("Enter")
    page.wait_for_url("**/run/**")
    assert len(host.requested) == 2
    assert host.service["disabled_reason"].endswith("kernel patch")
    expect(headline(page)).to_contain_text("Queued: 2")
    host.finish()
    expect(page.get_by_role("status").filter(has_text="It is safe to reboot")).to_have_count(1, timeout=POLL_TIMEOUT)
    tab_to(page, page.get_by_role("link", name="Return instances", exact=True))
    page.keyboard.press("Enter")
    page.wait_for_url("**/return/**")


def test_dialog_keeps_the_focus_and_returns_it(fake_cloud, visit):
    [name] = copies(fake_cloud, 1)
    page = visit(BOARD)
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    button = page.get_by_role("button", name="Abort", exact=True)
    tab_to(page, button)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=f"Abort: {name}")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Tab")
    expect(dialog.get_by_role("button", name="Abort")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
    assert posts == []
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    with page.expect_request("**/abort/"):
        page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
