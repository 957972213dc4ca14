"""Rules "include direction" and "third-party header": who may include what."""

import re

from tree import Violation, line_of, matches

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]*)"|<([^>]*)>)', re.MULTILINE)


def included(text):
    """(line, name, quoted) of each include."""
    for found in _INCLUDE.finditer(text):
        yield line_of(text, found.start()), found.group(1) or found.group(2), found.group(1) is not None


def _room_of(path, rooms):
    """The longest room that holds the path: `ops/lab` before `ops`."""
    return max((room for room in rooms if path.startswith(room + "/")), key=len, default=None)


def direction(tree, data):
    rooms = data["rooms"]
    found = []

    def wrong(path, line, message):
        found.append(Violation(path, line, "include-direction", message))

    for path in tree.cpp():
        own = _room_of(path, rooms)
        if own is None:
            wrong(path, 1, "lies in no room; move it, or add the room to tests/tidy/includes.toml")
            continue
        for line, name, quoted in included(tree.text(path)):
            room = _room_of(name, rooms)
            if not quoted:
                if room is not None:
                    wrong(path, line, f'<{name}> is ours; write "{name}"')
                continue
            if room is None:
                wrong(path, line, f'"{name}" does not begin at the root of the repository; write "ROOM/…/{name}"')
            elif room not in rooms[own]:
                wrong(path, line, f"{own} must not include {room}; it may include {', '.join(rooms[own])}. Move the "
                                  "declaration down, or the code that needs it up")
            elif not tree.exists(name):
                wrong(path, line, f'"{name}" is not in the repository; correct the path')
    return found


def third_party(tree, data):
    found = []
    for path in tree.cpp():
        for line, name, quoted in included(tree.text(path)):
            if quoted or _room_of(name, data["rooms"]) or ("." not in name and "/" not in name):
                continue
            library = next((one for one in data["library"] if matches(name, one["headers"])), None)
            if library is None:
                found.append(Violation(path, line, "third-party-header", f"<{name}> is of no library that is listed; "
                                       "add it with its places to tests/tidy/includes.toml, or do without"))
            elif not matches(path, library["where"]):
                places = ", ".join(library["where"])
                found.append(Violation(path, line, "third-party-header", f"<{name}> ({library['name']}) may be "
                                       f"included in {places} only; use our type that wraps it, or extend the list in "
                                       "tests/tidy/includes.toml with the reason"))
    return found
