# SPDX-License-Identifier: Apache-2.0
"""Names, comments and docstrings of the package use the field's terms and plain English."""

import pytest

from tests.support.retired_words import JUSTIFIED, justification, search_all, search_package, search_source


def test_package_uses_no_retired_word():
    assert search_package() == []


def test_each_justified_name_is_still_used():
    assert JUSTIFIED.keys() <= {justification(finding) for finding in search_all()}


@pytest.mark.parametrize(
    ("file", "source", "words"),
    [
        pytest.param("a.py", "told = one.name", ["one", "told"], id="names"),
        pytest.param("a.py", "def f(asked_of): pass", ["asked"], id="argument"),
        pytest.param("a.py", "f(whom=1)", ["whom"], id="keyword"),
        pytest.param("a.py", "stone = None\nbegun_at = 1", ["begun"], id="part of a name"),
        pytest.param("a.py", "text = _('Nova was asked.')", [], id="text for users"),
        pytest.param("a.py", "# Ask Nova\n# for ones.", ["ask", "one"], id="comment on two lines"),
        pytest.param("a.py", "# One call, one of two hosts, one by one, None.", [], id="numbers and None"),
        pytest.param("a.py", "# The first one.\nx = 1\n# None such; such as this.", ["one", "such"], id="pronouns"),
        pytest.param("a.py", "# It takes 3 s, takes a lock, and takes no host.", ["take"], id="accept"),
        pytest.param("a.py", 'def f():\n    """Tell it."""', ["tell"], id="docstring"),
        pytest.param("a.js", "// Begun.\nconst told = 'asked'; // anew", ["anew", "begin", "told"], id="script"),
        pytest.param("a.scss", "// Tells\na { b: url(http://one.) }", ["tell"], id="style sheet"),
        pytest.param(
            "a.html", "{# told #}{% trans 'asked' %}{{ row.words }}<b>ask</b>", ["tell", "words"], id="template"
        ),
        pytest.param("asking.py", "", ["asking"], id="file name"),
    ],
)
def test_search_finds_words_in_names_and_prose(file, source, words):
    assert sorted(finding.word for finding in search_source(file, source)) == words
