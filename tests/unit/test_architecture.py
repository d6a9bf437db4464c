# SPDX-License-Identifier: Apache-2.0
"""Which module may import which: data flows one way, and rooms form no circle."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "migration_panel"
FILES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
    for file in sorted((ROOT / PACKAGE).rglob("*.py"))
}
FRAMEWORK = {"django", "horizon", "openstack_auth", "openstack_dashboard"}
CLIENTS = {"novaclient", "keystoneauth1", "keystoneclient"}
FEATURES = ("board", "preflight", "migrate", "hosts")

# Rules, and records for them to judge.  In a room, all but what has sentences.
PURE = (
    "migration_types",
    "identifiers",
    "api.drivers",
    "api.host_models",
    "api.placement_models",
    "api.models",
    "preflight.resource_request",
    "preflight.estimate",
    "preflight.inputs",
    "preflight.capacity",
    "preflight.finding",
    "preflight.instance_checks",
    "preflight.device_checks",
    "preflight.destination_checks",
    "preflight.registry",
    "preflight.fit",
    "preflight.placement_fit",
    "preflight.destinations",
    "preflight.assess",
    "migrate.bulk_selection",
    "migrate.recommend",
    "board.detail.chart",
    "board.detail.timeline",
    "board.actions",
    "board.cursor",
    "board.failure",
    "board.harm",
    "board.progress",
    "board.stale",
    "board.status",
    "board.unrecorded",
    "hosts.evacuate.plan",
    "hosts.listing.filters",
    "hosts.listing.rows",
    "hosts.drain.drain_state",
    "hosts.drain.eta",
    "hosts.drain.evidence",
    "hosts.drain.methods",
    "hosts.drain.plan",
    "hosts.drain.records",
    "hosts.drain.request",
    "hosts.drain.return_state",
    "hosts.drain.run",
    "hosts.drain.stale_records",
)
SENTENCES = ("words", "sentences")


def names_imported(module):
    """Whatever stands after an import, wherever in the module: a module, or something in one."""
    for node in ast.walk(ast.parse(FILES[module].read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_of(name):
    """The module of ours that the name is, or is in; None for one of others'."""
    return next((one for one in (name, name.rpartition(".")[0]) if one in FILES), None)


IMPORTED = {module: set(names_imported(module)) for module in FILES}
OURS = {module: {one for name in names if (one := module_of(name))} for module, names in IMPORTED.items()}
OTHERS = {module: {name.partition(".")[0] for name in names} - {PACKAGE} for module, names in IMPORTED.items()}


def reached_from(module):
    """It, and all that it imports by way of others."""
    found, due = set(), [module]
    while due:
        one = due.pop()
        if one not in found:
            found.add(one)
            due += OURS[one]
    return found


def pure_modules():
    for name in PURE:
        found = [one for one in FILES if f"{one}.".startswith(f"{PACKAGE}.{name}.")]
        assert found, f"there is no {name}"
        yield from (one for one in found if one.rpartition(".")[2] not in SENTENCES)


def test_modules_form_no_circle():
    graph = {module: OURS[module] - {module} for module in FILES}
    assert set(TopologicalSorter(graph).static_order()) == set(graph)


@pytest.mark.parametrize("module", sorted(set(pure_modules())))
def test_pure_rules_import_neither_django_nor_a_client(module):
    """Nor by way of others."""
    found = {one: OTHERS[one] & (FRAMEWORK | CLIENTS) for one in reached_from(module)}
    assert {one: libraries for one, libraries in found.items() if libraries} == {}


def test_only_api_imports_the_clients():
    knowing = {module for module in FILES if OTHERS[module] & CLIENTS}
    assert knowing
    assert {module for module in knowing if not module.startswith(f"{PACKAGE}.api.")} == set()


def test_only_one_module_knows_djangos_cache():
    """Elsewhere an error of the cache would be an error of the page."""
    knowing = {module for module in FILES if any(name.startswith("django.core.cache") for name in IMPORTED[module])}
    assert knowing == {f"{PACKAGE}.cache"}


def test_only_one_module_knows_djangos_messages():
    """Others would store texts of any length in cookies."""
    names = ("django.contrib.messages", "horizon.messages")
    knowing = {module for module in FILES if any(name.startswith(names) for name in IMPORTED[module])}
    assert knowing == {f"{PACKAGE}.messages"}


def test_api_imports_no_feature():
    features = tuple(f"{PACKAGE}.{feature}" for feature in FEATURES)
    asked = {one for module in FILES if module.startswith(f"{PACKAGE}.api") for one in OURS[module]}
    assert {one for one in asked if one.startswith(features)} == set()


@pytest.mark.parametrize("feature", [*FEATURES, "api"])
def test_unit_tests_are_in_the_rooms_of_what_they_try(feature):
    tried = {file.parent for file in (ROOT / "tests" / "unit" / feature).rglob("test_*.py")}
    packages = {folder.relative_to(ROOT / "tests" / "unit") for folder in tried}
    assert {folder for folder in packages if not (ROOT / PACKAGE / folder / "__init__.py").exists()} == set()


@pytest.mark.parametrize("feature", FEATURES)
def test_each_room_says_what_it_is_for(feature):
    folders = [file.parent for file in (ROOT / PACKAGE / feature).rglob("*.py")]
    assert {
        folder for folder in folders if not ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))
    } == set()
