# SPDX-License-Identifier: Apache-2.0
"""Logs in to Horizon as a browser does: the only proof that it serves anybody."""

import requests


def can_log_in(horizon: str, user: str, password: str) -> bool:
    """Whether Horizon takes this user; an OSError says that it, or Keystone behind it, does not answer."""
    form = f"{horizon}/auth/login/"
    with requests.Session() as browser:
        browser.get(form, timeout=60).raise_for_status()
        fields = {"username": user, "password": password, "region": "default"}
        fields["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
        # The page behind the redirect would ask half the cloud.
        answer = browser.post(form, fields, headers={"Referer": form}, timeout=60, allow_redirects=False)
        answer.raise_for_status()
        return answer.status_code == 302
