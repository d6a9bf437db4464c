# SPDX-License-Identifier: Apache-2.0
"""No test can reach the outside world, by whatever library."""

import socket
import threading

import pytest
import requests

from tests.support.network_guard import OutsideWorldError, is_local


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost", b"127.1.1.1", None])
def test_loopback_is_let_through(host):
    assert is_local(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "::", "example.org", b"example.com"])
def test_all_else_is_outside(host):
    assert not is_local(host)


def test_connection_to_an_address_is_refused():
    with socket.socket() as sock, pytest.raises(OutsideWorldError, match=r"192\.0\.2\.1"):
        sock.connect(("192.0.2.1", 80))


def test_name_is_not_even_looked_up():
    with pytest.raises(OutsideWorldError, match="example"):
        requests.get("http://example.org/", timeout=1)


def test_threads_are_guarded_too():
    caught = []

    def reach_out() -> None:
        try:
            socket.create_connection(("192.0.2.1", 80), timeout=1)
        except OutsideWorldError as error:
            caught.append(error)

    thread = threading.Thread(target=reach_out)
    thread.start()
    thread.join()
    assert caught
