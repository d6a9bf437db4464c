# SPDX-License-Identifier: Apache-2.0
"""The documents name existing files only."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A path from the top of the repository, in backquotes.  A path with a placeholder is not matched.
NAMED_PATH = re.compile(r"`((?:benchmarks|devcloud|doc|migration_panel|releasenotes|static|templates|tests)/[\w./-]*)`")
DOCUMENTS = (
    "CONTRIBUTING.rst",
    "README.rst",
    "devcloud/README.md",
    "doc/api.rst",
    "doc/architecture.rst",
    "doc/policy.rst",
    "tests/README.rst",
)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_in_the_document_exists(document):
    paths = NAMED_PATH.findall((ROOT / document).read_text(encoding="utf-8"))
    assert [path for path in paths if not (ROOT / path).exists()] == []
