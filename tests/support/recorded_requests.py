# SPDX-License-Identifier: Apache-2.0
"""Record which functions of the package run for one request of each kind, over the fake cloud.

Each request follows the page that leads to it, so that modules are imported and names are in the cache.
"""

import asyncio
import inspect
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.test import AsyncClient, Client, override_settings

from tests.support.fake_cloud import COMPUTE, Call, running_fake_cloud
from tests.support.fake_host import FakeHost
from tests.support.login import make_token, put_in_session, service_catalog
from tests.support.nova_answers import COPYING, LISTED, action, actions, candidates, ports
from tests.support.user_requests import binding_of

BOARD = "/admin/migrations/"
DRAIN = f"{BOARD}hosts/compute-01/drain/"
RUN = f"{BOARD}hosts/compute-01/run/"
JSON = {"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"}


class Function(NamedTuple):
    """A function of the package; the file is relative to the package."""

    file: str
    name: str
    line: int


class Recorder:
    """The functions of a package that run, in this thread and in all threads that start within the context.

    Comprehensions and lambdas count as parts of the function around them.
    """

    def __init__(self, folder: Path) -> None:
        self._prefix = f"{folder}{os.sep}"
        self._codes: set[CodeType] | None = None

    def __enter__(self) -> "Recorder":
        threading.setprofile(self._profile)
        sys.setprofile(self._profile)
        return self

    def __exit__(self, *error: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    def record(self, send: Callable[[], HttpResponse], status: int) -> set[Function]:
        """Return the functions that run during ``send``. Raise RuntimeError if it returns another status."""
        self._codes = codes = set()
        try:
            response = send()
        finally:
            self._codes = None
        if response.status_code != status:
            raise RuntimeError(f"{response.status_code} instead of {status}: {response.content.decode()}")
        return {self._function(code) for code in tuple(codes) if self._is_counted(code)}

    def _profile(self, frame: FrameType, event: str, argument: object) -> None:
        codes = self._codes
        if codes is not None and event == "call":
            codes.add(frame.f_code)

    def _is_counted(self, code: CodeType) -> bool:
        # Only the code of functions has this flag: the bodies of modules and classes do not.
        is_function = code.co_flags & inspect.CO_OPTIMIZED and not code.co_name.startswith("<")
        return bool(is_function) and code.co_filename.startswith(self._prefix)

    def _function(self, code: CodeType) -> Function:
        return Function(code.co_filename.removeprefix(self._prefix), code.co_name, code.co_firstlineno)


def record_requests(recorder: Recorder) -> dict[str, set[Function]]:
    """Return the functions that run for each request of an administrator."""
    with _administrator() as user:
        return {
            "board page": _record_board(recorder, user),
            "poll": _record_poll(recorder, user),
            "live submit": _record_submit(recorder, user),
            "check": _record_check(recorder, user),
            "drain POST": _record_drain(recorder, user),
            "run JSON": _record_run(recorder, user),
            "abort": _record_abort(recorder, user),
        }


class _User:
    """An administrator who is logged in with a page and with its scripts."""

    def __init__(self, host: FakeHost) -> None:
        cloud = host.cloud
        services = service_catalog(
            nova=cloud.nova_url, keystone=cloud.keystone_url, neutron=cloud.neutron_url, placement=cloud.placement_url
        )
        token = make_token(services, roles=("admin", "manager", "member", "reader"))
        self.host = host
        self.page, self.scripts = Client(), AsyncClient()
        for client in (self.page, self.scripts):
            put_in_session(client, token, cloud.keystone_url)
        self.binding = binding_of(self.page)

    def fetch(self, address: str, **fields: str) -> HttpResponse:
        """Send a script's GET to an async view."""
        data = {**fields, "binding": self.binding, "html": "1"}
        return asyncio.run(self.scripts.get(address, data, headers=JSON))

    def post(self, address: str, headers: dict[str, str] | None = None, **fields: str) -> HttpResponse:
        return self.page.post(address, {**fields, "binding": self.binding}, headers=headers)


@contextmanager
def _administrator() -> Iterator[_User]:
    # With the usual value, polls would share answers, and hide the functions that fetch them.
    with running_fake_cloud() as cloud, override_settings(MIGRATION_PANEL={"SHARE": 0.001}):
        host = FakeHost(cloud, 5)
        cloud.on("GET", "/placement/allocation_candidates", json=candidates("compute-02", "compute-010"))
        cloud.on("GET", "/network/v2.0/ports", json=ports("normal"))
        _add_migrations(host)
        yield _User(host)


def _add_migrations(host: FakeHost) -> None:
    """Add a live migration in progress, a migration that waits for confirmation, and a failed migration."""
    states = ({"status": "running"}, {"migration_type": "migration", "status": "finished"}, {"status": "error"})
    created, updated = _nova_time(timedelta(minutes=-5)), _nova_time()
    copied, _finished, failed = list(host.servers)[:3]
    for number, (instance, state) in enumerate(zip(host.servers, states, strict=False), 1):
        own = {"id": number, "uuid": f"00000000-0000-4000-8000-{number:012x}", "instance_uuid": instance}
        host.migrations.append(LISTED | own | state | {"created_at": created, "updated_at": updated})
    progress = COPYING | {name: host.migrations[0][name] for name in ("id", "uuid", "created_at")}
    progress["server_uuid"] = copied

    def next_progress(call: Call) -> dict[str, Any]:
        progress["memory_remaining_bytes"] -= 1
        return {"migrations": [progress | {"updated_at": _nova_time()}]}

    host.cloud.on("GET", f"{COMPUTE}/servers/{copied}/migrations", json=next_progress)
    host.cloud.on("DELETE", f"{COMPUTE}/servers/{copied}/migrations/*", status=202)
    request = {"start_time": created, "updated_at": updated}
    events = action({"start_time": created, "finish_time": updated}, **request)
    host.cloud.on("GET", f"{COMPUTE}/servers/{failed}/os-instance-actions", json=actions(request))
    host.cloud.on("GET", f"{COMPUTE}/servers/{failed}/os-instance-actions/*", json=events)


def _nova_time(shift: timedelta = timedelta()) -> str:
    return f"{datetime.now(timezone.utc) + shift:%Y-%m-%dT%H:%M:%S.%f}"


def _record_board(recorder: Recorder, user: _User) -> set[Function]:
    user.page.get(BOARD)
    return recorder.record(lambda: user.page.get(BOARD), 200)


def _record_poll(recorder: Recorder, user: _User) -> set[Function]:
    """Record a poll that returns new progress of a live migration, and a migration that was confirmed."""
    cursor = ""
    while not cursor:
        cursor = user.fetch(f"{BOARD}status/").json()["cursor"]
    user.host.migrations[1] |= {"status": "confirmed", "updated_at": _nova_time()}
    return recorder.record(lambda: user.fetch(f"{BOARD}status/", cursor=cursor), 200)


def _record_submit(recorder: Recorder, user: _User) -> set[Function]:
    form = f"{BOARD}{list(user.host.servers)[3]}/live/"
    user.page.get(form)
    return recorder.record(lambda: user.post(form, destination="compute-02"), 302)


def _record_check(recorder: Recorder, user: _User) -> set[Function]:
    form = f"{BOARD}{list(user.host.servers)[4]}/live/"
    user.page.get(form)
    return recorder.record(lambda: user.fetch(f"{form}check/", destination="compute-02"), 200)


def _record_drain(recorder: Recorder, user: _User) -> set[Function]:
    user.page.get(DRAIN)
    return recorder.record(lambda: user.post(DRAIN, reason="kernel patch"), 302)


def _record_run(recorder: Recorder, user: _User) -> set[Function]:
    return recorder.record(lambda: user.page.get(RUN, headers=JSON), 200)


def _record_abort(recorder: Recorder, user: _User) -> set[Function]:
    migration = user.host.migrations[0]
    address = f"{BOARD}{migration['uuid']}/abort/"
    return recorder.record(lambda: user.post(address, JSON, instance=migration["instance_uuid"]), 202)
