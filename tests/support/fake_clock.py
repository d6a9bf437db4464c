# SPDX-License-Identifier: Apache-2.0
"""A clock for one module that only the test advances."""


class FakeClock:
    """Stand in for the module `time`: ``monkeypatch.setattr(module, "time", FakeClock())``.

    The clock of the rest of the process, such as that of an event loop, is not affected.
    """

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now

    def after(self, seconds: float, answer: object = None) -> object:
        """Advance the clock and return the answer: for slow answers of a fake cloud."""
        self.now += seconds
        return answer
