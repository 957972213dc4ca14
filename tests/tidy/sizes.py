"""Rules "function length" and "file length"."""

import ast
import re

from ratchet import Place
from tree import line_of, matches

_BOUNDARY = re.compile(r"[;{}(]")
_CONTROL = re.compile(r"^\s*(?:if|for|while|switch|do|else|return|try|catch)\b")
_TYPE = re.compile(r"^\s*(?:typedef\s+)?(?:enum\s+class|enum|class|struct|union)\b(?:\s*\[\[[^\]]*\]\])*\s*([\w:]*)")
_NAME = re.compile(r"((?:\w+(?:<[^()<>]*>)?::)*(?:operator\s*[^\s\w(]+|operator\s*\(\)|operator\s+[\w:]+|~?\w+))\s*\(")
_TEST = re.compile(r"^\s*(?:TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST(?:_FIXTURE)?_PROP)\s*\(\s*(\w+)\s*,\s*(\w+)")
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE)


def _closing(code, opening):
    depth = 0
    for found in re.compile(r"[{}]").finditer(code, opening):
        depth += 1 if found.group() == "{" else -1
        if depth == 0:
            return found.start()
    return len(code) - 1


def _drop_templates(header):
    """The header without a leading `template <…>`."""
    header = header.lstrip()
    while header.startswith("template"):
        depth, at = 0, header.find("<")
        if at < 0:
            return header
        for at in range(at, len(header)):
            depth += {"<": 1, ">": -1}.get(header[at], 0)
            if depth == 0:
                break
        header = header[at + 1:].lstrip()
        header = re.sub(r"^requires\s+[\w:]+<[^{}]*?>\s+", "", header)
    return header


def _name(header, scope):
    test = _TEST.match(header)
    if test:
        return f"{test.group(1)}.{test.group(2)}"
    found = _NAME.search(header)
    name = re.sub(r"\s+", " ", found.group(1)) if found else header.strip()[:40]
    return "::".join([*scope, name])


def cpp_functions(code):
    """(line, name, lines) of each function that is defined in the code, found by its braces.

    Good for code as clang-format leaves it: a brace at the level of a namespace or a class opens a function when a
    parameter list is before it. Braces of initializers belong to what is before them.
    """
    # Directives may hold braces of their own; an access specifier ends what is before it.
    code = _DIRECTIVE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), code)
    code = re.sub(r"\b(public|protected|private)\s*:(?!:)", lambda found: " " * (len(found.group()) - 1) + ";", code)
    functions = []

    def scan(at, end, scope):
        begin = at
        while at < end:
            found = _BOUNDARY.search(code, at, end)
            if not found:
                return
            at, sign = found.end(), found.group()
            if sign == "(":  # to its end: it may hold lambdas and semicolons
                depth = 1
                for paren in re.compile(r"[()]").finditer(code, at, end):
                    depth += 1 if paren.group() == "(" else -1
                    if depth == 0:
                        at = paren.end()
                        break
                continue
            if sign != "{":
                begin = at
                continue
            opening, closing = found.start(), _closing(code, found.start())
            header = _drop_templates(code[begin:opening])
            after = code[closing + 1:closing + 400].lstrip()[:1]
            kind = _TYPE.match(header)
            if re.match(r"\s*(?:inline\s+)?namespace\b|\s*extern\s*\"", header):
                scan(opening + 1, closing, scope)
                begin = at = closing + 1
            elif kind and not header.lstrip().startswith("enum") and not _has_parameters(header, kind):
                scan(opening + 1, closing, [*scope, kind.group(1)] if kind.group(1) else scope)
                at = closing + 1
                begin = at
            elif "(" in header and after not in (",", "{") and not _CONTROL.match(header):
                start = begin + len(code[begin:opening]) - len(code[begin:opening].lstrip())
                first, last = line_of(code, start), line_of(code, closing)
                functions.append((first, _name(header, scope), last - first + 1))
                begin = at = closing + 1
            else:
                at = closing + 1  # an initializer, or an enum: what is before it goes on

    scan(0, len(code), [])
    return functions


def _has_parameters(header, kind):
    """Whether a header that begins with struct or class is that of a function that returns one."""
    rest = header[kind.end():]
    rest = rest.split(":", 1)[0] if re.search(r"(?<!:):(?!:)", rest) else rest
    return "(" in rest


def python_functions(text):
    try:
        parsed = ast.parse(text)
    except SyntaxError:
        return
    for node in ast.walk(parsed):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.name, node.end_lineno - node.lineno + 1


def functions(tree, data):
    limit = data["function_lines"]
    places = []
    for path in tree.files:
        if matches(path, data["generated"]):
            continue
        if path.endswith((".h", ".cc")):
            found = cpp_functions(tree.split(path)[0])
        elif path.endswith(".py"):
            found = list(python_functions(tree.text(path)))
        else:
            continue
        file = path.rsplit("/", 1)[-1]
        places += [Place(path, line, f"{file}: {name}", lines, f"{name} has {lines} lines, {limit} are allowed; "
                         "extract a function that has a name of its own")
                   for line, name, lines in found if lines > limit]
    return places


def files(tree, data):
    limit = data["file_lines"]
    places = []
    for path in tree.files:
        if not path.endswith(tuple(data["source"])) or matches(path, data["generated"]):
            continue
        lines = tree.text(path).count("\n")
        if lines > limit:
            name = path.rsplit("/", 1)[-1]
            places.append(Place(path, limit + 1, name, lines, f"the file has {lines} lines, {limit} are allowed; give "
                                "its second subject a file of its own"))
    return places
