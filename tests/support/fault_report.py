# SPDX-License-Identifier: Apache-2.0
"""The document with the table of faults, the day and the versions of the software."""

from __future__ import annotations

import platform
from importlib.metadata import version

from benchmarks.report import nova_version
from tests.browser import chromium
from tests.chaos import memcached
from tests.support.fault_table import Faults, text

HEAD = """\
======
Faults
======

Injected {days} by ``make chaos``: Horizon {horizon}, the embedded OpenStack with Nova {nova},
Chromium {chromium}, memcached {memcached}, Python {python}. *Met* means that every test of the line ran and passed.

The embedded Nova is one process: a fault that kills a nova-compute kills all compute services and nova-api. A test
fails if a request of a page or a script takes longer than twice the panel's ``TIMEOUT`` and 5 s for Horizon itself.

``make test`` runs the static checks: no inline scripts or styles in the pages, and ruff's rules for security, which
come from bandit. ``tox run -e audit`` compares the pinned packages with PyPI's advisories. It is a separate command,
because mirrors of PyPI do not pass on the advisories; with one of these mirrors, the command fails.

{tables}
"""


def document(faults: Faults) -> str:
    return HEAD.format(
        days=_days_text(faults.days),
        horizon=version("horizon"),
        nova=nova_version(),
        # The selected tests may have started no browser.
        chromium=faults.chromium or chromium.version(),
        memcached=memcached.version(),
        python=platform.python_version(),
        tables=text(faults),
    )


def _days_text(days: set[str]) -> str:
    return f"on {min(days)}" if len(days) == 1 else f"from {min(days)} to {max(days)}"
