# SPDX-License-Identifier: Apache-2.0
"""All roles with all addresses and actions: the panel compared with Nova's own answer to the same token."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from django.test import Client, override_settings
from openstack_auth import policy

from devcloud.layout import PROJECT
from devcloud.rest import Rest
from tests.support.embedded_cloud import PASSWORD, eventually

JSON = {"Accept": "application/json"}
HOST = re.compile(r"compute-0\d")
FORGED = "compute-02"
ROLES = {
    "admin": "admin",
    "helpdesk": "manager",
    "viewer": "member",
    "onlooker": "reader",
    "supporter": "migration_support",
    "nobody": "",
}
SUPPORT = PROJECT / "doc" / "policy"


@dataclass(frozen=True)
class Cell:
    """A request to the panel, and the matching request to Nova; braces stand for IDs."""

    name: str
    path: str
    method: str
    nova: str
    body: Any = None
    # Fields of a POST to the panel; None for a GET.
    form: dict[str, str] | None = None


def form_of(kind: str, body: Any, **fields: str) -> Cell:
    """Return the form for an instance that waits for confirmation: Nova refuses even users that policy allows."""
    name = f"{kind} {fields.get('destination', '')}".strip()
    return Cell(name, f"{{waiting}}/{kind}/", "POST", "/servers/{waiting}/action", body, {"destination": "", **fields})


def act(action: str, method: str, nova: str, body: Any = None) -> Cell:
    """Return an action on a finished migration."""
    return Cell(action, f"{{migration}}/{action}/", method, nova, body, {"instance": "{resting}"})


LIST = "/os-migrations?{own}"
ONE = "/servers/{resting}"
FIGURES = f"{ONE}/migrations/{{number}}"
COLD = {"migrate": None}
LIVE = {"os-migrateLive": {"host": None, "block_migration": False}}
NAMED = {"os-migrateLive": {"host": FORGED, "block_migration": False}}
CONFIRM, REVERT = {"confirmResize": None}, {"revertResize": None}
CELLS = [
    Cell("board", "", "GET", LIST),
    Cell("status", "status/", "GET", LIST),
    Cell("history", "history/", "GET", LIST),
    Cell("detail", "{migration}/?instance={resting}", "GET", LIST),
    Cell("find by ID", "instances/?q={resting}", "GET", ONE),
    Cell("find by name", "instances/?q=mover", "GET", "/servers/detail?{all}"),
    Cell("choose", "instances/{resting}/", "GET", ONE),
    Cell("form", "{resting}/live/", "GET", ONE),
    Cell("check", "{resting}/live/check/", "GET", ONE),
    form_of("cold", COLD),
    form_of("cold-block", COLD),
    form_of("live", LIVE),
    form_of("live-block", LIVE),
    form_of("live", NAMED, destination=FORGED),
    act("abort", "DELETE", FIGURES),
    act("force-complete", "POST", f"{FIGURES}/action", {"force_complete": None}),
    act("confirm", "POST", f"{ONE}/action", CONFIRM),
    act("revert", "POST", f"{ONE}/action", REVERT),
    Cell("confirm instance", "instances/{resting}/confirm/", "POST", f"{ONE}/action", CONFIRM, {}),
    Cell("revert instance", "instances/{resting}/revert/", "POST", f"{ONE}/action", REVERT, {}),
]


@pytest.fixture(scope="module")
def people(cloud):
    """Users of all roles; Nova's and Horizon's policy files hold the documented overrides."""
    keystone = Rest(cloud.auth_url)
    [demo] = [one for one in keystone.get("identity", "/projects")["projects"] if one["name"] == "demo"]
    role = keystone.post("identity", "/roles", {"role": {"name": "migration_support"}})["role"]
    roles = {one["name"]: one["id"] for one in keystone.get("identity", "/roles")["roles"]} | {role["name"]: role["id"]}
    # In another project, so that no instance belongs to this user's project.
    support = keystone.post("identity", "/projects", {"project": {"name": "support", "domain_id": "default"}})[
        "project"
    ]
    for name, granted, project in (("onlooker", "reader", demo), ("supporter", "migration_support", support)):
        user = {"name": name, "password": PASSWORD, "domain_id": "default"}
        made = keystone.post("identity", "/users", {"user": user})["user"]
        keystone.put("identity", f"/projects/{project['id']}/users/{made['id']}/roles/{roles[granted]}")
    target = cloud.state / "etc" / "nova" / "policy.d"
    target.mkdir()
    (target / "support.yaml").write_text((SUPPORT / "nova" / "migration_support.yaml").read_text())
    horizon = SUPPORT / "horizon"
    dirs = {
        "compute": ["nova_policy.d", str(horizon / "nova_policy.d")],
        "image": [str(horizon / "glance_policy.d")],
    }
    with override_settings(POLICY_DIRS=dirs):
        policy.reset()
        yield keystone
    policy.reset()


@pytest.fixture(scope="module")
def names(cloud, people):
    """IDs of an instance whose migration is finished, and of an instance that waits for confirmation."""
    demo = Rest(cloud.auth_url, "helpdesk", "demo")
    found = {one["name"]: one["id"] for one in demo.get("compute", "/servers")["servers"]}
    migrations = demo.get(
        "compute", f"/os-migrations?instance_uuid={found['web-01']}&project_id={demo.token['project']['id']}"
    )
    [migration] = migrations["migrations"]
    return {
        "resting": found["web-01"],
        "waiting": found["dns-1"],
        "migration": migration["uuid"],
        "number": migration["id"],
    }


class Nova:
    """Nova, called with the same token as the panel's."""

    def __init__(self, cloud, client: Client) -> None:
        token = client.session.get("token")
        self._url = cloud.ports.url("nova")
        self._token = token.id if token else ""
        self._project = token.project["id"] if token else ""
        self._answers: dict[str, bool] = {}

    def allows(self, cell: Cell, names: dict[str, Any], *, all_projects: bool) -> bool:
        """Return whether policy allows the request; the state may still refuse it.

        Several cells match the same request, which is sent once.
        """
        own = "limit=1" if all_projects else f"limit=1&project_id={self._project}"
        path = cell.nova.format(own=own, all="all_tenants=1" if all_projects else "", **names)
        request = f"{cell.method} {path} {cell.body}"
        if request not in self._answers:
            self._answers[request] = self._allows(cell, path, names)
        return self._answers[request]

    def _allows(self, cell: Cell, path: str, names: dict[str, Any]) -> bool:
        headers = {"X-Auth-Token": self._token, "OpenStack-API-Version": "compute 2.96"}
        code = requests.request(cell.method, self._url + path, json=cell.body, headers=headers, timeout=30).status_code
        assert code < 500, (cell, code)
        # Nova answers 404 to a user who may not see the instance.
        gone = code == 404 and cell.nova.startswith(ONE) and not self._sees(names["resting"])
        return code not in (401, 403) and not gone

    def _sees(self, instance: str) -> bool:
        headers = {"X-Auth-Token": self._token}
        return requests.get(f"{self._url}/servers/{instance}", headers=headers, timeout=30).status_code == 200


def panel(client: Client, address: str, cell: Cell, names: dict[str, Any]) -> tuple[int, str]:
    path = address + cell.path.format(**names)
    if cell.form is None:
        answer = client.get(path, headers=JSON if cell.name in ("status", "check") else {})
    else:
        form = {name: value.format(**names) for name, value in cell.form.items()}
        answer = client.post(path, form, headers={} if "destination" in form else JSON)
    return answer.status_code, answer.content.decode() + str(dict(answer.items()))


def opened(code: int, client: Client) -> bool:
    """Return whether the panel let the user in: a refusal by state or a form with an error is no lack of rights."""
    signed_in = client.session.get("token") is not None
    return signed_in and code not in (401, 403, 404)


@pytest.fixture
def someone(cloud_client):
    return lambda user: Client() if user == "nobody" else cloud_client(user)


@pytest.mark.parametrize("dashboard", ["project", "admin"])
def test_panel_opens_what_nova_allows_and_nothing_else(cloud, people, names, someone, capsys, dashboard):
    lines, wrong, everywhere = [], [], dashboard == "admin"
    gate = Cell("gate", "", "GET", LIST)
    for user, role in ROLES.items():
        client = someone(user)
        nova = Nova(cloud, client)
        may_list = nova.allows(gate, names, all_projects=everywhere)
        marks = []
        for cell in CELLS:
            code, text = panel(client, f"/{dashboard}/migrations/", cell, names)
            # The whole panel follows the right to list; a named host is refused by the form itself.
            allowed = may_list and nova.allows(cell, names, all_projects=everywhere)
            shows = opened(code, client)
            if "destination" in (cell.form or {}) and cell.form["destination"]:
                shows = shows and "which must not be named" not in text
                shows = shows and "the scheduler chooses the host" not in text
            # The panel in the Project dashboard shows only the project, whatever else the user may see.
            foreign = dashboard == "project" and user in ("admin", "supporter") and "{" in cell.path
            if shows != allowed and not foreign:
                wrong.append((dashboard, user, cell.name, code, "Nova allows" if allowed else "Nova refuses"))
            seen = set(HOST.findall(text)) - {FORGED if cell.form and cell.form.get("destination") else ""}
            if seen and user != "admin":
                wrong.append((dashboard, user, cell.name, code, f"discloses {seen}"))
            marks.append(f"{'+' if shows else '-'}{code}")
        lines.append(f"{user:10} {role:18}" + " ".join(f"{mark:>5}" for mark in marks))
    with capsys.disabled():
        head = f"/{dashboard}/migrations/: {', '.join(cell.name for cell in CELLS)}"
        sys.stdout.write("\n".join(["", head, *lines, ""]))
    assert wrong == []


# Calls that administrators may make and the role for all projects may not.
NO_MORE = [
    ("GET", "/os-services", None),
    ("GET", "/os-hypervisors", None),
    ("GET", "/os-aggregates", None),
    ("POST", f"{ONE}/action", {"os-resetState": {"state": "active"}}),
    ("POST", f"{ONE}/action", {"os-stop": None}),
    ("POST", f"{ONE}/action", {"reboot": {"type": "SOFT"}}),
    ("POST", f"{ONE}/action", {"lock": None}),
    ("POST", f"{ONE}/action", {"createImage": {"name": "x"}}),
    ("POST", f"{ONE}/action", {"resize": {"flavorRef": "1"}}),
    ("POST", f"{ONE}/action", {"evacuate": {}}),
    ("POST", f"{ONE}/action", {"migrate": {"host": FORGED}}),
    ("POST", f"{ONE}/action", NAMED),
    ("PUT", ONE, {"server": {"name": "x"}}),
    ("DELETE", ONE, None),
]


def test_role_for_all_projects_has_no_other_rights(cloud, people, names, cloud_client):
    nova = Nova(cloud, cloud_client("supporter"))
    cells = [Cell(path, "", method, path, body) for method, path, body in NO_MORE]
    assert [cell for cell in cells if nova.allows(cell, names, all_projects=True)] == []


@pytest.fixture
def no_longer(cloud, people):
    """Remove the rights of the role in Nova, which Horizon does not notice."""
    file = cloud.state / "etc" / "nova" / "policy.d" / "support.yaml"
    granted = file.read_text()
    yield lambda: file.write_text(granted.replace("role:migration_support", "role:of_nobody"))
    file.write_text(granted)


def test_rights_removed_while_the_page_is_open_are_refused(no_longer, names, cloud_client):
    board, client = "/admin/migrations/", cloud_client("supporter")
    assert client.get(f"{board}status/").status_code == 200
    no_longer()
    act_on = {"instance": names["resting"]}
    answers = [
        eventually(lambda: refused(client.get(f"{board}status/"))),
        client.post(f"{board}{names['migration']}/abort/", act_on, headers=JSON),
        client.post(f"{board}{names['waiting']}/live/", {"destination": ""}),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 404]
    assert answers[1].json()["error"].startswith("Your role does not permit this action.")
    assert not any(HOST.search(answer.content.decode()) for answer in answers)


def refused(answer):
    """Return a refusal; None for a success: polls share an answer for a moment."""
    return answer if answer.status_code != 200 else None
