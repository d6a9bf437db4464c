# SPDX-License-Identifier: Apache-2.0
"""Find retired words in names, comments and docstrings of the package.

``python -m tests.support.retired_words`` lists them. Texts for users are strings: they are not searched.
"""

import argparse
import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
FILES = ("migration_panel/**/*.py", "static/**/*.js", "static/**/*.scss", "templates/**/*.html", "globals.d.ts")

# Parts of names: archaic verbs, participles and pronouns that stand for a noun, and names that newer names replace.
NAME_PART = re.compile(
    r"aftermath|alive|anew|(?:un)?ask(?:s|ed|ing)?|bears?|beg[aiu]n(?:s|ning)?|borne|came|fate|foreign|goes|had|having"
    r"|(?:un)?heard|(?:un)?heed(?:s|ed)?|homeless|misfit|ones?|patience|speaks?|spoken?|spots?|stranded|take[ns]?|tally"
    r"|tell(?:s|ing)?|told|took|unlisted|ways?|went|whereto|whom|wish(?:es)?|words"
)
# Names that stay, with the reason; in all files below the first part.
JUSTIFIED = {
    ("migration_panel", "patience"): "The setting PATIENCE, which deployers have in their files.",
    ("migration_panel", "takes_context"): "An argument of Django's.",
    ("static", "goes_on"): "The key goes_on of the JSON answer of run/, which scripts of others read.",
    ("globals.d.ts", "goes_on"): "The same key.",
    ("static", "unlisted"): "A key of the JSON answer of status/, which scripts of others read.",
    ("globals.d.ts", "unlisted"): "The same key.",
}
# Whole names: in other names, they may be fine.
NAMES = frozenset({"none", "such"})
SCRIPT_NAMES = NAMES | {"again", "eager", "kept", "served"}
# Phrases of comments and docstrings.
PHRASES = {
    "alive": r"(?i:\balive\b)",
    "anew": r"(?i:\banew\b)",
    "ask": r"(?i:\b(?:un)?ask(?:s|ed|ing)?\b)(?! (?:the user|whether)\b)",
    "be had": r"\b(?:be|been|was|were) had\b",
    "bear": r"(?i:\b(?:bears?|bearing|borne?)\b)",
    "begin": r"(?i:\b(?:begins?|began|begun)\b)",
    "come to an end": r"\b(?:comes?|came|coming) to (?:an|its|their) end\b",
    "goes so": r"\b(?:go|goes|gone|went) so\b",
    "he": r"(?i:\b(?:he|him|himself|his)\b)",
    "heed": r"(?i:\b(?:un)?heed(?:s|ed|ing)?\b)",
    # A number has a noun or "of" after it; here the noun is missing.
    "one": r"\bones\b|(?<!by )\b[Oo]ne(?=\s*$|[.,;:)?!]| (?:that|which|who|whose|whom|is|was|has|had|does|may|can|must"
    r"|cannot|could|will|would|in|on|for|with|without|from|to|by|as|at|or|and|not|than|goes|alone|anew)\b)"
    r"(?! (?:by one|at a time|after (?:the other|another)|or (?:more|several|two))\b)",
    "none": r"\bnone\b",  # "None" is Python's.
    "speak": r"(?i:\b(?:speaks?|spoke|spoken|speaking)\b)",
    "such": r"(?i:\bsuch\b(?! as\b))",
    # In the sense of accept; a call may take time, and code may take a lock.
    "take": r"(?i:\b(?:takes?|took|taken|taking)\b)(?! (?:\d|an? |the (?:lock|focus|look)|effect|from|hours|long"
    r"|longer|less|many|minutes|more|most of|over|part|place|seconds|several|time|too long|up to|as long)\b)",
    "tell": r"(?i:\b(?:tells?|told|telling)\b)",
    "whereto": r"(?i:\b(?:whereto|wherefrom)\b)",
    "whom": r"(?i:\bwhom\b)",
}
PHRASE = re.compile("|".join(f"(?P<p{number}>{pattern})" for number, pattern in enumerate(PHRASES.values())))
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
NAME = re.compile(r"[A-Za-z_$][\w$]*")
# Comments are kept, texts are dropped: a comment marker within quotation marks starts no comment.
SCRIPT = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|(?P<name>[A-Za-z_$][\w$]*)""",
    re.DOTALL,
)
TEMPLATE = re.compile(
    r"{#(?P<note>.*?)#}|{%\s*comment\b.*?%}(?P<comment>.*?){%\s*endcomment\s*%}|{%\s*blocktrans(?:late)?\b.*?%}"
    r"(?P<text>.*?){%\s*endblocktrans(?:late)?\s*%}|{{(?P<value>.*?)}}|{%(?P<tag>.*?)%}",
    re.DOTALL,
)
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


class Finding(NamedTuple):
    """A retired word; ``text`` is the name, or the phrase and what is around it."""

    file: str
    line: int
    word: str
    text: str


def search_package() -> list[Finding]:
    """Return the findings in all files, in the order of files and lines, without justified names."""
    return [finding for finding in search_all() if justification(finding) not in JUSTIFIED]


@cache
def search_all() -> list[Finding]:
    """Return the findings in all files, in the order of files and lines."""
    found: set[Finding] = set()
    for pattern in FILES:
        for path in ROOT.glob(pattern):
            found.update(search_source(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")))
    return sorted(found)


def justification(finding: Finding) -> tuple[str, str]:
    """Return the key that JUSTIFIED has for the finding if its name stays."""
    return Path(finding.file).parts[0], finding.text


def search_source(file: str, source: str) -> Iterator[Finding]:
    """Yield the findings in one file; ``file`` is a path, which shows the language."""
    path = Path(file)
    yield from _in_name(file, 1, path.stem)
    script = {".js": _in_script, ".ts": _in_script}
    search = {".py": _in_python, ".scss": _in_style, ".html": _in_template, **script}[path.suffix]
    yield from search(file, source)


def _in_python(file: str, source: str) -> Iterator[Finding]:
    for node in ast.walk(ast.parse(source)):
        for name in _names(node):
            yield from _in_name(file, getattr(node, "lineno", 1), name)
        match node:
            # Also a text that documents a field.
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield from _in_prose(file, node.lineno, text)
    # Comments on consecutive lines are one text.
    text, start, last = "", 0, -1
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        line, comment = token.start[0], token.string.lstrip("# ")
        if line != last + 1:
            yield from _in_prose(file, start, text)
            text, start = "", line
        text, last = f"{text}{comment}\n", line
    yield from _in_prose(file, start, text)


def _names(node: ast.AST) -> Iterator[str]:
    """Yield the names that the node itself has, not those of the nodes below."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.alias(asname=str(name)):
            yield name


def _in_script(file: str, source: str) -> Iterator[Finding]:
    for match in SCRIPT.finditer(source):
        line = source.count("\n", 0, match.start()) + 1
        if match["comment"]:
            yield from _in_prose(file, line, match["comment"])
        elif match["name"]:
            yield from _in_name(file, line, match["name"])


def _in_style(file: str, source: str) -> Iterator[Finding]:
    for match in re.finditer(r"(?<![:\w])//[^\n]*|/\*.*?\*/", source, re.DOTALL):
        yield from _in_prose(file, source.count("\n", 0, match.start()) + 1, match[0])


def _in_template(file: str, source: str) -> Iterator[Finding]:
    for match in TEMPLATE.finditer(source):
        line = source.count("\n", 0, match.start()) + 1
        yield from _in_prose(file, line, match["note"] or match["comment"] or "")
        for name in NAME.findall(QUOTED.sub("", match["value"] or match["tag"] or "")):
            yield from _in_name(file, line, name)


def _in_name(file: str, line: int, name: str) -> Iterator[Finding]:
    parts = {part.lower() for part in WORD.findall(name) if NAME_PART.fullmatch(part.lower())}
    if name in (SCRIPT_NAMES if file.endswith(".js") else NAMES):
        parts.add(name)
    yield from (Finding(file, line, part, name) for part in sorted(parts))


def _in_prose(file: str, line: int, text: str) -> Iterator[Finding]:
    for match in PHRASE.finditer(re.sub(r"[\n*]", " ", text)):
        word = next(word for number, word in enumerate(PHRASES) if match.lastgroup == f"p{number}")
        around = " ".join(text[max(match.start() - 25, 0) : match.end() + 25].split())
        yield Finding(file, line + text.count("\n", 0, match.start()), word, around)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", help="only files whose path starts so")
    options = parser.parse_args()
    findings = [finding for finding in search_package() if finding.file.startswith(tuple(options.paths) or "")]
    for finding in findings:
        sys.stdout.write(f"{finding.file}:{finding.line}: {finding.word}: {finding.text}\n")
    sys.stdout.write(f"{len(findings)} findings\n")


if __name__ == "__main__":
    main()
