# SPDX-License-Identifier: Apache-2.0
"""How long a page takes in this process."""

import statistics
import time

from django.test import Client


def timed(client: Client, address: str, times: int) -> float:
    """Median of so many requests, in milliseconds of processor time, the services' own included."""
    took = []
    for _ in range(times):
        start = time.process_time()
        answer = client.get(address)
        took.append(1000 * (time.process_time() - start))
        if answer.status_code != 200:
            raise SystemExit(f"{address} answers {answer.status_code}")
    return statistics.median(took)
