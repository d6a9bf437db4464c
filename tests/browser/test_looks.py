# SPDX-License-Identifier: Apache-2.0
"""Each page of the panel at the width of a desktop and of a phone, in both of Horizon's themes."""

import re
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from devcloud.layout import ADDRESS
from devcloud.seed.cast import LONG_NAME
from tests.support.browser_steps import BOARD, POLL_TIMEOUT, row

OURS = '[class^="migration-"], form[data-migration-form]'

# Both consider visible elements only: elements for screen readers are a pixel wide on purpose.
OVERFLOWING = """ours => {
    const all = ours.flatMap(one => [...one.querySelectorAll("*")]).filter(one => one.checkVisibility());
    const wider = one => one.getBoundingClientRect().right > one.parentElement.getBoundingClientRect().right + 1;
    return [...new Set(all)]
        .filter(one => !one.closest(".sr-only, option") && wider(one))
        .map(one => one.outerHTML.slice(0, 200));
}"""
INLINE = """ours => {
    const all = ours.flatMap(one => [one, ...one.querySelectorAll("*")]);
    const inline = one => [...one.attributes].some(({ name }) => name === "style" || name.startsWith("on"));
    return [...new Set(all)]
        .filter(one => one.matches("script:not([src]), style") || inline(one))
        .map(one => one.outerHTML.slice(0, 200));
}"""
NAMELESS = re.compile(r"- (?:link|button|textbox|searchbox|combobox|progressbar|checkbox|radio)(?: \[.*\])?:?$", re.M)


@dataclass
class Opened:
    page: Page
    problems: list[str] = field(default_factory=list)

    @property
    def ours(self) -> Locator:
        return self.page.locator(OURS)


@pytest.fixture(scope="module")
def long_named(nova_as) -> str:
    """The ID of the instance whose name has more than 200 characters."""
    assert len(LONG_NAME) > 200
    servers = nova_as("admin").servers.list(search_opts={"all_tenants": True, "name": "quarterly-"})
    return next(server.id for server in servers if server.name == LONG_NAME)


@pytest.fixture(params=["default", "material"])
def theme(request) -> str:
    return request.param


@pytest.fixture(params=[1300, 390], ids=["desk", "phone"])
def opened(page_as, request, theme) -> Opened:
    """A page in the theme and width, which records errors of the browser."""
    found = Opened(page_as("admin", BOARD, viewport=(request.param, 844)))
    context: BrowserContext = found.page.context
    context.add_cookies([{"name": "theme", "value": theme, "domain": ADDRESS, "path": "/"}])
    found.page.on("console", lambda told: found.problems.append(told.text) if told.type == "error" else None)
    return found


def expect_good_looks(opened: Opened, theme: str) -> None:
    page = opened.page
    # Horizon's own list of themes shows which theme is active.
    expect(page.locator(f'[data-theme="{theme}"]')).to_have_class(re.compile("dropdown-selected"))
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert opened.ours.count() > 0
    assert opened.ours.evaluate_all(OVERFLOWING) == []
    assert opened.ours.evaluate_all(INLINE) == []
    for one in opened.ours.all():
        assert NAMELESS.findall(one.aria_snapshot()) == []
    assert opened.problems == []


def test_pages_have_no_layout_faults(opened, theme, long_named):
    page = opened.page
    for path in (
        "",
        f"instances/{long_named}/",
        f"{long_named}/live/",
        f"{long_named}/cold-block/",
        f"several/?instance={long_named}&type=live",
    ):
        page.goto(f"{BOARD}{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect_good_looks(opened, theme)
    # Several instances are found: a single instance would be opened at once.
    page.goto(f"{BOARD}instances/?q=er")
    expect(page.get_by_text(re.compile(r"^\d+ instances found"))).to_be_visible()
    expect(page.get_by_text(LONG_NAME)).to_be_visible()
    expect_good_looks(opened, theme)


def test_long_name_does_not_break_the_layout_of_the_board(opened, theme, boot, nova_as):
    name = "x" * 100 + "-" + "y" * 150
    server = boot("shared", name=name, sim_converge="never")
    nova_as("admin").servers.live_migrate(server, None, False)
    opened.page.goto(BOARD)
    expect(row(opened.page, name).get_by_role("progressbar")).to_be_visible(timeout=POLL_TIMEOUT)
    expect_good_looks(opened, theme)
