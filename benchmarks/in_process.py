# SPDX-License-Identifier: Apache-2.0
"""The time of a page in this process."""

import statistics
import time

from django.test import Client


def timed(client: Client, address: str, times: int) -> float:
    """Return the median processor time of the requests, ms, the services' time included."""
    took = []
    for _ in range(times):
        start = time.process_time()
        answer = client.get(address)
        took.append(1000 * (time.process_time() - start))
        if answer.status_code != 200:
            raise SystemExit(f"{address} answers {answer.status_code}")
    return statistics.median(took)
