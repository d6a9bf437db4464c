# SPDX-License-Identifier: Apache-2.0
"""No test can connect to another machine, with any library."""

import socket
import threading

import pytest
import requests

from tests.support.network_guard import OutsideWorldError, is_local


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost", b"127.1.1.1", None], ids=repr)
def test_loopback_is_local(host):
    assert is_local(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "::", "example.org", b"example.com"], ids=repr)
def test_other_hosts_are_not_local(host):
    assert not is_local(host)


def test_connection_to_an_address_is_refused():
    with socket.socket() as sock, pytest.raises(OutsideWorldError, match=r"192\.0\.2\.1"):
        sock.connect(("192.0.2.1", 80))


def test_name_lookup_is_refused():
    with pytest.raises(OutsideWorldError, match="example"):
        requests.get("http://example.org/", timeout=1)


def test_connection_from_a_thread_is_refused():
    errors = []

    def connect() -> None:
        try:
            socket.create_connection(("192.0.2.1", 80), timeout=1)
        except OutsideWorldError as error:
            errors.append(error)

    thread = threading.Thread(target=connect)
    thread.start()
    thread.join()
    assert errors
