# SPDX-License-Identifier: Apache-2.0
"""The calls to Placement: the candidates that Nova's scheduler would get, and who holds resources of a node."""

from __future__ import annotations

import re
from typing import Any

from keystoneauth1.exceptions.http import BadRequest, NotAcceptable

from migration_panel.api.placement_models import AllocationCandidates, ResourceRequest
from migration_panel.api.rest import ServiceAPI
from migration_panel.api.translate import translate_errors
from migration_panel.exceptions import RequestRejected

Version = tuple[int, int]

# That of Train, which Nova uses too.
NEWEST: Version = (1, 36)

# Endpoint -> the microversion that an older Placement supports.
_supported: dict[str, Version] = {}
# Endpoint -> standard traits that its Placement does not have.  Custom traits are not stored: they change at runtime.
_unknown: dict[str, frozenset[str]] = {}

# Placement's text of a 400, followed by the names (placement/exception.py, TraitNotFound).
NO_TRAIT = "No such trait"
TRAIT = re.compile(r"\b[A-Z0-9_]+\b")
CUSTOM = "CUSTOM_"
# Newer versions of Placement name one unknown trait at a time, older versions all of them.
MAX_RETRIES = 3


class UnknownTrait(RequestRejected):
    """The request requires a trait that Placement does not have, so no host can have it either."""


class Placement(ServiceAPI):
    """One user's Placement."""

    service = "placement"

    def candidates(self, request: ResourceRequest) -> AllocationCandidates:
        """Return the hosts that have room, with their free resources.

        One more call for a Placement older than Train, once, and for each forbidden trait that Placement does not have.
        Raise UnknownTrait for a required trait that Placement does not have.
        """
        with translate_errors(self.access.sees_hosts):
            return AllocationCandidates.from_api(self._with_known_traits(request))

    def consumers(self, provider: str) -> frozenset[str]:
        """Return the UUIDs of the instances and migrations that hold an allocation of a resource provider."""
        with translate_errors(self.access.sees_hosts):
            answer = self._get(f"/resource_providers/{provider}/allocations", {})
            return frozenset(map(str, answer["allocations"]))

    def _with_known_traits(self, request: ResourceRequest) -> dict[str, Any]:
        """Repeat the call without forbidden traits that Placement does not have."""
        request = request.allowing(_unknown.get(self.access.endpoint, ()))
        for _try in range(MAX_RETRIES):
            try:
                return self._negotiated(request)
            except BadRequest as error:
                unknown = _named(error)
                if not unknown & request.forbidden:
                    raise _as_ours(error) from error
                request = request.allowing(unknown)
                standard = {trait for trait in unknown if not trait.startswith(CUSTOM)}
                _unknown[self.access.endpoint] = _unknown.get(self.access.endpoint, frozenset()) | standard
        return self._negotiated(request)

    def _negotiated(self, request: ResourceRequest) -> dict[str, Any]:
        """Make the call at the newest microversion, or at the maximum that a 406 reports."""
        try:
            return self._candidates(request, _supported.get(self.access.endpoint, NEWEST))
        except NotAcceptable as error:
            _supported[self.access.endpoint] = _maximum(error)
            return self._candidates(request, _supported[self.access.endpoint])

    def _candidates(self, request: ResourceRequest, version: Version) -> dict[str, Any]:
        return self._get("/allocation_candidates", request.query(version), f"{version[0]}.{version[1]}")


def _maximum(error: NotAcceptable) -> Version:
    """Return the newest microversion in the answer to a 406.  Raise an error of UNREADABLE if it is missing."""
    if error.response is None:
        raise ValueError("no answer")
    major, minor = error.response.json()["errors"][0]["max_version"].split(".")
    return int(major), int(minor)


def _named(error: BadRequest) -> frozenset[str]:
    """Return the traits that Placement does not have, from its error text."""
    return frozenset(TRAIT.findall(str(error.details or "").partition(NO_TRAIT)[2]))


def _as_ours(error: BadRequest) -> Exception:
    """Return UnknownTrait if Placement names traits that it does not have, else the error."""
    named = _named(error)
    return UnknownTrait(", ".join(sorted(named))) if named else error
