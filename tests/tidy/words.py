"""Rules "domain word" and "synonym": words that have no place in engine/, and words for which we have another one."""

import re

from ratchet import Place
from tree import CPP, line_of, matches

_IDENTIFIER = re.compile(r"\b[A-Za-z_]\w*\b")
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


def _parts(identifier):
    """`stood_stillFor` as "stood_still_for": the words of an identifier in small letters, between underscores."""
    return "_".join(word.lower() for word in _WORD.findall(identifier))


def _in_identifiers(words, identifier):
    return [word for word, pattern in words if pattern.search(f"_{_parts(identifier)}_")]


def _identifier_pattern(word):
    return re.compile(rf"_(?:{word})_")


def domain(tree, data):
    """Words of the domain in engine/, and names of programs and options there."""
    rules = data["engine"]
    places = []
    words = [(word, _identifier_pattern(f"{word}s?" if plural else word))
             for plural, group in ((True, rules["nouns"]), (False, rules["words"])) for word in group]

    def add(path, line, key, message):
        if not matches(f"{path}:{key}", rules["allowed"]):
            places.append(Place(path, line, key, 1, message))

    for path in tree.cpp("engine"):
        code, _, strings = tree.split(path)
        for found in _IDENTIFIER.finditer(code):
            if found.group() in rules["keywords"]:
                continue
            for word in _in_identifiers(words, found.group()):
                add(path, line_of(code, found.start()), word,
                    f'"{found.group()}": "{word}" is a word of the domain; engine/ takes it as a parameter, or not at '
                    "all")
        for block in tree.prose(path):
            for found in re.finditer(r"[A-Za-z][A-Za-z-]*", block.text):
                small = found.group().lower()
                if small in rules["prose_keywords"]:
                    continue
                for word in _in_identifiers(words, small):
                    add(path, block.line + line_of(block.text, found.start()) - 1, word,
                        f'"{found.group()}": "{word}" is a word of the domain; say it in terms of the engine')
        for pattern in rules["program"]:
            for found in re.finditer(pattern, strings):
                add(path, line_of(strings, found.start()), found.group().strip(),
                    f'"{found.group().strip()}" names a program or its flag; name the option of the interface, and let '
                    "ops add the flag")
    return places


def synonyms(tree, data):
    """Words with a better one: in identifiers, and in what people read."""
    in_code, in_prose = [], []
    for word in data["banned"]:
        if "identifier" in word:
            in_code.append((word, _identifier_pattern(word["identifier"])))
        if "prose" in word:
            flags = 0 if word.get("exact") else re.IGNORECASE
            in_prose.append((word, re.compile(word["prose"].replace(" ", r"\s+"), flags)))
    places = []

    def add(word, where, path, line, text):
        if not matches(path, [*data["ignored"], *word.get("except", [])]):
            key = f"{word['word']} ({where})"
            places.append(Place(path, line, key, 1, f'"{text}": write {word["use"]}'))

    for path in tree.files:
        if matches(path, data["ignored"]):
            continue
        if path.endswith(CPP):
            code = tree.split(path)[0]
            for found in _IDENTIFIER.finditer(code):
                parts = f"_{_parts(found.group())}_"
                for word, pattern in in_code:
                    if pattern.search(parts):
                        add(word, "names", path, line_of(code, found.start()), found.group())
        for block in tree.prose(path):
            for word, pattern in in_prose:
                for found in pattern.finditer(block.text):
                    text = " ".join(found.group().split())
                    add(word, "prose", path, block.line + line_of(block.text, found.start()) - 1, text)
    return places
