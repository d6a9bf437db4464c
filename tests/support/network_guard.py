# SPDX-License-Identifier: Apache-2.0
"""Refuses connections that would leave this machine, from any thread and any library.

An audit hook, because it sees every socket of the process, also those that C code opens. It cannot be taken off
again, which suits a guard.
"""

import ipaddress
import socket
import sys
from typing import Any


class OutsideWorldError(RuntimeError):
    """A test reached for something beyond loopback: it missed a stand-in."""


def is_local(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _refuse_outside(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event in ("socket.connect", "socket.sendto") and args[0].family in (socket.AF_INET, socket.AF_INET6):
        host = args[1][0]
    else:
        return
    if not is_local(host):
        raise OutsideWorldError(f"{event} to {host!r}: tests may talk to this machine only")


def install() -> None:
    sys.addaudithook(_refuse_outside)
