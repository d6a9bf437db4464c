# SPDX-License-Identifier: Apache-2.0
"""Refuse connections to other machines, from any thread and any library.

An audit hook sees every socket of the process, also the sockets of C code.  The hook cannot be removed.
"""

import ipaddress
import socket
import sys
from typing import Any


class OutsideWorldError(RuntimeError):
    """A test tried to connect to another machine: a fake service is missing."""


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
