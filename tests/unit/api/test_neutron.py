# SPDX-License-Identifier: Apache-2.0
"""The kinds of an instance's ports."""

import pytest

from migration_panel.api.neutron import Neutron
from migration_panel.exceptions import NotAllowed, ServiceUnavailable
from tests.support.nova_answers import INSTANCE, ports
from tests.support.user_requests import request_of

PATH = "/network/v2.0/ports"


def test_port_kinds_makes_one_call(fake_cloud):
    network = Neutron.of(request_of(fake_cloud, "manager"))
    fake_cloud.on("GET", PATH, json=ports("normal", "direct"))
    assert network.port_kinds(INSTANCE) == ("normal", "direct")
    [call] = fake_cloud.calls
    assert call.query["device_id"] == INSTANCE
    assert call.headers["x-auth-token"] == "token-of-alice"


@pytest.mark.parametrize("port", [{"id": "p"}, {"id": "p", "binding:vnic_type": None}], ids=["missing", "null"])
def test_port_without_a_kind_is_normal(fake_cloud, port):
    fake_cloud.on("GET", PATH, json={"ports": [port]})
    assert Neutron.of(request_of(fake_cloud, "manager")).port_kinds(INSTANCE) == ("normal",)


@pytest.mark.parametrize(
    ("answer", "error"),
    [({"status": 403}, NotAllowed), ({"status": 500}, ServiceUnavailable), ({"json": {}}, ServiceUnavailable)],
    ids=["403", "500", "no ports"],
)
def test_errors_are_translated(fake_cloud, answer, error):
    fake_cloud.on("GET", PATH, **answer)
    with pytest.raises(error):
        Neutron.of(request_of(fake_cloud, "manager")).port_kinds(INSTANCE)
