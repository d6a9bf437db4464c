# SPDX-License-Identifier: Apache-2.0
"""Faults, steps and limits of the fault tests."""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from novaclient import client as novaclient
from playwright.sync_api import Page

from benchmarks.stage import Visitor
from devcloud import Cloud
from migration_panel.conf import Config
from tests.support.embedded_cloud import PASSWORD

BOARD = "/admin/migrations/"
STATUS = f"{BOARD}status/"
# Maximum duration of a request, s: two timeouts for Nova, one after the other, and the time for Horizon itself.
LONGEST = 2 * Config().timeout + 5
# Maximum time from the end of a fault to a current page, ms.
RECOVERY_MS = 10_000

# How a page says whether it is current.
CURRENT = re.compile(r"^Updated \d")
STALE = re.compile(r"^Not updated since \d")


@contextmanager
def stopped_process(cloud: Cloud, service: str) -> Iterator[None]:
    """Stop the process of a service; its connections stay open.  Continue it afterwards."""
    pid = int((cloud.state / f"{service}.pid").read_text())
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def killed_service(cloud: Cloud, service: str) -> Iterator[None]:
    """Kill a service, so that no process listens.  Start it again afterwards, and wait for its answer."""
    cloud.kill(service)
    try:
        yield
    finally:
        cloud.revive(service)


@contextmanager
def forced_down(cloud: Cloud, nova: novaclient.Client, host: str) -> Iterator[None]:
    """Force the host down in Nova, and up again afterwards, as after a restart of nova-compute.

    Nova refuses to unset forced down before that restart, which completes the records of evacuations.
    """
    [service] = nova.services.list(host=host, binary="nova-compute")
    nova.services.force_down(service.id, True)
    try:
        yield
    finally:
        with cloud.nova_database() as database:
            database.execute(
                "UPDATE migrations SET status = 'completed'"
                " WHERE migration_type = 'evacuation' AND status = 'done' AND source_compute = ?",
                (host,),
            )
        nova.services.force_down(service.id, False)


def log_in(page: Page, user: str = "admin") -> None:
    page.get_by_label("User Name").fill(user)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign In").click()


def open_page(visitor: Visitor, path: str, **fields: str) -> requests.Response:
    """Open a page, or submit a form if there are fields.  Fail if the answer takes longer than LONGEST."""
    headers = {"Referer": visitor.horizon + path, "Connection": "close"}
    address = visitor.horizon + path
    started = time.monotonic()
    if fields:
        fields["csrfmiddlewaretoken"] = visitor.session.cookies["csrftoken"]
        answer = visitor.session.post(address, fields, headers=headers, timeout=60, allow_redirects=False)
    else:
        answer = visitor.session.get(address, headers=headers, timeout=60, allow_redirects=False)
    assert time.monotonic() - started < LONGEST, path
    return answer
