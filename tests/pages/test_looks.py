# SPDX-License-Identifier: Apache-2.0
"""Each page and state: accessible, with readable colors and a visible focus, and no wider than the window.

Every scene is loaded once.  Theme and width change without a reload, since a page of Horizon takes more time to load
than all checks together.
"""

from collections.abc import Callable, Iterator

import pytest
from novaclient.client import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, StorageState, expect

from devcloud.seed.cast import LONG_NAME
from tests.browser.conftest import Demo
from tests.support.browser_steps import BOARD, POLL_TIMEOUT, log_in, row
from tests.support.looks import HEIGHT, WIDTHS, Wardrobe, faults
from tests.support.scenes import BOARDS, CONTENT, SCENES, Ids, Scene

LONG_NAMED = (
    Scene("long-name-search", "instances/?q=er", shows=f"text={LONG_NAME}"),
    Scene("long-name-choose", f"instances/{{{LONG_NAME}}}/"),
    Scene("long-name-form", f"{{{LONG_NAME}}}/live/"),
    Scene("long-name-form-cold", f"{{{LONG_NAME}}}/cold-block/"),
    Scene("long-name-several", f"several/?instance={{{LONG_NAME}}}&type=live", shows="[data-several-send]"),
)


class Visitor:
    """A page of each user, which stays open: its scripts and styles are compiled once."""

    def __init__(self, browser: Browser, demo: Demo, sessions: dict[str, StorageState]) -> None:
        self.problems: list[str] = []
        self._browser, self._demo, self._sessions = browser, demo, sessions
        self._pages: dict[str, Page] = {}

    def page(self, user: str) -> Page:
        """Return the page, at the first of the widths."""
        if user not in self._pages:
            session = self._sessions.get(user)
            page = self._browser.new_context(base_url=self._demo.url, storage_state=session).new_page()
            page.on("pageerror", lambda error: self.problems.append(str(error)))
            page.on("console", self._record)
            if not session:
                log_in(page, user, BOARDS[user])
                self._sessions[user] = page.context.storage_state()
            self._pages[user] = page
        self._pages[user].set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
        return self._pages[user]

    def _record(self, line: ConsoleMessage) -> None:
        # Some scenes are errors of a poll.
        if line.type == "error" and not line.text.startswith("Failed to load resource"):
            self.problems.append(line.text)

    def close(self) -> None:
        for page in self._pages.values():
            page.context.close()


@pytest.fixture(scope="module")
def visitor(browser: Browser, demo: Demo, sessions: dict[str, StorageState]) -> Iterator[Visitor]:
    visitor = Visitor(browser, demo, sessions)
    yield visitor
    visitor.close()


@pytest.fixture(scope="module")
def ids(nova_as: Callable[..., Client]) -> Ids:
    return Ids(nova_as("admin"))


@pytest.mark.parametrize("scene", SCENES + LONG_NAMED, ids=lambda scene: scene.name)
def test_scene_is_accessible_and_fits(visitor: Visitor, wardrobe: Wardrobe, ids: Ids, scene: Scene) -> None:
    page = visitor.page(scene.user)
    visitor.problems.clear()
    scene.open(page, ids)
    assert faults(page, wardrobe, scene.content) == {}
    # On Horizon's own pages, Horizon's charts write errors too.
    assert scene.content != CONTENT or visitor.problems == []


def test_long_name_on_the_board_is_accessible_and_fits(visitor, wardrobe, boot, nova_as):
    name = "x" * 100 + "-" + "y" * 150
    server = boot("shared", name=name, sim_converge="never")
    nova_as("admin").servers.live_migrate(server, None, False)
    page = visitor.page("admin")
    page.goto(BOARD)
    expect(row(page, name).get_by_role("progressbar")).to_be_visible(timeout=POLL_TIMEOUT)
    assert faults(page, wardrobe, CONTENT) == {}
