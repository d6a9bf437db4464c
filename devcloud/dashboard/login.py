# SPDX-License-Identifier: Apache-2.0
"""Log in to Horizon as a browser does: only a login proves that Horizon works."""

import requests


def can_log_in(horizon: str, user: str, password: str) -> bool:
    """Return whether Horizon accepts the user.  Raise OSError if Horizon, or Keystone behind it, does not answer."""
    form = f"{horizon}/auth/login/"
    with requests.Session() as browser:
        browser.get(form, timeout=60).raise_for_status()
        fields = {"username": user, "password": password, "region": "default"}
        fields["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
        # The page after the redirect would send requests to most services.
        answer = browser.post(form, fields, headers={"Referer": form}, timeout=60, allow_redirects=False)
        answer.raise_for_status()
        return answer.status_code == 302
