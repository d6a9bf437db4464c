# SPDX-License-Identifier: Apache-2.0
"""A cache that holds values of another program or version: each of these values counts as missing."""

import pytest

from migration_panel import cache
from migration_panel.api.evacuated import evacuated_hosts
from migration_panel.api.models import Migration
from migration_panel.board.cache import pending_actions, stored_instances, stored_reasons
from migration_panel.board.lists import Query, stored_open_migrations
from migration_panel.cache import Shelf
from migration_panel.hosts.drain import claims
from migration_panel.hosts.drain.drain_state import drain_of
from migration_panel.hosts.drain.lookups import names_of
from migration_panel.hosts.drain.run import Outcome, Step
from tests.support.host_records import HOST, NOW, ORDER, START, move, server, uuid_of
from tests.support.nova_answers import INSTANCE, LISTED, listed
from tests.support.nova_answers import server as nova_server
from tests.support.user_requests import nova_of

ODD = [
    5,
    "text",
    b"bytes",
    (1,),
    ("text", 1e300),
    ("text", "text", "text"),
    (1e300, {"compute-01": 5}),
    [1],
    [{"text": 1}],
    {5: "text"},
    {"text": 1},
    {"text": (1, 2, 3)},
]
STEP = Step(uuid_of("web"), Outcome.TODO, server=server(), migration=move(status="failed"))


@pytest.fixture(params=ODD, ids=repr)
def odd_cache(request, monkeypatch):
    """Let every entry and every item of the cache have the same odd value."""
    monkeypatch.setattr(cache, "get", lambda name, default=None: request.param)
    monkeypatch.setattr(Shelf, "get", lambda self, items: dict.fromkeys(items, request.param))


@pytest.mark.usefixtures("odd_cache")
def test_odd_claims_and_refusals_of_a_drain_count_as_missing(fake_cloud):
    nova = nova_of(fake_cloud)
    assert claims.claim(nova, HOST, [STEP]) == [STEP]
    assert claims.refusals(nova, HOST) == {}
    assert claims.stored_return(nova, HOST) is None
    assert claims.verdicts(nova, HOST, [STEP.migration]) == {}
    assert STEP.instance_id not in claims.pending(nova, HOST)


@pytest.mark.usefixtures("odd_cache")
async def test_odd_names_of_a_run_count_as_missing(fake_cloud):
    run = drain_of(HOST, ORDER, [server(name="web")], (), now=NOW)
    assert await names_of(nova_of(fake_cloud), run) == {server().id: "web"}


@pytest.mark.usefixtures("odd_cache")
def test_odd_list_of_evacuated_hosts_is_read_again(fake_cloud):
    evacuation = {"migration_type": "evacuation", "status": "done", "source_compute": "h1"}
    fake_cloud.on("GET", "/v2.1/os-migrations", json=listed(evacuation))
    fake_cloud.on("GET", f"/v2.1/servers/{INSTANCE}", json=nova_server())
    assert evacuated_hosts(nova_of(fake_cloud)) == {"h1": {INSTANCE}}


@pytest.mark.usefixtures("odd_cache")
async def test_odd_values_of_the_board_count_as_missing(fake_cloud):
    nova, failed = nova_of(fake_cloud), Migration.from_api(LISTED | {"status": "error"})
    assert await stored_open_migrations(nova, Query()) is None
    assert await stored_instances(nova, [failed.instance_id]) == {}
    assert await stored_reasons(nova, [failed]) == {}
    assert pending_actions([failed.uuid]) == {}


@pytest.mark.parametrize("slug", ["warp", "confirm", ""])
async def test_pending_action_without_a_text_counts_as_missing(monkeypatch, slug):
    monkeypatch.setattr(Shelf, "get", lambda self, items: dict.fromkeys(items, (slug, START.timestamp())))
    assert pending_actions(["m1"]) == {}


@pytest.mark.parametrize("harm", ["melted", "unharmed"])
async def test_reason_with_an_unknown_state_of_the_instance_counts_as_missing(fake_cloud, monkeypatch, harm):
    fields = ("copying", "", None, False, harm, False, None, False, "")
    monkeypatch.setattr(Shelf, "get", lambda self, items: dict.fromkeys(items, fields))
    failed = Migration.from_api(LISTED | {"status": "error"})
    assert await stored_reasons(nova_of(fake_cloud), [failed]) == {}
