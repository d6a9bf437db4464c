# SPDX-License-Identifier: Apache-2.0
"""Reading changes nothing: no page, by whatever address, makes a request that changes something in OpenStack.

Every page stays open for several poll periods, over a cloud with migrations that run, have failed, wait for a
confirmation and could return, and with a host whose drain is not complete. The clock of the pages moves only when the
test moves it: otherwise the pages that are open already poll while the test opens the others.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import product
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from django.urls import URLPattern
from novaclient import client as novaclient
from novaclient.v2.servers import Server
from playwright.sync_api import Browser, BrowserContext, Page, Request

import migration_panel
from devcloud.dashboard.server import Horizon
from devcloud.layout import Ports
from migration_panel.board.history.forms import HistoryForm
from migration_panel.conf import Config
from migration_panel.scope import ADMIN, PROJECT, Scope
from migration_panel.urls import panel_urls
from tests.browser.conftest import Demo, log_in
from tests.support.embedded_cloud import PASSWORD, eventually, free_ports
from tests.support.recording_relay import Passage, Relays

# In each step, each page polls once: also a board without a migration in progress.
STEP_MS = Config().idle_poll_ms
STEPS = 4

# A host that instances have left, a host with an unfinished drain, a host that is down, a disabled host.
HOSTS = {"left": "compute-01", "drained": "compute-03", "down": "compute-05", "disabled": "compute-06"}
KINDS = ("cold", "live", "cold-block", "live-block")
LONG_AGO = "2010-01-01T00:00:00Z"
NO_ORDER = "eyJob3N0IjoiY29tcHV0ZS0wMSJ9:1abcde:forged"

# The queries that each page accepts, by the name of its URL pattern.  Addresses for POST only are not included.
QUERIES: dict[str, list[dict[str, str]]] = {
    "index": [{}],
    "status": [{}, {"html": "1"}, {"cursor": "nonsense"}, {"instance": "{instance}", "html": "1"}],
    "history": [
        {},
        {"status": "error", "type": "live-migration", "instance": "{instance}", "since": "2020-01-01T00:00"},
        {"host": "compute-01", "project": "0" * 32, "user": "0" * 32, "until": "2030-01-01T00:00"},
        {"marker": "{instance}", "trail": "{instance},{instance}"},
    ],
    "find": [{}, {"q": "mover"}, {"q": "10."}, {"q": "{instance}"}],
    "choose": [{}, {"destination": "compute-02", "failed": "compute-04"}, {"recommended": ""}],
    "several": [
        {},
        {"q": "mover"},
        {"instance": "{instance}", "type": "live", "destination": "compute-02", "reference": "INC-1"},
    ],
    "migration": [{}, {"part": "1", "instance": "{instance}"}],
    "migrate": [{}, {"destination": "compute-02", "failed": "compute-04"}],
    "check": [{}, {"destination": "compute-02", "html": "1"}],
    "hosts": [{}, {"name": "compute", "zone": "az1", "state": "enabled", "sort": "-host"}],
    "evacuate": [{}, {"since": LONG_AGO}],
    "drain": [{}, {"reason": "patch", "block": "1", "cold": "1", "destination": "compute-02", "update": "1"}],
    "return": [{}, {"since": LONG_AGO, "order": NO_ORDER}],
    "run": [
        {},
        {"since": LONG_AGO},
        {"since": LONG_AGO, "order": NO_ORDER, "html": "1"},
        {"action": "retry", "sure": "1"},
        {"action": "resume"},
    ],
}
# Horizon's own pages that show parts of the panel.
OTHERS = {
    ADMIN: ["/admin/instances/{instance}/detail?tab=instance_details__migrations", "/admin/hypervisors/"],
    PROJECT: ["/project/instances/{instance}/?tab=instance_details__migrations"],
}


@dataclass(frozen=True)
class Watched:
    """A Horizon behind which every request to OpenStack is recorded."""

    url: str
    relays: Relays


@dataclass(frozen=True)
class Records:
    """IDs of instances and of their last migrations, by their purpose."""

    instances: dict[str, str]
    migrations: dict[str, str]


@pytest.fixture(scope="module")
def watched(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    base = int(demo.keystone_url.rpartition(":")[2].partition("/")[0])
    with Relays(Ports.from_base(base), Ports.from_base(free_ports())) as relays:
        horizon = Horizon(free_ports(), tmp_path_factory.mktemp("watched"), relays.url)
        horizon.prepare()
        horizon.start()
        try:
            assert horizon.first_login("admin", PASSWORD)
            yield Watched(horizon.url, relays)
        finally:
            horizon.stop()


@pytest.fixture
def records(boot: Callable[..., Server], nova_as: Callable[..., novaclient.Client]) -> Iterator[Records]:
    """A migration of each status, and a host whose drain is not complete."""
    nova = nova_as("admin")
    knobs = {
        "error": {"sim_refuse": "no"},
        "completed": {"sim_seconds": "0"},
        "finished": {"sim_seconds": "0"},
        # This migration is the last: other migrations from the host would wait for it.
        "running": {"sim_converge": "never"},
    }
    boot("shared", project="demo", host=HOSTS["drained"])
    made = {}
    for status, metadata in knobs.items():
        made[status] = server = boot("shared", project="demo", **metadata)
        if status == "finished":
            server.migrate()
        else:
            server.live_migrate("compute-02", False)
        eventually(lambda server=server, status=status: last_migration(nova, server).get("status") == status)
    [service] = nova.services.list(host=HOSTS["drained"], binary="nova-compute")
    began = datetime.now(timezone.utc) - timedelta(minutes=5)
    nova.services.disable_log_reason(service.id, f"Drain started {began:%Y-%m-%d %H:%M:%S} UTC by admin: patch")
    try:
        yield Records(
            {status: server.id for status, server in made.items()},
            {status: last_migration(nova, server)["uuid"] for status, server in made.items()},
        )
    finally:
        nova.services.enable(service.id)
        made["finished"].confirm_resize()
        eventually(lambda: nova.servers.get(made["finished"].id).status == "ACTIVE")


def last_migration(nova: novaclient.Client, server: Server) -> dict[str, str]:
    """Return the last migration of an instance; empty without a migration."""
    found = nova.migrations.list(instance_uuid=server.id)
    return found[0].to_dict() if found else {}


def readable(scope: Scope) -> dict[str, URLPattern]:
    """The patterns that answer GET, by name."""
    return {one.name: one for one in panel_urls(scope) if hasattr(one.callback.view_class, "get")}


def addresses(scope: Scope, records: Records) -> Iterator[str]:
    """Every page of a panel with its first query, and one page of each kind with every other query of the table."""
    values = {
        "instance_id": [records.instances["completed"]],
        "migration_id": list(records.migrations.values()),
        "kind": KINDS,
        "host": HOSTS.values(),
    }
    for name, pattern in readable(scope).items():
        everywhere = list(product(*(values[one] for one in pattern.pattern.converters)))
        first, *others = QUERIES[name]
        for arguments, query in [*product(everywhere, [first]), *product(everywhere[:1], others)]:
            given = {key: value.format(instance=records.instances["running"]) for key, value in query.items()}
            yield scope.url(name, *arguments) + (f"?{urlencode(given)}" if given else "")
    yield from (path.format(instance=records.instances["completed"]) for path in OTHERS[scope])


def orders(passages: list[Passage]) -> list[str]:
    """Return all calls that change something.  Horizon itself lets Keystone check the login."""
    asked = ("GET", "HEAD", "OPTIONS")
    return [
        f"{one.service} {one.method} {one.path}"
        for one in passages
        if one.method not in asked
        if one.path != "/v3/auth/tokens"
    ]


@pytest.mark.parametrize(("user", "scope"), [("admin", ADMIN), ("helpdesk", PROJECT)], ids=["admin", "project"])
def test_open_page_changes_nothing(browser: Browser, watched: Watched, records: Records, user, scope):
    context = browser.new_context(base_url=watched.url)
    log_in(context.new_page(), user, scope.url("index"))
    now = datetime.now(timezone.utc)
    context.clock.install(time=now)
    context.clock.pause_at(now + timedelta(seconds=1))
    traffic = Traffic(context)
    with watched.relays.recording() as passages:
        opened = [open_page(context.new_page(), path) for path in addresses(scope, records)]
        for _ in range(STEPS):
            context.clock.run_for(STEP_MS)
            traffic.wait_for_answers()
        context.close()
    assert traffic.polls_of(scope.url("index")) > 2
    assert orders(passages) == []
    questions = [one for one in passages if one.service == "nova"]
    assert len(questions) > len(opened)
    assert sum(one.path.endswith("/os-migrations") for one in questions) > 10


@dataclass
class Traffic:
    """The requests of all pages of a context."""

    context: BrowserContext
    made: list[Request] = field(default_factory=list)
    unanswered: set[Request] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.context.on("request", self._started)
        self.context.on("requestfinished", self._finished)
        self.context.on("requestfailed", self._finished)

    def _started(self, request: Request) -> None:
        self.made.append(request)
        self.unanswered.add(request)

    def _finished(self, request: Request) -> None:
        self.unanswered.discard(request)

    def wait_for_answers(self) -> None:
        """Wait until no page waits for an answer."""
        page = self.context.pages[0]
        eventually(lambda: page.wait_for_timeout(50) or not self.unanswered, every=0.01)

    def polls_of(self, board: str) -> int:
        """Return how often the page at that path has polled."""
        return sum(
            urlsplit(request.url).path == f"{board}status/" and urlsplit(request.frame.url).path == board
            for request in self.made
        )


def open_page(page: Page, path: str) -> Page:
    answer = page.goto(path)
    assert answer is not None, path
    assert answer.status < 500, (path, answer.status)
    return page


@pytest.mark.parametrize("scope", [ADMIN, PROJECT], ids=["admin", "project"])
def test_every_page_that_can_be_read_is_in_the_table(scope):
    assert readable(scope).keys() <= QUERIES.keys()


def test_every_query_parameter_is_in_the_table():
    tried = {name for queries in QUERIES.values() for query in queries for name in query}
    assert parameters() - tried == set()


def parameters() -> set[str]:
    """The names that our views look up in the address: as written there, and as fields of forms and choices."""
    folder = Path(migration_panel.__file__).parent
    found = set(HistoryForm.base_fields) | {"name", "zone", "state", "sort"}
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and is_query_lookup(node):
                found.add(node.args[0].value)
    return found


def is_query_lookup(call: ast.Call) -> bool:
    """Such as ``request.GET.get("cursor")``, or the same of a variable that holds it."""
    where = call.func
    if not (isinstance(where, ast.Attribute) and where.attr in ("get", "getlist") and call.args):
        return False
    named = isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    return named and ast.unparse(where.value).endswith(".GET")
