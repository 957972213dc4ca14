"""Rules "room readme" and "dangling reference": READMEs name the files of their room, and nothing names what is not."""

import fnmatch
import itertools
import posixpath
import re

from ratchet import Place
from tree import CPP, line_of, matches

_LINK = re.compile(r"(?<!!)\[[^\]\n]*(?:\n[^\]\n]*)?\]\(([^)\s]+)\)")
_SPAN = re.compile(r"`([^`\n]+)`")
_DOCUMENT = re.compile(r"(?<![\w/.-])[A-Za-z][\w-]*\.md\b")
_ROOTED = re.compile(r"(?<![\w/.<-])(?:engine|topics|projections|ops|tests)/[\w.*/{},+-]*\w")
_SOURCE = re.compile(r"(?<![\w/.<*…-])[\w*][\w./*-]*\.(?:h|cc|py|mjs|java)\b(?!\.?\w)")
_HEADING = re.compile(r"^(#+)\s+(.*?)\s*#*$", re.MULTILINE)


def _braces(name):
    """`a.{h,cc}` as `a.h` and `a.cc`."""
    found = re.search(r"\{([^{}]*)\}", name)
    if not found:
        return [name]
    return list(itertools.chain.from_iterable(
        _braces(name[:found.start()] + one + name[found.end():]) for one in found.group(1).split(",")))


def _fences(text):
    """The text with its fenced code blank."""
    return re.sub(r"^[ \t]*```.*?^[ \t]*```", lambda found: re.sub(r"[^\n]", " ", found.group()), text,
                  flags=re.MULTILINE | re.DOTALL)


# ---- room readme

def _named(text):
    """What a README names: code spans and targets of links, without their endings."""
    names = set()
    for span in _SPAN.findall(text) + [target.split("#")[0] for target in _LINK.findall(text)]:
        for name in re.split(r"[\s,]+", span):
            names.update(one.strip("/") for one in _braces(name))
    return {name for name in names if name}


def _stem(path):
    return re.sub(r"\.(?:h|cc)$", "", path)


def readmes(tree, data):
    places = []
    for readme in tree.files:
        if not readme.endswith("README.md") or matches(readme, data["without_table"]):
            continue
        folder = posixpath.dirname(readme)
        if not folder:
            continue
        names = _named(tree.text(readme))
        below = {posixpath.dirname(other) for other in tree.files
                 if other.endswith("README.md") and other.startswith(folder + "/") and other != readme}
        units = {}
        for path in tree.files:
            if not path.startswith(folder + "/") or not path.endswith(tuple(data["named"])):
                continue
            own = next((one for one in below if path.startswith(one + "/")), None)
            units.setdefault(own + "/" if own else _stem(path) if path.endswith(CPP) else path, path)
        for unit, path in units.items():
            if not _is_named(posixpath.relpath(unit, folder), unit.endswith("/"), names, folder in data["directories"]):
                name = posixpath.relpath(unit, folder) + "/" if unit.endswith("/") else posixpath.relpath(path, folder)
                places.append(Place(readme, 1, f"{readme}: {name}", 1,
                                    f"does not name {name}; add a row that says what it is about"))
    return places


def _is_named(unit, is_directory, names, by_directory):
    """Whether a name stands for the unit.

    That is its path from the README or the end of it, a pattern, or, with `by_directory`, a directory above it.
    """
    parts = unit.split("/")
    ends = {"/".join(parts[start:]) for start in range(len(parts))}
    above = set()
    if by_directory:
        above = {"/".join(parts[start:end]) for end in range(1, len(parts)) for start in range(end)}
    if is_directory:
        ends.add(unit + "/README.md")
    for name in names:
        stem = _stem(name)
        if name in ends or stem in ends or name in above:
            return True
        if "*" in stem and any(fnmatch.fnmatchcase(end, stem) for end in ends):
            return True
    return False


# ---- dangling reference

def slug(heading):
    """The anchor that GitHub gives a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def anchors(text):
    found = {}
    names = set(re.findall(r"""<a (?:id|name)=["']([^"']+)""", text))
    for _, heading in _HEADING.findall(_fences(text)):
        one = slug(heading)
        names.add(one if one not in found else f"{one}-{found[one]}")
        found[one] = found.get(one, 0) + 1
    return names


class _Names:
    """Whether a name that a text mentions is that of a file here."""

    def __init__(self, tree, data):
        self.tree = tree
        self.foreign = data["foreign"]
        self.ends = set()
        for path in [*tree.files, *tree.directories]:
            parts = path.split("/")
            self.ends.update("/".join(parts[start:]) for start in range(len(parts)))

    def known(self, name):
        name = name.rstrip("./")
        if name in self.ends or matches(name, self.foreign):
            return True
        if "*" in name:
            return any(fnmatch.fnmatchcase(end, name) for end in self.ends)
        return False


def references(tree, data):
    names = _Names(tree, data)
    places = []

    def add(path, line, target, message):
        places.append(Place(path, line, f"{path.rsplit('/', 1)[-1]}: {target}" if not path.endswith("README.md") else
                            f"{path}: {target}", 1, message))

    for path in tree.files:
        if matches(path, data["unchecked"]):
            continue
        if path.endswith(".md"):
            text = _fences(tree.text(path))
            _links(tree, path, text, add)
            spoken = [(line_of(text, span.start()), span.group(1)) for span in _SPAN.finditer(text)]
            spoken += [(line_of(text, found.start()), found.group()) for found in _DOCUMENT.finditer(text)]
        elif path.endswith((*CPP, ".py", ".sh", ".toml")):
            spoken = [(block.line, block.text) for block in tree.prose(path)]
        elif path.endswith("CMakeLists.txt"):
            spoken = [(block.line, block.text) for block in tree.prose(path)]
        else:
            continue
        for line, text in spoken:
            for pattern in (_DOCUMENT, _ROOTED, _SOURCE):
                for found in pattern.finditer(text):
                    for name in _braces(found.group()):
                        if not names.known(name):
                            add(path, line + line_of(text, found.start()) - 1, name,
                                f'"{name}" is not in the repository; correct the name, or state the rule itself')
    return _once(places)


def _once(places):
    """Each place once, although several patterns may find it."""
    return list(dict.fromkeys(places))


def _links(tree, path, text, add):
    folder = posixpath.dirname(path)
    for found in _LINK.finditer(text):
        target = found.group(1)
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        line = line_of(text, found.start())
        full = posixpath.normpath(posixpath.join(folder, file)) if file else path
        if not tree.exists(full):
            add(path, line, target, f'the link to "{target}" leads nowhere; correct its path')
        elif anchor and full.endswith(".md") and anchor not in anchors(tree.text(full)):
            add(path, line, target, f'"{full}" has no heading for "#{anchor}"; correct the anchor')
