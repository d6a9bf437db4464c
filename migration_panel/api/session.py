# SPDX-License-Identifier: Apache-2.0
"""The user's session with Keystone and the services: endpoints, tokens, microversions."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import cache, partial
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from horizon.exceptions import ServiceCatalogException
from keystoneauth1.exceptions import ConnectionError as KeystoneauthConnectionError
from keystoneauth1.exceptions import ConnectTimeout, Unauthorized
from keystoneauth1.session import Session
from keystoneauth1.token_endpoint import Token
from novaclient.api_versions import APIVersion, discover_version
from novaclient.base import Manager
from novaclient.client import Client
from openstack_dashboard.api.base import url_for

from migration_panel import clock
from migration_panel.api.translate import (
    NO_CONNECTION,
    NO_ENDPOINT,
    NO_MICROVERSION,
    TOO_OLD,
    translate_errors,
)
from migration_panel.conf import get_config
from migration_panel.deadline import NO_ANSWER, SPARE, current, within_limits
from migration_panel.exceptions import NoSuchService, ServiceUnavailable, SessionExpired, TooOld
from migration_panel.formatting import fill_later
from migration_panel.http import user_of
from migration_panel.policy import allowed

SEE_HOSTS = "os_compute_api:os-migrations:index:host"

OLDEST = APIVersion("2.60")
LATEST = APIVersion("2.latest")
# What discover_version returns for a Nova without microversions.
NO_MICROVERSIONS = APIVersion("2.0")

# Endpoint -> the newest microversion that Nova and novaclient support.
_negotiated: dict[str, APIVersion] = {}
# Server -> how far its clock is ahead of this process's clock.  Accurate to about a second: a Date has whole seconds.
_ahead: dict[str, timedelta] = {}


@dataclass(frozen=True)
class Access:
    """A user's endpoint of one service, their token and rights."""

    endpoint: str
    project_id: str
    roles: frozenset[str]
    token: str = field(repr=False)
    # Whether the user may see the names of hosts, which Nova's texts may contain.
    sees_hosts: bool = True

    @classmethod
    def of(cls, request: HttpRequest, service: str = "compute") -> Access:
        """Return the access of the session's user.  Raise NoSuchService if the user's catalog lacks the service."""
        user = user_of(request)
        try:
            endpoint = url_for(request, service)
        except ServiceCatalogException as error:
            raise NoSuchService(_no_endpoint(request, service)) from error
        roles = frozenset(role["name"] for role in user.roles or ())
        sees_hosts = allowed(request, SEE_HOSTS)
        return cls(endpoint.rstrip("/"), user.tenant_id or "", roles, user.token.id, sees_hosts)

    def translate_errors(self) -> AbstractContextManager[None]:
        """Return a context that translates the errors of one call into the panel's errors, for this user."""
        return translate_errors(self.sees_hosts, in_project=bool(self.project_id))

    @property
    def cloud(self) -> str:
        """Return the endpoint without the project ID that a catalog may append: equal for all projects."""
        before, _, last = self.endpoint.rpartition("/")
        return before if last and last in (self.project_id, f"AUTH_{self.project_id}") else self.endpoint

    @property
    def is_admin(self) -> bool:
        """Return whether Nova's default policy shows the user single instances of all projects.

        For other users, Nova answers 404 for an instance in another project.
        """
        return "admin" in (role.lower() for role in self.roles)

    @property
    def cache_scope(self) -> str:
        """Return a cache key shared by all users with the same endpoint, project and roles.  It contains no secret."""
        parts = (self.endpoint, self.project_id, str(self.sees_hosts), *sorted(self.roles))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _no_endpoint(request: HttpRequest, service: str) -> Promise:
    facts = {
        "service": service,
        "region": user_of(request).services_region or "",
        "interface": settings.OPENSTACK_ENDPOINT_TYPE,
    }
    return fill_later(NO_ENDPOINT, facts)


@cache
def shared_http() -> requests.Session:
    """Return the pool of connections of this process.  It stores no cookies."""
    http = requests.Session()
    http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = requests.adapters.HTTPAdapter(pool_maxsize=2 * get_config().concurrency)
    http.mount("http://", adapter)
    http.mount("https://", adapter)
    http.hooks["response"].append(store_clock)
    return http


def negotiated_version(access: Access) -> APIVersion:
    """Return the newest microversion that both Nova and novaclient support: one call for each endpoint and process.

    Raise MigrationPanelError.
    """
    version = _negotiated.get(access.endpoint)
    if version is None:
        version = _negotiated[access.endpoint] = _discover_version(access)
    return version


def has_connected() -> bool:
    """Return whether this process has connected to a Nova before."""
    return bool(_negotiated)


def knows_version(access: Access) -> bool:
    """Return whether a connection needs no call to find out the microversion."""
    return access.endpoint in _negotiated


def forget_version(endpoint: str) -> None:
    """Drop the stored microversion, because Nova no longer accepts it."""
    _negotiated.pop(endpoint, None)


def _discover_version(access: Access) -> APIVersion:
    with access.translate_errors():
        client = nova_client(access, APIVersion("2.1"))
        # get_current returns None after a 401, and discover_version then reports a Nova without microversions.
        client.versions.get_current = client.versions._get_current
        version = discover_version(client, LATEST)
    if version == NO_MICROVERSIONS:
        raise TooOld(NO_MICROVERSION % {"needed": OLDEST.get_string()})
    if version < OLDEST:
        raise TooOld(TOO_OLD % {"offered": version.get_string(), "needed": OLDEST.get_string()})
    return version


class LimitedSession(Session):
    """Make every call within the limits of the request (see ``deadline``).  All calls to OpenStack are made here."""

    def __init__(self, endpoint: str, **options: Any) -> None:
        super().__init__(**options)
        self._endpoint = endpoint

    def request(self, url: str, method: str, *args: Any, **options: Any) -> requests.Response:
        """Make a call.  Raise OutOfTime at the deadline, and the error of an earlier outage of the same service."""
        deadline = current()
        if deadline is None:
            return super().request(url, method, *args, **options)
        # A PUT restores the state of a service, for example after an error of Nova.
        undoes = method == "PUT"
        seconds = deadline.start_call(self._endpoint, undoes=undoes)
        options["timeout"] = min(get_config().timeout, seconds)
        call = partial(super().request, url, method, *args, **options)
        try:
            left = max(deadline.left(), SPARE) if undoes else deadline.left()
            response: requests.Response = within_limits(call, left)
        except Unauthorized:
            deadline.record_outage(self._endpoint, SessionExpired())
            raise
        except ConnectTimeout:
            deadline.record_outage(self._endpoint, ServiceUnavailable(NO_ANSWER))
            raise
        except KeystoneauthConnectionError:
            deadline.record_outage(self._endpoint, ServiceUnavailable(NO_CONNECTION))
            raise
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            deadline.record_outage(self._endpoint, SessionExpired())
        return response


def session(access: Access) -> Session:
    """Return a session with the user's token on the shared connections."""
    return LimitedSession(
        access.endpoint,
        auth=Token(access.endpoint, access.token),
        session=shared_http(),
        verify=_verify(),
        timeout=get_config().timeout,
        additional_user_agent=[("migration-panel", "")],
    )


def nova_client(access: Access, version: APIVersion) -> Client:
    """Return novaclient for one microversion."""
    return _without_notes(Client(version, session=session(access)))


def _without_notes(client: Client) -> Client:
    """Prevent novaclient from writing names and IDs into the home directory, as it does for its own shell."""
    for manager in vars(client).values():
        if isinstance(manager, Manager):
            manager.completion_cache = _no_cache
    return client


def _no_cache(*args: object, **kwargs: object) -> AbstractContextManager[None]:
    return nullcontext()


def _verify() -> bool | str:
    if getattr(settings, "OPENSTACK_SSL_NO_VERIFY", False):
        return False
    return getattr(settings, "OPENSTACK_SSL_CACERT", None) or True


def token_expiry(request: HttpRequest) -> datetime | None:
    """Return when the user's token expires; None if Horizon does not know."""
    expires = getattr(getattr(user_of(request), "token", None), "expires", None)
    if not isinstance(expires, datetime):
        return None
    return expires if expires.tzinfo else expires.replace(tzinfo=timezone.utc)


def store_clock(answer: requests.Response, *args: Any, **kwargs: Any) -> None:
    """Store the clock of the server that answered, by the ``Date`` of the answer.  A hook for requests."""
    try:
        there = parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, TypeError, ValueError):
        return
    if there.tzinfo is None:
        there = there.replace(tzinfo=timezone.utc)
    _ahead[urlsplit(answer.url).netloc] = there - datetime.now(timezone.utc)


def server_time(endpoint: str) -> datetime:
    """Return the time at the endpoint, or this process's own time until the endpoint has answered.

    Horizon's own clock may differ by minutes.
    """
    return clock.now() + _ahead.get(urlsplit(endpoint).netloc, timedelta())
