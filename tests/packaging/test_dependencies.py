# SPDX-License-Identifier: Apache-2.0
"""The package declares what it imports, and from which version on."""

import ast
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).parents[2]
PACKAGE = "migration_panel"
SETUP_CFG = ConfigParser()
SETUP_CFG.read(CHECKOUT / "setup.cfg")
DECLARED = {
    canonicalize_name(requirement.name): requirement
    for requirement in map(Requirement, SETUP_CFG["options"]["install_requires"].strip().splitlines())
}


def imported_modules(node: ast.AST) -> Iterator[str]:
    """Yield the top-level modules that the code imports when it runs, not those below ``if TYPE_CHECKING``."""
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        for statement in node.orelse:
            yield from imported_modules(statement)
        return
    if isinstance(node, ast.Import):
        yield from (alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module.partition(".")[0]
    for child in ast.iter_child_nodes(node):
        yield from imported_modules(child)


def imported_distributions() -> set[str]:
    """Return the installed distributions that the package imports."""
    modules = {
        module
        for file in (CHECKOUT / PACKAGE).rglob("*.py")
        for module in imported_modules(ast.parse(file.read_text(encoding="utf-8")))
    }
    distributions = packages_distributions()
    third_party = modules - sys.stdlib_module_names - {PACKAGE}
    return {canonicalize_name(distributions[module][0]) for module in third_party}


def test_install_requires_names_every_imported_distribution_and_no_other():
    assert set(DECLARED) == imported_distributions()


@pytest.mark.parametrize("name", DECLARED)
def test_requirement_has_a_lower_bound(name):
    assert [specifier.operator for specifier in DECLARED[name].specifier].count(">=") == 1


def test_imports_for_type_checkers_are_no_dependency():
    code = "import a\nif TYPE_CHECKING:\n    import b\nelse:\n    import c.d\ndef f():\n    from e.f import g"
    assert set(imported_modules(ast.parse(code))) == {"a", "c", "e"}
