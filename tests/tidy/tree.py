"""The files that the rules look at, and their texts: C++ split into code, comments and strings; Markdown into prose."""

import fnmatch
import functools
import pathlib
import re
import subprocess
from typing import NamedTuple

CPP = (".h", ".cc")

_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      |(?P<string>R"(?P<mark>[^()\s\\]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*")
      |(?P<number>\b\d(?:'?[0-9A-Za-z.])*)
      |(?P<char>'(?:\\.|[^'\\\n])+')""",
    re.DOTALL | re.VERBOSE)


class Violation(NamedTuple):
    """One place where a rule is broken; `message` says what is wrong and what to do."""
    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


class Block(NamedTuple):
    """A paragraph of prose that begins at `line`; its line breaks are those of the file."""
    line: int
    text: str


def matches(path, patterns):
    """Whether one of the shell patterns covers the path. `*` also crosses slashes."""
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


class Tree:
    """The files of the repository, tracked or new, without those that .gitignore names.

    A directory that is no repository is taken as it is: the tests of the rules use small ones.
    """

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.files = sorted(path for path in self._list() if (self.root / path).is_file())
        self.directories = {str(parent) for path in self.files for parent in pathlib.PurePosixPath(path).parents}
        self._split = {}

    def git(self, *arguments):
        """The output of git in this tree; None when git fails or the tree is no repository."""
        if not (self.root / ".git").exists():
            return None
        done = subprocess.run(["git", "-C", str(self.root), *arguments], capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else None

    def _list(self):
        listed = self.git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        if listed is not None:
            return {name for name in listed.split("\0") if name}
        if (self.root / ".git").exists():
            raise SystemExit(f"git cannot list the files of {self.root}")
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*")}

    @functools.lru_cache(maxsize=None)
    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def exists(self, path):
        return path in self._all or path in self.directories

    @functools.cached_property
    def _all(self):
        return set(self.files)

    def cpp(self, *rooms):
        """The C++ files below the rooms; of the whole tree without any."""
        return [path for path in self.files
                if path.endswith(CPP) and (not rooms or path.split("/")[0] in rooms)]

    def split(self, path):
        """The code, comments and strings of a C++ file: three texts of its size, in which the rest is blank."""
        if path not in self._split:
            self._split[path] = split_cpp(self.text(path))
        return self._split[path]

    def prose(self, path):
        """Paragraphs that people read: comments and string literals of C++, comments of scripts, Markdown."""
        if path.endswith(CPP):
            _, comments, strings = self.split(path)
            return _comment_blocks(comments, "//") + [
                Block(line_of(strings, found.start()), found.group().strip('"'))
                for found in re.finditer(r'"(?:\\.|[^"\\\n])*"', strings)]
        if path.endswith((".py", ".sh", "CMakeLists.txt")):
            return _comment_blocks(self.text(path), "#")
        if path.endswith(".md"):
            return _markdown_blocks(self.text(path))
        return []


def split_cpp(text):
    code, comments, strings = [], [], []
    end = 0
    for token in _TOKEN.finditer(text):
        between, whole = text[end:token.start()], token.group()
        blank = re.sub(r"[^\n]", " ", whole)
        gap = re.sub(r"[^\n]", " ", between)
        kind = token.lastgroup if token.lastgroup != "mark" else "string"
        code += [between, whole if kind == "number" else _hollow(whole) if kind in ("string", "char") else blank]
        comments += [gap, whole if kind == "comment" else blank]
        strings += [gap, whole if kind == "string" else blank]
        end = token.end()
    rest = text[end:]
    gap = re.sub(r"[^\n]", " ", rest)
    return "".join(code) + rest, "".join(comments) + gap, "".join(strings) + gap


def _hollow(literal):
    """A literal with its quotes and without its content."""
    if len(literal) < 2:
        return literal
    return literal[0] + re.sub(r"[^\n]", " ", literal[1:-1]) + literal[-1]


def _comment_blocks(text, mark):
    blocks, first, lines = [], 0, []

    def close():
        if lines:
            blocks.append(Block(first, "\n".join(lines)))
            lines.clear()

    pattern = re.compile(rf"(?:^|\s){re.escape(mark)}+(?!!)\s?(.*)$")
    alone_before = False
    for number, line in enumerate(text.split("\n"), 1):
        found = pattern.search(line)
        if not found or not found.group(1).strip():
            close()
            alone_before = False
            continue
        stands_alone = not line[:found.start()].strip()
        if not (stands_alone and alone_before):
            close()
            first = number
        lines.append(found.group(1))
        alone_before = stands_alone
    close()
    return blocks


def _markdown_blocks(text):
    blocks, first, lines, fenced = [], 0, [], False

    def close():
        if lines:
            blocks.append(Block(first, "\n".join(lines)))
            lines.clear()

    for number, line in enumerate(text.split("\n"), 1):
        fence = line.lstrip().startswith("```")
        if fence:
            fenced = not fenced
        if fence or fenced or line.startswith("    ") or not line.strip():
            close()
            continue
        if line.lstrip().startswith(("#", "|", "* ", "- ")):
            close()
        if not lines:
            first = number
        # Code in the text is no prose; a word stands for it, so that the line keeps its shape.
        lines.append(re.sub(r"`[^`]*`", lambda span: "x" * len(span.group()), line.replace("|", " ")))
    close()
    return blocks
