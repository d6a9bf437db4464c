# SPDX-License-Identifier: Apache-2.0
"""Deliver messages within a process at once."""

import time
from threading import Condition, local
from types import SimpleNamespace

from oslo_messaging._drivers import impl_fake

# Longest wait, s: a listener may be stopped meanwhile.
LOOK_AGAIN = 1

_change = Condition()
_delivered = 0
_seen = local()


def deliver_at_once() -> None:
    """Wake the listeners of fake:// for each message.  By themselves, they look for messages every 50 ms."""
    deliver = impl_fake.FakeExchange.deliver_message

    def deliver_and_tell(self, *args, **kwargs):
        global _delivered
        deliver(self, *args, **kwargs)
        with _change:
            _delivered += 1
            _change.notify_all()

    impl_fake.FakeExchange.deliver_message = deliver_and_tell
    impl_fake.time = SimpleNamespace(time=time.time, sleep=_wait_for_one)


def _wait_for_one(seconds: float) -> None:
    """Replace a listener's sleep.  Do not wait if a message has arrived since the listener's last message."""
    with _change:
        if getattr(_seen, "number", 0) == _delivered:
            _change.wait(LOOK_AGAIN)
        _seen.number = _delivered
