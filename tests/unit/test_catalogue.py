# SPDX-License-Identifier: Apache-2.0
"""Every message ID of the panel follows the language guide: short, whole, in today's words, with named placeholders."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

ROOT = Path(__file__).parents[2]
# By function of django.utils.translation: the positions of context, message and plural.
FUNCTIONS = {
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "_": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")
UNNAMED = re.compile(r"(?<!%)%(?:%%)*[sdrif](?!\w)|\{\d*\}")
BUTTON_OR_COLUMN = re.compile(
    r'(?:<button[^>]*>|<th[^>]*>|data-label=")\s*{%\s*trans(?:late)?\s+"([^"]+)"[^%]*%}\s*(?:<|")'
)
SENTENCE_WORDS = 20
LABEL_WORDS = 4
# Messages that start with a name written in lower case.
LOWERCASE_NAMES = ("nova-compute", "libvirt", "vCPU", "os-")
RETIRED = re.compile(
    r"\b(tell|tells|told|asked|heeds?|bears?|begun|anew|whom|whereto|speaks?|such|ones|none|somebody|anybody|nobody|"
    r"alive|under way|way it goes|cut off|course|facts|left over|left out|stays:|come back|comes back|go so|"
    r"he|his|him|can not|please)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Message:
    place: str
    text: str
    plural: str | None = None
    context: str | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.text, self.plural) if self.plural else (self.text,)


def in_code(source: str, place: str) -> Iterator[Message]:
    """Yield the messages of Python code.  Messages that are no literals fail the test."""
    for node in ast.walk(ast.parse(source)):
        name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
        if name not in FUNCTIONS:
            continue
        arguments = [one.value if isinstance(one, ast.Constant) else None for one in node.args]
        context, text, plural = (arguments[at] if at is not None else None for at in FUNCTIONS[name])
        assert isinstance(text, str), f"{place}:{node.lineno}: the message is no literal"
        yield Message(f"{place}:{node.lineno}", text, plural, context)


def in_template(source: str, place: str) -> Iterator[Message]:
    """Yield the messages of a template, as Django's own makemessages finds them."""
    code = templatize(source)
    for call in re.finditer(r"\b(gettext|ngettext|pgettext|npgettext|_)\(", code):
        yield from in_code(_call_at(code, call.start()), place)


def _call_at(code: str, start: int) -> str:
    """Return the call that starts at ``start``: up to the first bracket at which it is complete."""
    for end in re.finditer(r"\)", code[start:]):
        candidate = re.sub(r",\s*count\)", ", 1)", code[start : start + end.end()])
        try:
            ast.parse(candidate)
        except SyntaxError:
            continue
        return candidate
    raise AssertionError(code[start : start + 80])


def catalogue() -> list[Message]:
    found: list[Message] = []
    for path in sorted((ROOT / "migration_panel").rglob("*.py")):
        found += in_code(path.read_text(), str(path.relative_to(ROOT)))
    for path in sorted((ROOT / "templates").rglob("*.html")):
        found += in_template(path.read_text(), str(path.relative_to(ROOT)))
    return found


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    return catalogue()


def sentences(text: str) -> list[str]:
    """Return the sentences.  A quotation counts as one word: it is a command, a label or Nova's text."""
    return re.split(r"(?<=[.?!])\s+", re.sub(r"“[^”]*”", "“quotation”", text))


def wrong(messages: list[Message], test) -> list[str]:
    """Return the messages for which ``test`` is true."""
    return [f"{one.place}: {text}" for one in messages for text in one.texts if test(text, one)]


def test_catalogue_holds_messages_of_code_and_templates(messages):
    assert sum(one.place.startswith("templates/") for one in messages) > 200
    assert sum(one.place.startswith("migration_panel/") for one in messages) > 400


def test_sentences_are_short(messages):
    assert wrong(messages, lambda text, _: any(len(one.split()) > SENTENCE_WORDS for one in sentences(text))) == []


def test_buttons_and_column_titles_are_short():
    """A button, a column title and the label of a cell hold a few words only."""
    long = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        labels = BUTTON_OR_COLUMN.findall(path.read_text())
        long += [f"{path.name}: {label}" for label in labels if len(label.split()) > LABEL_WORDS]
    assert long == []


def test_placeholders_have_names(messages):
    assert wrong(messages, lambda text, _: UNNAMED.search(text)) == []


def test_plural_has_the_placeholders_of_the_singular(messages):
    """The singular may write "one" without the number."""
    different = [
        one.place
        for one in messages
        if one.plural and not set(PLACEHOLDER.findall(one.text)) <= set(PLACEHOLDER.findall(one.plural))
    ]
    assert different == []


def test_no_message_starts_or_ends_with_a_blank(messages):
    assert wrong(messages, lambda text, _: text != text.strip()) == []


def test_no_message_holds_markup_or_a_line_break(messages):
    assert wrong(messages, lambda text, _: re.search(r"</?[a-z]|\n|&\w+;", text)) == []


def test_no_message_holds_a_retired_word(messages):
    assert wrong(messages, lambda text, _: RETIRED.search(PLACEHOLDER.sub("", text))) == []


def test_parts_of_sentences_have_a_context(messages):
    """A message that starts in lower case is a part of a sentence or of a list: a translator has to know of what."""

    def is_part(text: str, one: Message) -> bool:
        return bool(re.match(r"[a-z,;]", text) and not one.context and not text.startswith(LOWERCASE_NAMES))

    assert wrong(messages, is_part) == []


def test_messages_that_differ_in_case_or_punctuation_only_are_the_same_message(messages):
    spellings = defaultdict(set)
    for one in messages:
        bare = re.sub(r"[^\w%()]+", " ", one.text).strip().casefold()
        spellings[one.context, bare].add(one.text)
    assert [texts for texts in spellings.values() if len(texts) > 1] == []


def test_a_message_has_the_same_plural_everywhere(messages):
    plurals = defaultdict(set)
    for one in messages:
        if one.plural:
            plurals[one.context, one.text].add(one.plural)
    assert [texts for texts in plurals.values() if len(texts) > 1] == []
