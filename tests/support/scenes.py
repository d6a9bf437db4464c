# SPDX-License-Identifier: Apache-2.0
"""Every page and state of the panel that the demo's data show by themselves: nothing is migrated to reach a scene."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from novaclient.client import Client
from playwright.sync_api import Page, expect

from tests.support.browser_steps import BOARD, POLL_TIMEOUT, PROJECT_BOARD, destination, row

BOARDS = {"admin": BOARD, "helpdesk": PROJECT_BOARD}
UNKNOWN = "00000000-0000-4000-8000-000000000000"
# The content of a page without Horizon's header, menu and messages.
CONTENT = "#content_body"
# A part of the panel on a page of Horizon's.
PART = ".migration-panel"
TAB = "?tab=instance_details__migrations"
# The title of Horizon's page of an instance, which is no heading.
TITLE = ".h1"

Act = Callable[[Page], None]


def nothing(page: Page) -> None:
    """Leave the page as it was loaded."""


def wait_for_polls(page: Page) -> None:
    """Wait until each list of the page says when it was updated, or why it was not."""
    for line in page.locator("[data-currency]").all():
        # As a reader sees it: the text for browsers without scripts is there from the start.
        expect(line).to_have_text(re.compile(r"\w"), use_inner_text=True, timeout=POLL_TIMEOUT)


@dataclass(frozen=True)
class Scene:
    """A page in a state.

    ``path`` is below the user's board, and may name an instance or its last migration: "{wiki}/live/" or
    "{migration of ledger}/".  ``act`` brings the state about; ``shows``: what is visible then; ``content``: what the
    panel is responsible for; ``status``: of the answer, None for any.
    """

    name: str
    path: str = ""
    user: str = "admin"
    act: Act = nothing
    shows: str = "h1"
    content: str = CONTENT
    heading: str = "h1"
    status: int | None = 200

    def address(self, ids: Mapping[str, str]) -> str:
        path = self.path.format_map(ids)
        return path if path.startswith("/") else f"{BOARDS.get(self.user, BOARD)}{path}"

    def open(self, page: Page, ids: Mapping[str, str]) -> None:
        """Show the scene, complete with what scripts load."""
        page.unroute_all()
        answer = page.goto(self.address(ids))
        if answer and self.status:
            assert answer.status == self.status, f"{self.name}: status {answer.status}"
        expect(page.locator(self.heading).first).to_be_visible()
        wait_for_polls(page)
        self.act(page)
        expect(page.locator(self.shows).locator("visible=true").first).to_be_visible(timeout=POLL_TIMEOUT)


class Ids(Mapping[str, str]):
    """IDs by the name of the instance; "migration of NAME" is the ID of its last migration."""

    def __init__(self, nova: Client) -> None:
        self._nova = nova

    @cached_property
    def _instances(self) -> dict[str, str]:
        listed = self._nova.servers.list(detailed=False, search_opts={"all_tenants": True})
        return {server.name: server.id for server in listed}

    @cached_property
    def _migrations(self) -> dict[str, str]:
        # Nova lists the newest first, and the last value of a key stays.
        return {migration.instance_uuid: migration.uuid for migration in reversed(self._nova.migrations.list())}

    def __getitem__(self, key: str) -> str:
        name = key.removeprefix("migration of ")
        instance = self._instances[name]
        return instance if name == key else self._migrations[instance]

    def __iter__(self):
        return iter(self._instances)

    def __len__(self) -> int:
        return len(self._instances)

    def forget(self) -> None:
        """Read the lists again: instances or migrations were added."""
        for name in ("_instances", "_migrations"):
            self.__dict__.pop(name, None)


def poll_now(page: Page) -> None:
    page.locator("[data-migration-board]").dispatch_event("migration-acted")


def lose_network(page: Page) -> None:
    page.route("**/status/**", lambda route: route.abort())
    poll_now(page)


def answer_polls(status: int, body: str = "{}") -> Act:
    """Let Horizon answer the next poll with a status."""

    def act(page: Page) -> None:
        page.route(
            "**/status/**", lambda route: route.fulfill(status=status, body=body, content_type="application/json")
        )
        poll_now(page)

    return act


def question(page: Page) -> None:
    row(page, "dns-1").get_by_role("button", name="Confirm", exact=True).click()


def selection(page: Page) -> None:
    page.get_by_role("checkbox", name="Select dns-1").check()


def open_list(page: Page) -> None:
    destination(page).click()


def refuse(page: Page) -> None:
    """Send a destination that the form does not offer, as an old page or a script may."""
    page.evaluate("""() => {
        const form = document.querySelector("form[data-migration-form]");
        const sent = Object.assign(document.createElement("input"), { name: "destination", value: "compute-99" });
        form.querySelectorAll("[name=destination]").forEach(field => field.removeAttribute("name"));
        form.append(Object.assign(sent, { type: "hidden" }));
        HTMLFormElement.prototype.submit.call(form);
    }""")


def open_modal(page: Page) -> None:
    page.locator(".migration-starts").get_by_role("link", name="Live", exact=True).click()


def submit_empty(page: Page) -> None:
    page.get_by_role("button", name="Evacuate", exact=True).click()


SCENES = (
    Scene("board"),
    Scene("board-selection", act=selection, shows="[data-selected]"),
    Scene("board-question", act=question, shows="dialog"),
    Scene("board-stale", act=lose_network, shows="[data-currency].text-danger"),
    Scene("board-failed-poll", act=answer_polls(503, '{"error": "Nova is not available."}'), shows=".text-danger"),
    Scene("board-signed-out", act=answer_polls(401), shows="[data-signed-out]"),
    Scene("board-outdated", act=answer_polls(409), shows="[data-outdated]"),
    Scene("board-project", user="helpdesk"),
    Scene("search", "instances/"),
    Scene("search-results", "instances/?q=er", shows=".migration-pick"),
    Scene("search-no-result", "instances/?q=nothing-like-this"),
    Scene("search-project", "instances/?q=web", user="helpdesk", shows=".migration-pick"),
    Scene("choose", "instances/{web-03}/", shows=".migration-card"),
    Scene("choose-shut-off", "instances/{old-intranet}/", shows=".migration-card"),
    Scene("choose-suspended", "instances/{nightly-batch}/", shows=".migration-card"),
    Scene("choose-project", "instances/{web-03}/", user="helpdesk", shows=".migration-card"),
    Scene("form-cold", "{web-03}/cold/"),
    Scene("form-live", "{web-03}/live/"),
    Scene("form-cold-block", "{cache-1}/cold-block/"),
    Scene("form-live-block", "{cache-1}/live-block/"),
    Scene("form-list-of-hosts", "{cache-1}/live-block/", act=open_list, shows="[role=listbox]"),
    Scene("form-blocked", "{nightly-batch}/live/", shows="[data-blocked]"),
    Scene("form-refused", "{web-03}/live/", act=refuse, shows="[role=alert]"),
    Scene("form-project", "{web-03}/live/", user="helpdesk"),
    Scene("several", "several/?instance={web-02}"),
    Scene(
        "several-checked",
        "several/?instance={web-02}&instance={cache-1}&instance={nightly-batch}&type=live-block",
        shows="[data-several-send]",
    ),
    Scene("several-search", "several/?instance={web-02}&q=er", shows="legend"),
    Scene("migration-finished", "{migration of web-01}/?instance={web-01}"),
    Scene("migration-failed", "{migration of ledger}/?instance={ledger}"),
    Scene("migration-waiting", "{migration of dns-1}/?instance={dns-1}"),
    Scene("migration-project", "{migration of gpu-legacy}/?instance={gpu-legacy}", user="helpdesk"),
    Scene("history", "history/"),
    Scene("history-no-match", f"history/?instance={UNKNOWN}"),
    Scene("history-refused", "history/?instance=nonsense&since=nonsense", shows="[role=alert]"),
    Scene("history-project", "history/", user="helpdesk"),
    Scene("hosts", "hosts/"),
    Scene("hosts-no-match", "hosts/?name=nothing-like-this"),
    Scene("hosts-tab", "/admin/hypervisors/?tab=hypervisor_info__maintenance", content=PART, shows=PART),
    Scene("drain", "hosts/compute-02/drain/"),
    Scene("drain-disabled", "hosts/compute-06/drain/"),
    Scene("drain-down", "hosts/compute-05/drain/"),
    Scene("drain-none", "hosts/compute-02/run/"),
    Scene("return", "hosts/compute-06/return/"),
    Scene("evacuate", "hosts/compute-05/evacuate/"),
    Scene("evacuate-up", "hosts/compute-02/evacuate/"),
    Scene("instance-tab", f"/admin/instances/{{web-01}}/detail{TAB}", content=PART, shows=PART, heading=TITLE),
    Scene(
        "instance-tab-project",
        f"/project/instances/{{web-01}}/{TAB}",
        user="helpdesk",
        content=PART,
        shows=PART,
        heading=TITLE,
    ),
    Scene(
        "instance-form",
        f"/admin/instances/{{cache-1}}/detail{TAB}",
        act=open_modal,
        content="#migration_form",
        heading=TITLE,
        shows="#migration_modal .migration-card",
    ),
)

# Only before a test evacuates the instance of the host that is down.
SCENES_OF_A_NEW_DEMO = (Scene("evacuate-refused", "hosts/compute-05/evacuate/", act=submit_empty, shows=".has-error"),)
