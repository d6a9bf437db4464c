# SPDX-License-Identifier: Apache-2.0
"""Each answer of a drain or a return builds only what it sends."""

from collections.abc import Iterator

import pytest

from migration_panel.hosts.drain import presenter, run_views, views
from tests.support.fake_host import FakeHost
from tests.support.host_records import REASON
from tests.support.user_requests import binding_of

HOSTS = "/admin/migrations/hosts/compute-01"
DRAIN, RETURN, RUN = f"{HOSTS}/drain/", f"{HOSTS}/return/", f"{HOSTS}/run/"
JSON = {"accept": "application/json"}
HTML = {"accept": "text/html,application/xhtml+xml"}
# What only the HTML of a run shows.
PARTS_OF_PAGE = ("available_actions", "groups", "may", "remaining_time", "warnings")
# What only the plan of a drain or of a return shows.
PARTS_OF_PLAN = ("names_of", "plan_context", "plan_of", "read_drain", "return_context")


@pytest.fixture
def host(fake_cloud) -> FakeHost:
    """Return a host whose drain is in progress."""
    host = FakeHost(fake_cloud, 2)
    host.service |= {"status": "disabled", "disabled_reason": REASON}
    return host


@pytest.fixture
def calls(monkeypatch) -> Iterator[list[str]]:
    """Record the calls of the functions that build a page."""
    recorded: list[str] = []

    def recording(name, function):
        def wrapped(*args, **kwargs):
            recorded.append(name)
            return function(*args, **kwargs)

        return wrapped

    for modules, names in (((presenter, run_views), PARTS_OF_PAGE), ((views,), PARTS_OF_PLAN)):
        for module in modules:
            for name in names:
                if hasattr(module, name):
                    monkeypatch.setattr(module, name, recording(name, getattr(module, name)))
    return recorded


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", RUN), ("post", RUN), ("post", DRAIN), ("post", RETURN)],
    ids=["run-get", "run-post", "drain-post", "return-post"],
)
def test_json_without_html_builds_no_part_of_the_page(admin_client, host, calls, method, path):
    answer = getattr(admin_client, method)(path, headers=JSON)
    assert answer.status_code in (200, 202)
    assert "html" not in answer.json()
    assert calls == []


def test_json_with_html_builds_each_part_of_the_page_once(admin_client, host, calls):
    answer = admin_client.get(RUN, {"html": "1"}, headers=JSON)
    assert "data-headline" in answer.json()["html"]
    assert sorted(calls) == sorted(PARTS_OF_PAGE)


@pytest.mark.parametrize("path", [DRAIN, RETURN], ids=["drain", "return"])
def test_redirect_builds_no_plan(admin_client, host, calls, path):
    answer = admin_client.post(path, {"binding": binding_of(admin_client)}, headers=HTML)
    assert answer.status_code == 302
    assert calls == []


def test_update_builds_the_plan(admin_client, host, calls):
    fields = {"update": "1", "binding": binding_of(admin_client)}
    assert admin_client.post(DRAIN, fields, headers=HTML).status_code == 200
    assert {"plan_context", "plan_of", "read_drain"} <= set(calls)
