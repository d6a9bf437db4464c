# SPDX-License-Identifier: Apache-2.0
"""Policy files of older Horizons: those of the installed Horizon with the changes in ``data/horizon-policy.json``."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import yaml
from django.conf import settings
from django.test import override_settings
from openstack_auth import policy

DIFFERENCES = json.loads((Path(__file__).parents[1] / "unit" / "data" / "horizon-policy.json").read_text())
UNKNOWN = frozenset(DIFFERENCES["unknown"])
OTHER_DEFAULTS = DIFFERENCES["other_defaults"]
ADMINISTRATORS_ONLY = frozenset(rule for rule, check in OTHER_DEFAULTS.items() if check == "rule:context_is_admin")

# Rules that an operator opens to managers on an old Horizon, as Nova does since release 32.
MANAGERS = "\n".join(f'"{rule}": "role:manager or role:admin"' for rule in sorted(ADMINISTRATORS_ONLY))


@cache
def shipped_rules() -> list[dict]:
    """Return Nova's default rules in the installed Horizon."""
    path = Path(settings.POLICY_FILES_PATH) / settings.DEFAULT_POLICY_FILES["compute"]
    return yaml.safe_load(path.read_text())


@contextmanager
def policy_of_horizon_26(folder: Path, added: str = "") -> Iterator[None]:
    """Give Horizon's policy engine the default rules of 25.3 to 26.0, and the operator's rules in ``added``."""
    rules = [
        rule | {"check_str": OTHER_DEFAULTS.get(rule["name"], rule["check_str"])}
        for rule in shipped_rules()
        if rule["name"] not in UNKNOWN
    ]
    (folder / "defaults.yaml").write_text(json.dumps(rules))
    (folder / "own").mkdir()
    (folder / "own" / "own.yaml").write_text(added or "{}")
    defaults = {"compute": str(folder / "defaults.yaml")}
    with policy_settings(DEFAULT_POLICY_FILES=defaults, POLICY_DIRS={"compute": [str(folder / "own")]}):
        yield


@contextmanager
def policy_settings(**changed: object) -> Iterator[None]:
    """Change settings of Horizon's policy engine.  Load Nova's rules only: loading all rules takes seconds."""
    only = {"POLICY_FILES": {"compute": settings.POLICY_FILES["compute"]}}
    with override_settings(**only | changed):
        policy.reset()
        yield
    policy.reset()
