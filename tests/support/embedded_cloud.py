# SPDX-License-Identifier: Apache-2.0
"""Helpers of the tests with the embedded cloud, with or without a browser."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from keystoneauth1 import session
from keystoneauth1.identity import v3
from novaclient import API_MAX_VERSION
from novaclient import client as novaclient

from devcloud.layout import REGION_TWO_SERVICES, REGIONS, SERVICES, Ports

PASSWORD = "secret"
# Between two attempts, s.
FIRST_PAUSE, LAST_PAUSE = 0.2, 1.0
PROJECTS = {"admin": "admin", "helpdesk": "demo", "viewer": "demo"}

# Options of clouds. Clouds with the same options share prepared databases, so all suites use these.
# Two cells, and a second region that has a cell of its own: each of the three is a place with a few instances.
PLACES: dict[str, Any] = {"computes": 4, "data": "few", "cells": 2, "regions": 2}
# No instances.
BARE: dict[str, Any] = {"computes": 4, "data": "bare", "live_migrations": 2}

T = TypeVar("T")


def free_ports() -> int:
    """Return the first of ten free ports in a row, which no other call returns until this process ends."""
    return Ports.free(SERVICES + REGION_TWO_SERVICES).numbers[SERVICES[0]]


def nova_client(
    auth_url: str, user: str = "admin", project: str | None = None, region: str = REGIONS[0]
) -> novaclient.Client:
    """Return a novaclient of the demo's user, with the newest microversion that novaclient supports."""
    login = _session(auth_url, user, project or PROJECTS[user])
    return novaclient.Client(API_MAX_VERSION, session=login, region_name=region)


@cache
def _session(auth_url: str, user: str, project: str) -> session.Session:
    """Log in once: the services check each new token, which costs them more than most requests of a test."""
    auth = v3.Password(
        auth_url=auth_url,
        username=user,
        password=PASSWORD,
        project_name=project,
        user_domain_name="Default",
        project_domain_name="Default",
    )
    return session.Session(auth=auth)


def eventually(condition: Callable[[], T], within: float = 120, every: float | None = None) -> T:
    """Return the first true result of the condition.  Raise AssertionError after ``within`` seconds.

    ``every``: time between two attempts, s.  By default, this time grows: a request for an instance takes Nova 62 ms of
    processor time, and four of them a second would slow down what the test waits for.  The limit is for a busy machine.
    """
    end = time.monotonic() + within
    pause = every or FIRST_PAUSE
    while not (result := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not true within {within} s; the last result was {result!r}")
        time.sleep(pause)
        pause = every or min(LAST_PAUSE, 1.5 * pause)
    return result
