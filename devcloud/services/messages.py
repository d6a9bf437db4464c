# SPDX-License-Identifier: Apache-2.0
"""Make messages within a process arrive at once."""

import time
from threading import Condition, local
from types import SimpleNamespace

from oslo_messaging._drivers import impl_fake

# In case that a listener was told to stop meanwhile, s.
LOOK_AGAIN = 1

_change = Condition()
_delivered = 0
_seen = local()


def deliver_at_once() -> None:
    """Wake the listeners of fake:// for each message, which they would look for every 50 ms."""
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
    """In place of a listener's sleep: none if something came since its last one, perhaps since it looked."""
    with _change:
        if getattr(_seen, "number", 0) == _delivered:
            _change.wait(LOOK_AGAIN)
        _seen.number = _delivered
