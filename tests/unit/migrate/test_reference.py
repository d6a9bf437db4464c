# SPDX-License-Identifier: Apache-2.0
"""The optional reference of the forms, for example a ticket number: where it is shown, stored and logged."""

import json
import logging
import re
from html import unescape

import pytest
from django.test import Client
from django.test.utils import override_settings

from migration_panel.migrate.sent import SentRequest, sent_request
from tests.support.nova_answers import INSTANCE, SIX_HOSTS, fault, server, services
from tests.support.user_requests import request_of

REQUEST_ID = "req-0a7f6c1e-4f9b-4f9b-9bd6-1d2c3b4a5f60"
BOARD = "/admin/migrations/"
SINGLE = f"{BOARD}{INSTANCE}/live-block/"
SEVERAL = f"{BOARD}several/"
ODD = '"><img src=x onerror=alert(1)>'
TOO_LONG = "x" * 65
INVALID = "The reference must be one line of at most 64 printable characters."


@pytest.fixture
def nova(fake_cloud):
    fake_cloud.on("GET", f"/v2.1/servers/{INSTANCE}", json=server())
    fake_cloud.on("GET", "/v2.1/servers/detail", json={"servers": []})
    fake_cloud.on("GET", "/v2.1/os-services", json=services(*SIX_HOSTS))
    fake_cloud.on("GET", "/v2.1/os-migrations", json={"migrations": []})
    fake_cloud.on("POST", "/v2.1/servers/*/action", status=202, headers={"X-Openstack-Request-Id": REQUEST_ID})
    return fake_cloud


def bodies_sent(nova):
    return [call.body for call in nova.made("POST", "/v2.1/servers/*/action")]


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def stored(nova):
    return sent_request(request_of(nova, "admin", project_id="demo-id"), INSTANCE, REQUEST_ID)


def submit(client, address, reference):
    if address == SINGLE:
        return client.post(SINGLE, {"reference": reference}, follow=True)
    return client.post(SEVERAL, {"instance": INSTANCE, "type": "live-block", "reference": reference})


@pytest.mark.parametrize("address", [SINGLE, SEVERAL], ids=["single", "several"])
@pytest.mark.parametrize("reference", ["INC-4711", "a & b <c>"])
def test_reference_is_shown_and_stored_and_never_sent_to_nova(nova, admin_client, address, reference):
    response = submit(admin_client, address, f" {reference} ")
    assert f"Reference: {reference}" in unescape(text_of(response))
    assert "<c>" not in text_of(response)
    assert stored(nova) == SentRequest("live-block", reference)
    assert bodies_sent(nova) == [{"os-migrateLive": {"host": None, "block_migration": True}}]


@pytest.mark.parametrize("address", [SINGLE, SEVERAL], ids=["single", "several"])
def test_type_is_stored_without_a_reference_too(nova, admin_client, address):
    response = submit(admin_client, address, "")
    assert "Reference:" not in text_of(response)
    assert stored(nova) == SentRequest("live-block")


@pytest.mark.parametrize("address", [SINGLE, SEVERAL], ids=["single", "several"])
@pytest.mark.parametrize("reference", [TOO_LONG, "two\nlines", "right\u202eleft"], ids=["long", "lines", "invisible"])
def test_invalid_reference_is_an_error_and_nothing_is_requested(nova, admin_client, address, reference):
    response = submit(admin_client, address, reference)
    expected = "at most 64 characters" if (address, reference) == (SINGLE, TOO_LONG) else INVALID
    assert expected in text_of(response)
    assert bodies_sent(nova) == []


@pytest.mark.parametrize("address", [SINGLE, SEVERAL], ids=["single", "several"])
def test_refused_request_is_not_stored(nova, admin_client, address):
    nova.on("POST", "/v2.1/servers/*/action", status=409, json=fault("conflictingRequest", 409, "No."))
    response = submit(admin_client, address, "INC-4711")
    assert "No." in text_of(response)
    assert stored(nova) is None


@pytest.mark.parametrize("address", [SINGLE, SEVERAL], ids=["single", "several"])
def test_reference_of_the_address_is_escaped_and_kept(nova, admin_client, address):
    text = text_of(admin_client.get(address, {"type": "live", "instance": INSTANCE, "reference": ODD}))
    assert "<img src=x" not in text
    [value] = set(re.findall(r'<input[^>]*name="reference"[^>]*value="([^"]*)"', text))
    assert unescape(value) == ODD


def test_links_to_the_other_types_carry_the_reference(nova, admin_client):
    text = text_of(admin_client.get(SINGLE, {"reference": "INC 1"}))
    links = re.findall(r'<a href="([^"]*)" data-migration-kind', text)
    assert len(links) == 4
    assert all(link.endswith("?reference=INC+1") for link in links)


def test_another_check_keeps_the_reference(nova, admin_client):
    text = text_of(admin_client.post(SINGLE, {"reference": "INC-1", "check": "1"}))
    assert re.search(r'<input[^>]*name="reference"[^>]*value="INC-1"|value="INC-1"[^>]*name="reference"', text)
    assert bodies_sent(nova) == []


@pytest.mark.parametrize("address", [SINGLE, SEVERAL], ids=["single", "several"])
def test_field_has_a_label_and_a_description(nova, admin_client, address):
    text = text_of(admin_client.get(address, {"type": "live", "instance": INSTANCE}))
    field = re.search(r'<input(?=[^>]*name="reference")(?=[^>]*type="text")[^>]*>', text).group()
    described_by = re.search(r'aria-describedby="([^"]*)"', field).group(1)
    label = re.search(r'id="([^"]*)"', field).group(1)
    assert 'maxlength="64"' in field
    assert re.search(rf'<label[^>]*for="{label}"[^>]*>\s*Reference\s*</label>', text)
    assert f'id="{described_by}">Optional, for example a ticket number.' in text


@pytest.mark.parametrize("address", [SINGLE, SEVERAL], ids=["single", "several"])
def test_reference_is_in_horizons_operation_log(nova, login, caplog, address):
    """Horizon logs the fields of each POST if OPERATION_LOG_ENABLED is set."""
    with override_settings(OPERATION_LOG_ENABLED=True), caplog.at_level(logging.INFO, "horizon.operation_log"):
        # Django's test client loads the middleware with its first request.
        client = login(Client(), roles=("admin", "member", "reader"))
        response = submit(client, address, "INC-4711")
    assert "Reference: INC-4711" in text_of(response)
    [line] = [record.getMessage() for record in caplog.records if record.name == "horizon.operation_log"]
    fields = json.loads(re.search(r"\{.*\}", line).group())
    assert fields["reference"] == "INC-4711"
