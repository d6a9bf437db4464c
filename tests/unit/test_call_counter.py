# SPDX-License-Identifier: Apache-2.0
"""The gate that opens only for calls that are made at once."""

import threading

import pytest
import requests

from devcloud.layout import Ports
from tests.support.call_counter import Gate, ServiceCall, recording


def call(path: str) -> ServiceCall:
    return ServiceCall("nova", "GET", path, "")


def is_server_call(call_: ServiceCall) -> bool:
    return call_.path.startswith("/servers/")


def test_gate_opens_when_all_calls_wait():
    gate, passed = Gate(3, is_server_call), []

    def pass_gate(path: str) -> None:
        gate.wait(call(path))
        passed.append(path)

    threads = [threading.Thread(target=pass_gate, args=(f"/servers/{number}",)) for number in range(3)]
    for thread in threads[:2]:
        thread.start()
    gate.wait(call("/flavors"))
    assert passed == []
    threads[2].start()
    for thread in threads:
        thread.join()
    assert len(passed) == 3
    gate.wait(call("/servers/4"))
    gate.require_open()


def test_error_of_the_gate_names_the_waiting_calls():
    gate = Gate(2, is_server_call, seconds=0)
    for check in (lambda: gate.wait(call("/servers/1")), gate.require_open):
        with pytest.raises(AssertionError, match=r"2 calls must be .* at once; there were 1: nova GET /servers/1"):
            check()


def test_recording_fails_when_calls_are_made_one_after_the_other(fake_cloud, monkeypatch):
    monkeypatch.setattr("tests.support.call_counter.GATE_SECONDS", 0)
    ports = Ports({"nova": int(fake_cloud.url.rpartition(":")[2])})
    with (
        pytest.raises(AssertionError, match="2 calls must be on their way at once; there were 1"),
        recording(ports, at_once=2) as calls,
        pytest.raises(AssertionError),
    ):
        requests.get(f"{fake_cloud.nova_url}/servers/1", timeout=60)
    assert [each.path for each in calls] == ["/v2.1/servers/1"]
