# SPDX-License-Identifier: Apache-2.0
"""Each page and each answer to a script arrives in time, however a service hangs."""

import time

import pytest

from benchmarks.stage import Visitor
from migration_panel.conf import Config
from tests.chaos.test_services import pages
from tests.support.fault_steps import BOARD, STATUS
from tests.support.recording_relay import Fault

# The panel's own limit, and the time for Horizon's frame on a busy machine, s.
LIMIT = Config().timeout + 2
FRAME = 3
FOREVER = 60

HANGS = {
    "takes requests and never answers": Fault(delay=FOREVER),
    "sends one byte in half a second": Fault(drip=0.5),
}
JSON = "application/json"


def seconds(visitor: Visitor, path: str) -> float:
    began = time.monotonic()
    answer = visitor.session.get(visitor.horizon + path, headers={"Connection": "close"}, timeout=FOREVER)
    assert answer.status_code != 500, path
    return time.monotonic() - began


@pytest.mark.parametrize("hang", HANGS)
@pytest.mark.parametrize("service", ["nova", "placement"])
@pytest.mark.fault("{service} {hang}", "every page within TIMEOUT + 2 s and the time of Horizon's frame")
def test_no_page_waits_longer_than_its_limit(on, visitor, boot, service, hang):
    server = boot()
    with on.relays.failing(service, HANGS[hang]):
        late = {path: seconds(visitor, path) for path in [*pages(server.id), f"{BOARD}hosts/compute-01/drain/"]}
    assert {path: spent for path, spent in late.items() if spent > LIMIT + FRAME} == {}


@pytest.mark.fault("one instance's figures and names hang, 40 rows", "the board and its poll within TIMEOUT + 2 s")
def test_board_with_hanging_details_answers_in_time(on, visitor):
    def of_one_instance(method: str, path: str) -> Fault | None:
        return Fault(delay=FOREVER) if "/servers/" in path and not path.startswith("/v2.1/servers/detail") else None

    with on.relays.failing("nova", of_one_instance):
        late = {path: seconds(visitor, path) for path in (BOARD, STATUS)}
    assert {path: spent for path, spent in late.items() if spent > LIMIT + FRAME} == {}
