# SPDX-License-Identifier: Apache-2.0
"""What doc/ shows: the table of faults, with the day and the versions they were injected into."""

from __future__ import annotations

import platform
from datetime import datetime, timezone
from importlib.metadata import version

from benchmarks.report import nova_version
from tests.chaos import memcached
from tests.support.fault_table import Faults, text

HEAD = """\
======
Faults
======

Injected on {day} by ``make chaos``: Horizon {horizon}, the embedded OpenStack with Nova {nova}, Chromium {chromium},
memcached {memcached}, Python {python}. *Met* is a line of which every test ran and passed.

The embedded Nova is one process: where a nova-compute is killed, all of them are, and nova-api with them. No request
of any of these tests, be it a page's or a script's, was answered later than after twice the panel's ``TIMEOUT`` and
5 s for what is Horizon's own; else its test had failed.

Static checks belong to ``make test``: pages without scripts or styles of ours within them, and ruff's rules for
security, which are bandit's. ``tox run -e audit`` asks PyPI whether a vulnerability is known of what is pinned. It is a
command of its own, since mirrors do not hand on PyPI's advisories; there it fails, rather than find nothing.

{tables}
"""


def document(faults: Faults) -> str:
    return HEAD.format(
        day=datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        horizon=version("horizon"),
        nova=nova_version(),
        chromium=faults.chromium,
        memcached=memcached.version(),
        python=platform.python_version(),
        tables=text(faults),
    )
