# SPDX-License-Identifier: Apache-2.0
"""Which feature may import which: imports run one way, no module is in a cycle, and pure rules stay pure."""

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
FEATURES = ("api", "preflight", "migrate", "board", "hosts")

# A feature, or a module at the top, imports only from lines above its own.
ORDER = (
    ("clock", "conf", "formatting", "http", "identifiers", "machine_lock", "messages", "migration_types"),
    ("instance_states",),
    ("cache", "exceptions"),
    ("deadline", "scope", "times"),
    ("policy", "proof"),
    ("navigation", "routing"),
    *((feature,) for feature in FEATURES),
    ("customization", "enabled", "templatetags", "urls"),
    ("panels",),
)
# Within a feature, a package imports only from itself and from packages before it; "" is the feature's own modules.
PACKAGES = {"board": ("", "detail", "history"), "hosts": ("", "drain", "listing", "evacuate")}
MAX_DEPTH = 3

# Long functions of the board were hard to change, so its functions and files have limits: lines of a
# function with its docstring, clauses (``for`` and ``if``) of all comprehensions of a function, lines of a file.
SMALL = "board"
MAX_FUNCTION_LINES = 30
MAX_CLAUSES = 5
MAX_FILE_LINES = 300
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

# Rules, and the records that they judge: they import neither a framework nor a client.
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
)


def names_imported(module):
    """Yield every imported name of the module: a module, or a name in a module."""
    for node in ast.walk(ast.parse(FILES[module].read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_of(name):
    """Return the package's module that has or contains the name; None for a name of another package."""
    return next((one for one in (name, name.rpartition(".")[0]) if one in FILES), None)


IMPORTED = {module: set(names_imported(module)) for module in FILES}
OURS = {module: {one for name in names if (one := module_of(name))} for module, names in IMPORTED.items()}
OTHERS = {module: {name.partition(".")[0] for name in names} - {PACKAGE} for module, names in IMPORTED.items()}


def reached_from(module):
    """Return the module and all modules that it imports, directly or through other modules."""
    found, due = set(), [module]
    while due:
        one = due.pop()
        if one not in found:
            found.add(one)
            due += OURS[one]
    return found


def feature_of(module):
    return module.split(".")[1]


def package_of(module):
    """Return the package within the feature; empty for a module of the feature itself."""
    parts = module.split(".")
    inner = parts[2:] if FILES[module].name == "__init__.py" else parts[2:-1]
    return inner[0] if inner else ""


def imports_between_features():
    """Yield pairs of a module and an imported module of another feature; the package itself is no feature."""
    for module in FILES:
        for other in OURS[module]:
            if PACKAGE not in (module, other) and feature_of(other) != feature_of(module):
                yield module, other


def test_features_import_in_one_direction():
    level = {name: number for number, names in enumerate(ORDER) for name in names}
    assert {feature_of(module) for module in FILES if module != PACKAGE} == set(level)
    wrong = {
        (module, other)
        for module, other in imports_between_features()
        if level[feature_of(other)] >= level[feature_of(module)]
    }
    assert wrong == set()


@pytest.mark.parametrize("feature", PACKAGES)
def test_packages_of_a_feature_import_in_one_direction(feature):
    packages = PACKAGES[feature]
    modules = [module for module in FILES if module != PACKAGE and feature_of(module) == feature]
    assert {package_of(module) for module in modules} == set(packages)
    wrong = {
        (module, other)
        for module in modules
        for other in OURS[module] - {PACKAGE}
        if feature_of(other) == feature and packages.index(package_of(other)) > packages.index(package_of(module))
    }
    assert wrong == set()


def test_no_import_cycle_between_modules():
    graph = {module: OURS[module] - {module} for module in FILES}
    assert set(TopologicalSorter(graph).static_order()) == set(graph)


def test_no_file_is_deeper_than_three_levels():
    deep = {module for module, file in FILES.items() if len(file.relative_to(ROOT / PACKAGE).parts) > MAX_DEPTH}
    assert deep == set()


@pytest.mark.parametrize("module", PURE)
def test_pure_rules_import_neither_django_nor_a_client(module):
    """Modules that a pure module imports count too."""
    found = {name: OTHERS[name] & (FRAMEWORK | CLIENTS) for name in reached_from(f"{PACKAGE}.{module}")}
    assert {name: libraries for name, libraries in found.items() if libraries} == {}


def test_only_api_imports_the_clients():
    knowing = {module for module in FILES if OTHERS[module] & CLIENTS}
    assert knowing
    assert {module for module in knowing if not module.startswith(f"{PACKAGE}.api.")} == set()


def test_only_the_class_nova_joins_the_parts_of_its_api():
    """Other modules import the class Nova: there is no second way to call Nova."""
    parts = {module for module in FILES if module.startswith(f"{PACKAGE}.api.nova_")}
    assert parts
    assert {module for module in FILES if OURS[module] & parts} == {f"{PACKAGE}.api.nova"}


def test_only_one_module_knows_djangos_cache():
    """Elsewhere an error of the cache would be an error of the page."""
    knowing = {module for module in FILES if any(name.startswith("django.core.cache") for name in IMPORTED[module])}
    assert knowing == {f"{PACKAGE}.cache"}


def test_only_one_module_knows_djangos_messages():
    """Other modules would store texts of any length in cookies."""
    names = ("django.contrib.messages", "horizon.messages")
    knowing = {module for module in FILES if any(name.startswith(names) for name in IMPORTED[module])}
    assert knowing == {f"{PACKAGE}.messages"}


@pytest.mark.parametrize("feature", FEATURES)
def test_unit_tests_mirror_the_package(feature):
    tried = {file.parent for file in (ROOT / "tests" / "unit" / feature).rglob("test_*.py")}
    packages = {folder.relative_to(ROOT / "tests" / "unit") for folder in tried}
    assert {folder for folder in packages if not (ROOT / PACKAGE / folder / "__init__.py").exists()} == set()


@pytest.mark.parametrize("feature", FEATURES)
def test_each_package_has_a_docstring(feature):
    folders = [file.parent for file in (ROOT / PACKAGE / feature).rglob("*.py")]
    assert {
        folder for folder in folders if not ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))
    } == set()


SMALL_MODULES = [module for module in FILES if module.startswith(f"{PACKAGE}.{SMALL}")]


def functions_of(module):
    """Yield each function and method of a module."""
    for node in ast.walk(ast.parse(FILES[module].read_text())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def comprehension_clauses(function):
    """Return how many ``for`` and ``if`` clauses the comprehensions of a function have, with nested comprehensions."""
    generators = [part for node in ast.walk(function) if isinstance(node, COMPREHENSIONS) for part in node.generators]
    return sum(1 + len(part.ifs) for part in generators)


def test_clauses_of_nested_comprehensions_are_counted():
    [function] = ast.parse("def f(): return {x for y in [z for z in a if z] for x in y}, [0 for _ in a]").body
    assert comprehension_clauses(function) == 5


@pytest.mark.parametrize("module", SMALL_MODULES)
def test_functions_of_the_board_have_at_most_30_lines(module):
    lengths = {(node.name, node.lineno): node.end_lineno - node.lineno + 1 for node in functions_of(module)}
    assert {place: lines for place, lines in lengths.items() if lines > MAX_FUNCTION_LINES} == {}


@pytest.mark.parametrize("module", SMALL_MODULES)
def test_functions_of_the_board_have_at_most_5_comprehension_clauses(module):
    clauses = {(node.name, node.lineno): comprehension_clauses(node) for node in functions_of(module)}
    assert {place: number for place, number in clauses.items() if number > MAX_CLAUSES} == {}


@pytest.mark.parametrize("module", SMALL_MODULES)
def test_files_of_the_board_are_under_300_lines(module):
    assert len(FILES[module].read_text().splitlines()) < MAX_FILE_LINES
