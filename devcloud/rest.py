# SPDX-License-Identifier: Apache-2.0
"""A small OpenStack client that uses the standard library only."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from devcloud.layout import REGIONS, CloudError

Body = dict[str, Any]


class RestError(CloudError):
    """A service answered with an error."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status


def _call(method: str, url: str, headers: dict[str, str], body: object = None) -> tuple[Body, Any]:
    raw = isinstance(body, bytes)
    data = body if raw else None if body is None else json.dumps(body).encode()
    kind = "application/octet-stream" if raw else "application/json"
    request = urllib.request.Request(
        url, data=data, method=method, headers={"Content-Type": kind, "Accept": "application/json", **headers}
    )
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            text = answer.read()
            return (json.loads(text) if text else {}), answer.headers
    except urllib.error.HTTPError as error:
        raise RestError(error.code, error.read().decode(errors="replace")) from error


def answers(url: str) -> bool:
    """Return whether a service answers at the URL, with any status: even 401 shows that the service works."""
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


class Rest:
    """The authenticated session of one user in one project and one region."""

    def __init__(
        self,
        auth_url: str,
        user: str = "admin",
        project: str = "admin",
        password: str = "secret",
        microversion: str = "2.96",
        region: str = REGIONS[0],
    ) -> None:
        domain = {"name": "Default"}
        body = {
            "auth": {
                "identity": {
                    "methods": ["password"],
                    "password": {"user": {"name": user, "password": password, "domain": domain}},
                },
                "scope": {"project": {"name": project, "domain": domain}},
            }
        }
        answer, headers = _call("POST", f"{auth_url}/auth/tokens", {}, body)
        self.token = answer["token"]
        self._headers = {"X-Auth-Token": headers["X-Subject-Token"], "OpenStack-API-Version": f"compute {microversion}"}
        self._endpoints = {
            service["type"]: endpoint["url"].rstrip("/")
            for service in self.token.get("catalog", ())
            for endpoint in service["endpoints"]
            if endpoint["interface"] == "public" and endpoint["region_id"] == region
        }

    def call(self, method: str, service: str, path: str, body: object = None) -> Body:
        return _call(method, self._endpoints[service] + path, self._headers, body)[0]

    def get(self, service: str, path: str) -> Body:
        return self.call("GET", service, path)

    def post(self, service: str, path: str, body: object) -> Body:
        return self.call("POST", service, path, body)

    def put(self, service: str, path: str, body: object = None) -> Body:
        return self.call("PUT", service, path, body)

    def delete(self, service: str, path: str) -> Body:
        return self.call("DELETE", service, path)
