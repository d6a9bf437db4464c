# SPDX-License-Identifier: Apache-2.0
"""Pages and scripts comply with a Content-Security-Policy without 'unsafe-inline'."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static").rglob("*.js"))
# Text that becomes code, or markup that was not escaped.  The innerHTML of a template element runs no script, and gets
# only text that Django has escaped.
EXECUTED = re.compile(r"\beval\(|new Function\(|document\.write|insertAdjacentHTML|setAttribute\(\s*[\"'](on|style)")
INNER_HTML = re.compile(r"(\w+)\.innerHTML\s*=[^=]")
TAG = re.compile(r"\{[{%#].*?[}%#]\}", re.S)
UNESCAPED = re.compile(r"\|\s*safe\b|autoescape off|mark_safe|SafeString\(")


class InlineCodeParser(HTMLParser):
    """Collect inline scripts, styles and handlers."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(f"<{tag}> in the page")
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.found.append(f"{name} on <{tag}>")
            if str(value).strip().lower().startswith("javascript:"):
                self.found.append(f"a script in {name} of <{tag}>")


def inline_code(html):
    """Return the inline scripts, styles and handlers of a template."""
    parser = InlineCodeParser()
    parser.feed(TAG.sub("", html))
    return parser.found


@pytest.mark.parametrize(
    "html",
    [
        "<script>go()</script>",
        "<style>p{}</style>",
        '<p style="x">',
        '<a onclick="go()">',
        '<a href=" javascript:go()">',
    ],
    ids=["script", "style", "style attribute", "handler", "javascript link"],
)
def test_inline_code_is_found(html):
    assert inline_code(html)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: file.name)
def test_template_has_no_inline_code(template):
    text = template.read_text()
    assert inline_code(text) == []
    assert not UNESCAPED.search(text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: file.name)
def test_template_has_lines_of_at_most_120_characters(template):
    lines = template.read_text().splitlines()
    assert {number: line for number, line in enumerate(lines, 1) if len(line) > 120} == {}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.name)
def test_script_does_not_execute_text(script):
    text = script.read_text()
    assert not EXECUTED.search(text)
    assert set(INNER_HTML.findall(text)) <= {"template"}


def test_package_marks_no_text_as_safe():
    for module in sorted((ROOT / "migration_panel").rglob("*.py")):
        assert not UNESCAPED.search(module.read_text()), module
