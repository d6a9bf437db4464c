# SPDX-License-Identifier: Apache-2.0
"""Requests to Placement and its answers, as immutable records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from migration_panel.api.validate import validated

# Nova's own scheduler sees no more candidates ([scheduler]max_placement_results).
MAX_CANDIDATES = 1000

# The first microversions with trees of providers, forbidden traits, and traits of the root provider.
TREES, FORBIDDEN, ROOT_TRAITS = (1, 29), (1, 22), (1, 35)

# Standard traits that an older Placement does not have, by the microversion of the release that introduced them.  It
# answers 400 to a request that names an unknown trait.  Placement's traits come from the library os-traits.
TRAITS_SINCE = {"COMPUTE_STATUS_DISABLED": (1, 36)}


@dataclass(frozen=True)
class RequestGroup:
    """Resources that a provider must have; without a suffix, a whole tree of providers."""

    suffix: str = ""
    resources: Mapping[str, int] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ResourceRequest:
    """What an instance needs of a host."""

    groups: tuple[RequestGroup, ...]
    root_required: frozenset[str] = frozenset()
    root_forbidden: frozenset[str] = frozenset()
    policy: str = ""

    @property
    def needs(self) -> dict[str, int]:
        """Return the amounts by resource class, of all groups together."""
        needs: dict[str, int] = defaultdict(int)
        for group in self.groups:
            for name, amount in group.resources.items():
                needs[name] += amount
        return dict(needs)

    @property
    def forbidden(self) -> frozenset[str]:
        """Return all traits that a host must not have."""
        return self.root_forbidden.union(*(group.forbidden for group in self.groups))

    def allowing(self, traits: Iterable[str]) -> ResourceRequest:
        """Return the same request without these forbidden traits: no provider can have a trait that does not exist."""
        traits = frozenset(traits)
        groups = tuple(replace(group, forbidden=group.forbidden - traits) for group in self.groups)
        return replace(self, groups=groups, root_forbidden=self.root_forbidden - traits)

    def query(self, version: tuple[int, int]) -> dict[str, str]:
        """Return the parameters of ``GET /allocation_candidates`` at a microversion, 1.17 or newer."""
        unknown = {trait for trait, since in TRAITS_SINCE.items() if version < since}
        return self.allowing(unknown)._query(version) if self.forbidden & unknown else self._query(version)

    def _query(self, version: tuple[int, int]) -> dict[str, str]:
        query = {"limit": str(MAX_CANDIDATES)}
        if self.policy and version >= (1, 25):
            query["group_policy"] = self.policy
        root = _traits(self.root_required, self.root_forbidden, version)
        if root and version >= ROOT_TRAITS:
            query["root_required"] = root
        for group in self.groups:
            traits = _traits(group.required, group.forbidden, version)
            if not group.suffix and version < ROOT_TRAITS:
                traits = ",".join(filter(None, (traits, root)))
            query[f"resources{group.suffix}"] = ",".join(f"{name}:{n}" for name, n in sorted(group.resources.items()))
            if traits:
                query[f"required{group.suffix}"] = traits
        return {name: value for name, value in query.items() if value}


def _traits(required: Iterable[str], forbidden: Iterable[str], version: tuple[int, int]) -> str:
    refused = sorted(forbidden) if version >= FORBIDDEN else []
    return ",".join([*sorted(required), *(f"!{name}" for name in refused)])


@dataclass(frozen=True)
class ResourceAmount:
    """An amount of a resource: with overcommit, without what the host reserves for itself."""

    capacity: int
    used: int

    @property
    def free(self) -> int:
        """Return the amount that is not used, at least 0."""
        return max(0, self.capacity - self.used)


@dataclass(frozen=True)
class AllocationCandidates:
    """The providers with enough free resources, by the UUID of their root, which is the ID of the hypervisor."""

    amounts: Mapping[str, Mapping[str, ResourceAmount]] = field(default_factory=dict)
    # Whether the answer may lack further providers.
    cut: bool = False

    @classmethod
    def from_api(cls, data: dict[str, Any]) -> AllocationCandidates:
        """Return the sums of each tree of providers: a host may report its CPUs by NUMA node."""
        trees: dict[str, dict[str, ResourceAmount]] = defaultdict(dict)
        for provider, summary in data["provider_summaries"].items():
            tree = trees[str(summary.get("root_provider_uuid") or provider)]
            for name, amount in summary["resources"].items():
                total = tree.get(name, ResourceAmount(0, 0))
                capacity, used = total.capacity + int(amount["capacity"]), total.used + int(amount["used"])
                tree[name] = validated(ResourceAmount(capacity, used))
        return cls(dict(trees), cut=len(data["allocation_requests"]) >= MAX_CANDIDATES)
