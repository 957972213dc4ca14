#!/usr/bin/env python3
"""The program with records in binary mode: sent, shown, folded, forwarded and refused as structured ones are."""

import argparse
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system/recount"))

from program import OK, USAGE, Failure, Gridloop, Scratch, canonical, require  # noqa: E402

TOPICS = ("requests", "dispatches")


def event(case, number, kind, minute, /, **data):
    return {"specversion": "1.0", "id": f"{case}/{number}", "source": "hotline/12345", "type": kind, "subject": case,
            "time": f"2020-03-02T09:{minute:02}:00+08:00", "datacontenttype": "application/json",
            "correlationid": f"网格 {case}", "data": data}


def story():
    # Judged by event time: clocks then start when the events say so, and not when they were logged.
    yield event("hotline/12345", 1, "source.trusted", 0, judged_by="event_time")
    for n in range(20):
        case = f"c-{n}"
        yield event(case, 1, "request.reported", n, area="8", title="路灯 \"3\" %20", due="2020-03-02T10:00:00+08:00")
        yield event(case, 2, "dispatch.sent", n + 1, unit="lamps", lead=True, hop=1)
        if n % 2 == 0:
            yield event(case, 3, "dispatch.handled", n + 2, unit="lamps", evidence=["sha256:1", "sha256:2"])


def lines(events):
    return "".join(json.dumps(e, ensure_ascii=False, separators=(",", ":")) + "\n" for e in events).encode()


def fold(gridloop):
    gridloop.expect(OK, "run", "--until-idle")


def cases(gridloop):
    return {case: canonical(gridloop.lines("case", case)) for case in (f"c-{n}" for n in range(20))}


def test(binary):
    with Scratch() as scratch:
        structured, other = Gridloop(binary, scratch / "structured"), Gridloop(binary, scratch / "binary")
        require(other.run("send", "--binary", "--raw", "--topic", "requests").code == USAGE, "--raw --binary is taken")
        structured.expect(OK, "send", stdin=lines(story()))
        other.expect(OK, "send", "--binary", stdin=lines(story()))
        fold(structured)
        fold(other)
        require(cases(other) == cases(structured), "the cases differ between the modes")
        for topic in TOPICS:
            shown = other.lines("tail", topic)
            require([r["value"] for r in shown] == [r["value"] for r in structured.lines("tail", topic)],
                    f"tail {topic} shows binary records otherwise than structured ones")
            for record in shown:
                require(record["headers"]["ce_subject"] == record["key"], f"no binary record: {record}")
        print("both modes give the same cases")

        other.expect(OK, "send", stdin=lines(story()))
        fold(other)
        require(not other.lines("tail", "dead-letters"), "an event in the other mode is another body for its id")
        require(cases(other) == cases(structured), "an event that came in both modes counts twice")
        print("an event that comes in both modes counts once")

        other.expect(OK, "send", "--binary", "--key", "phone-line-3", stdin=lines([event("c-x", 1, "request.reported", 1)]))
        fold(other)
        require(other.lines("case", "c-x"), "a binary record with another key was not forwarded to its case")
        require(other.lines("tail", "cases-inbox")[0]["headers"]["ce_id"] == "c-x/1", "the inbox lost the headers")
        print("a misplaced binary record is forwarded with its headers")

        other.expect(OK, "send", "--binary", stdin=lines([event("c-x", 1, "request.reported", 2)]))
        fold(other)
        letters = [json.loads(r["value"])["data"] for r in other.lines("tail", "dead-letters")]
        require([letter["reason"] for letter in letters] == ["id_conflict"], f"expected one id_conflict, got {letters}")
        headers = {h["name"]: h["value"] for h in letters[0]["headers"]}
        require(headers["ce_id"] == "c-x/1" and headers["ce_time"] == "2020-03-02T09:02:00+08:00",
                f"the dead letter lost headers: {headers}")
        other.expect(OK, "verify")
        print("a refused binary record keeps its headers")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gridloop", required=True, type=pathlib.Path, metavar="PATH", help="the program")
    try:
        test(parser.parse_args().gridloop.resolve())
    except Failure as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
