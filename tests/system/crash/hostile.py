#!/usr/bin/env python3
"""Hostile input: every bad record becomes a dead letter with its reason, good ones around it are applied."""

import collections
import datetime
import json
import shutil

import common
from program import OK, Scratch, require

TOPIC = "gridloop.requests"
DEAD_LETTERS = "gridloop.dead-letters"
NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


def event(case, /, **changes):
    """A good request.reported about `case`, with attributes changed or, by None, left out."""
    attributes = {
        "specversion": "1.0", "id": f"hostile/{case}", "source": "hotline/hostile", "type": "request.reported",
        "subject": case, "time": (NOW - datetime.timedelta(minutes=1)).isoformat(),
        "data": {"area": "8", "category": "Noise", "channel": "phone", "title": "Barking"},
    }
    attributes.update(changes)
    return {name: value for name, value in attributes.items() if value is not None}


def raw(case, /, **changes):
    return json.dumps(event(case, **changes)).encode()


def hostile_records():
    """(what it is, the key, the record's bytes, the reason code that is expected)"""
    title = lambda text: {"area": "8", "title": text}  # noqa: E731
    return [
        ("not JSON", "h1", b"this is not JSON", "not_json"),
        ("a truncated event", "h2", raw("h2")[:-20], "not_json"),
        ("trailing garbage", "h3", raw("h3") + b" garbage", "not_json"),
        ("100,000 nested arrays", "h4", b"[" * 100_000 + b"]" * 100_000, "too_deep"),
        ("100,000 nested arrays, never closed", "h5", b"[" * 100_000, ("too_deep", "not_json")),
        ("nested arrays in the data", "h6", raw("h6").replace(b'"Noise"', b"[" * 500 + b"]" * 500), "too_deep"),
        ("invalid UTF-8", "h7", raw("h7").replace(b"Barking", b"Bark\xff\xfeing"), "invalid_utf8"),
        ("no id", "h8", raw("h8", id=None), "missing_attribute"),
        ("no subject", "h9", raw("h9", subject=None), "missing_attribute"),
        ("no type", "h10", raw("h10", type=None), "missing_attribute"),
        ("an id that is a number", "h11", raw("h11", id=7), "wrong_type"),
        ("a time without zone", "h12", raw("h12", time="2026-01-01T00:00:00"), "bad_time"),
        ("the year 9999", "h13", raw("h13", time="9999-12-31T23:59:59Z"), ("bad_time", "time_ahead")),
        ("a time that is no time", "h14", raw("h14", time="yesterday"), "bad_time"),
        ("a time one day ahead", "h15", raw("h15", time=(NOW + datetime.timedelta(days=1)).isoformat()), "time_ahead"),
        ("5 MB of text", "h16", raw("h16", data=title("x" * 5_000_000)), "oversize"),
        ("an id with a control character", "h17", raw("h17", id="a\u0001b"), "bad_identifier"),
        ("an unknown specversion", "h18", raw("h18", specversion="9.9"), "unsupported_specversion"),
    ]


def reasons(gridloop):
    """Reason code -> how many dead letters."""
    found = collections.Counter()

    def search(value):
        if isinstance(value, str) and value.startswith("{"):
            try:
                value = json.loads(value)
            except json.JSONDecodeError:
                return
        if isinstance(value, dict):
            if isinstance(value.get("reason"), str):
                found[value["reason"]] += 1
            else:
                for inner in value.values():
                    search(inner)

    for line in gridloop.lines("tail", DEAD_LETTERS):
        search(line)
    return found


def applied(gridloop, case):
    answer = gridloop.run("case", case, "--json")
    return answer.code == OK and case in answer.out


def send_raw(gridloop, key, record):
    gridloop.expect(OK, "send", "--topic", TOPIC, "--raw", "--key", key, stdin=record + b"\n")


def test():
    options = common.arguments(__doc__, rows=300)
    with Scratch() as scratch:
        peace = common.Undisturbed(options.gridloop, scratch, options.rows, options.seed, cases=1)
        gridloop = peace.gridloop.at(scratch / "hostile")
        shutil.copytree(peace.gridloop.data, gridloop.data)
        before = reasons(gridloop)

        for what, key, record, expected in hostile_records():
            send_raw(gridloop, key, record)
            gridloop.expect(OK, "run", "--until-idle")
            now = reasons(gridloop)
            codes = (expected,) if isinstance(expected, str) else expected
            new = now - before
            require(sum(new.values()) == 1 and set(new) <= set(codes),
                    f"{what}: expected one dead letter with {' or '.join(codes)}, got {dict(new) or 'none'}")
            require(not applied(gridloop, key), f"{what}: it is a dead letter, and yet case {key} exists")
            before = now
            print(f"  {what}: {next(iter(new))}", flush=True)

        gridloop.expect(OK, "send", stdin=raw("twice") + b"\n" + raw("beside-1") + b"\n")
        send_raw(gridloop, "twice", raw("twice"))
        gridloop.expect(OK, "run", "--until-idle")
        require(reasons(gridloop) == before, "the same event sent twice is applied once and is no dead letter")
        send_raw(gridloop, "twice", raw("twice", data={"area": "8", "title": "another body"}))
        gridloop.expect(OK, "run", "--until-idle")
        now = reasons(gridloop)
        require(now - before == {"id_conflict": 1},
                f"another body under one id: expected id_conflict, got {dict(now - before)}")
        print("  another body under one id: id_conflict", flush=True)

        send_raw(gridloop, "someone-else", raw("misplaced"))
        gridloop.expect(OK, "run", "--until-idle")
        require(reasons(gridloop) == now, "a key that is not the subject is forwarded, and is no dead letter")
        require(applied(gridloop, "misplaced"), "a record whose key is not its subject was not forwarded to its case")
        require(not applied(gridloop, "someone-else"), "a record made a case out of its key instead of its subject")
        print("  a key that is not the subject: forwarded and applied", flush=True)

        gridloop.expect(OK, "send", stdin=raw("beside-2") + b"\n")
        gridloop.expect(OK, "run", "--until-idle")
        for case in ("twice", "beside-1", "beside-2", peace.cases[0]):
            require(applied(gridloop, case), f"good event of case {case} was not applied")
        gridloop.expect(OK, "verify")
        total = sum(reasons(gridloop).values())
    print(f"ok: {total} dead letters, each with its reason; the run went on")


if __name__ == "__main__":
    common.main(test)
