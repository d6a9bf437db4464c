# SPDX-License-Identifier: Apache-2.0
"""Input for the fuzz tests: text in every script, JSON of any shape, and damaged answers of Nova."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

# Texts that have caused faults in other programs.
NASTY = (
    "",
    " ",
    "0",
    "-1",
    "None",
    "null",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "{{ 7|add:7 }}{% now 'Y' %}",
    "$(reboot); `id` && rm -rf / #",
    "%s %(name)s %d {0} {name}",
    "\u202egpj.exe",
    "\u0000\u0007\u001b[31m",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u4f60\u597d \u0939\u093f\u0928\u094d\u0926\u0940",
    "\U0001f469\u200d\U0001f4bb" * 20,
    "a" * 255,
    "2026-11-22T12:00:00",
    "0001-01-01T00:00:00",
    "9999-12-31T23:59:59+14:00",
    "compute-02",
    "1e309",
    "99999999999999999999",
)

texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=40))
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts)
shapes = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)


@st.composite
def damaged(draw: st.DrawFn, answer: Any) -> Any:
    """Return the answer with one to three parts replaced by any value, removed or doubled."""
    spoilt = {"": deepcopy(answer)}
    for _ in range(draw(st.integers(1, 3))):
        place, key = draw(st.sampled_from(list(_places(spoilt))))
        how = draw(st.sampled_from(("replace", "replace", "remove", "double")))
        if how == "remove":
            del place[key]
        elif how == "double" and isinstance(place, list):
            place.append(deepcopy(place[key]))
        else:
            place[key] = draw(shapes)
        if "" not in spoilt:
            return None
    return spoilt[""]


def _places(value: Any) -> Any:
    """Yield each container in the answer with each of its keys."""
    if not isinstance(value, (dict, list)):
        return
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        yield from _places(value[key])
