# SPDX-License-Identifier: Apache-2.0
"""The requested types that a drain or a return stores for the page of a migration."""

from dataclasses import replace

import pytest

from migration_panel.hosts.drain.methods import MoveMethod
from migration_panel.hosts.drain.run import Direction, DrainRun, Outcome, Step
from migration_panel.hosts.drain.submit import submit
from migration_panel.migrate.sent import SentRequest, sent_request
from migration_panel.migration_types import COLD, COLD_BLOCK, LIVE, LIVE_BLOCK
from tests.support.host_records import HOST, ORDER, START, move, server
from tests.support.nova_answers import fault
from tests.support.user_requests import nova_of, request_of

REQUEST_ID = "req-0a7f6c1e-4f9b-4f9b-9bd6-1d2c3b4a5f60"
ACTION = "/v2.1/servers/*/action"
WEB = server()


def run_of(direction, *, block=False):
    order = replace(ORDER, block=block) if direction is Direction.DRAIN else None
    return DrainRun(HOST, direction, START, (), order=order)


def step_of(kind, **fields):
    return Step(WEB.id, Outcome.TODO, server=WEB, method=MoveMethod(kind), **fields)


async def stored_after(cloud, run, step):
    """Return what is stored for the request of one step."""
    await submit(nova_of(cloud), run, [step])
    return sent_request(request_of(cloud, "admin"), WEB.id, REQUEST_ID)


@pytest.fixture
def cloud(fake_cloud):
    fake_cloud.on("POST", ACTION, status=202, headers={"X-Openstack-Request-Id": REQUEST_ID})
    return fake_cloud


@pytest.mark.parametrize(
    ("direction", "block", "kind", "stored"),
    [
        (Direction.DRAIN, False, LIVE, "live"),
        # Nova's driver decides whether the disk is copied.
        (Direction.DRAIN, True, LIVE, None),
        (Direction.DRAIN, True, LIVE_BLOCK, None),
        (Direction.DRAIN, False, COLD, "cold"),
        # Nova receives the same request for both cold types.
        (Direction.DRAIN, False, COLD_BLOCK, "cold"),
        (Direction.RETURN, False, LIVE, None),
        (Direction.RETURN, False, COLD, "cold"),
    ],
    ids=["live", "live with disks", "live block", "cold", "cold block", "return live", "return cold"],
)
async def test_type_is_stored_if_the_request_shows_it(cloud, direction, block, kind, stored):
    found = await stored_after(cloud, run_of(direction, block=block), step_of(kind))
    assert found == (SentRequest(stored) if stored else None)
    [call] = cloud.made("POST", ACTION)
    assert ("os-migrateLive" in call.body) is kind.live


async def test_revert_of_a_return_is_no_migration(cloud):
    unconfirmed = step_of(COLD, migration=move(status="finished"), revert=True)
    assert await stored_after(cloud, run_of(Direction.RETURN), unconfirmed) is None
    [call] = cloud.made("POST", ACTION)
    assert call.body == {"revertResize": None}


async def test_refused_migration_is_not_stored(cloud):
    cloud.on("POST", ACTION, status=409, json=fault("conflictingRequest", 409, "No."))
    assert await stored_after(cloud, run_of(Direction.DRAIN), step_of(LIVE)) is None


async def test_request_without_an_id_is_not_stored(cloud):
    cloud.on("POST", ACTION, status=202)
    assert await stored_after(cloud, run_of(Direction.DRAIN), step_of(LIVE)) is None
