# SPDX-License-Identifier: Apache-2.0
"""The document of findings names existing tests and has each finding once."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "doc" / "findings.rst").read_text()
ITEMS = re.findall(r"^([SRL]\d+): .+\n=+\n", DOCUMENT, re.MULTILINE)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"``(tests/[\w/]+\.py)``", DOCUMENT))))
def test_named_test_exists(path):
    assert (ROOT / path).is_file()


def test_document_has_each_finding_once():
    assert len(ITEMS) == len(set(ITEMS)) == 52
