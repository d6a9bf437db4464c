# SPDX-License-Identifier: Apache-2.0
"""What Placement is asked and what it tells, as values that cannot change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

# More than these and Nova's own scheduler sees no further either ([scheduler]max_placement_results).
MAX_CANDIDATES = 1000

# First to tell a tree of providers, to forbid traits, and to ask for traits of its root.
TREES, FORBIDDEN, ROOT_TRAITS = (1, 29), (1, 22), (1, 35)

# Standard traits that an older Placement does not have, by the microversion of the release that introduced them.  It
# answers 400 to a request that names an unknown trait.  Placement's traits come from the library os-traits.
TRAITS_SINCE = {"COMPUTE_STATUS_DISABLED": (1, 36)}


@dataclass(frozen=True)
class RequestGroup:
    """Resources that one provider must have, or the whole tree if it has no suffix."""

    suffix: str = ""
    resources: Mapping[str, int] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Ask:
    """What an instance needs of a host."""

    groups: tuple[RequestGroup, ...]
    root_required: frozenset[str] = frozenset()
    root_forbidden: frozenset[str] = frozenset()
    policy: str = ""

    @property
    def needs(self) -> dict[str, int]:
        """Amounts by resource class, of all groups together."""
        needs: dict[str, int] = defaultdict(int)
        for group in self.groups:
            for name, amount in group.resources.items():
                needs[name] += amount
        return dict(needs)

    @property
    def forbidden(self) -> frozenset[str]:
        """Return all traits that a host must not have."""
        return self.root_forbidden.union(*(group.forbidden for group in self.groups))

    def allowing(self, traits: Iterable[str]) -> Ask:
        """Return the same request without these forbidden traits: no provider can have a trait that does not exist."""
        traits = frozenset(traits)
        groups = tuple(replace(group, forbidden=group.forbidden - traits) for group in self.groups)
        return replace(self, groups=groups, root_forbidden=self.root_forbidden - traits)

    def query(self, version: tuple[int, int]) -> dict[str, str]:
        """The arguments of ``GET /allocation_candidates`` at a microversion from 1.17 on."""
        newer = {trait for trait, since in TRAITS_SINCE.items() if version < since}
        return self.allowing(newer)._query(version) if self.forbidden & newer else self._query(version)

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
    """Of one resource, with overcommit, less what the host keeps for itself."""

    capacity: int
    used: int

    @property
    def free(self) -> int:
        return max(0, self.capacity - self.used)


@dataclass(frozen=True)
class AllocationCandidates:
    """The providers that have room, by the identity of the root: that of the hypervisor."""

    amounts: Mapping[str, Mapping[str, ResourceAmount]] = field(default_factory=dict)
    # Whether Placement may know more of them than it told.
    cut: bool = False

    @classmethod
    def from_api(cls, data: dict[str, Any]) -> AllocationCandidates:
        """Sums up each tree, since a host's CPUs may be told by NUMA node."""
        trees: dict[str, dict[str, ResourceAmount]] = defaultdict(dict)
        for provider, told in data["provider_summaries"].items():
            tree = trees[str(told.get("root_provider_uuid") or provider)]
            for name, each in told["resources"].items():
                before = tree.get(name, ResourceAmount(0, 0))
                tree[name] = ResourceAmount(before.capacity + int(each["capacity"]), before.used + int(each["used"]))
        return cls(dict(trees), cut=len(data["allocation_requests"]) >= MAX_CANDIDATES)
