#!/usr/bin/env python3
"""Bad surroundings on a real broker: a message that says what, where and what to do, the right exit code, and nothing lost.

The broker is started by the test, killed, and misconfigured as people do it. Afterwards the results have to be those of
an embedded log that nobody disturbed.

Usage: surroundings.py --gridloop PROGRAM [--away SECONDS] [--long] [--only CASE ...]
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from broker import PASSWORD, Administrator, Broker
from town import Engine, Town, county

from program import BUSY, INVALID, OK, SURROUNDINGS, Failure, Gridloop, Scratch, free_ports, require, require_equal

RANKINGS = ["rankings", "--period", "2026-02", "--level", "street"]


def says(finished, *patterns):
    for pattern in patterns:
        require(re.search(pattern, finished.said), f"the message does not say /{pattern}/: {finished}")


def at_once(*calls):
    """Calls that wait for most of their time."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        for done in [pool.submit(call) for call in calls]:
            done.result()


class Field:
    """The broker, and a deployment `town` of which the first half of the events is processed."""

    def __init__(self, binary, scratch, broker, administrator, away_seconds):
        self.scratch, self.broker, self.administrator, self.away_seconds = scratch, broker, administrator, away_seconds
        self.rules, self.events = county(binary)
        self.town = Town(binary, scratch / "town", broker.address, "town.")
        peace = Gridloop(binary, scratch / "peace")
        peace.expect(OK, "send", stdin="".join(line + "\n" for line in self.rules + self.events).encode())
        peace.expect(OK, *self.town.run_arguments())
        self.expected = self.town.answers_of(peace)
        require(all(self.expected.values()), f"a question has no answer in peace: {self.expected}")
        self.sent = 0

    def send_until(self, share):
        """Events up to that share of them."""
        until = int(len(self.events) * share)
        if until > self.sent:
            self.town.send(self.events[self.sent:until])
        self.sent = max(until, self.sent)

    def begin(self):
        self.town.make_topics()
        self.town.send(self.rules)
        self.send_until(0.3)
        self.town.settle()

    def nothing_is_lost(self, town, what):
        town.settle()
        require_equal(self.expected, town.answers(), what)


# ------------------------------------------------------------------------------------------------- the broker is away

def absent_at_start(field):
    nobody = f"127.0.0.1:{free_ports(1, 30_000, 32_700)}"
    town = field.town.beside(data=field.scratch / "absent", address=nobody)
    without_state = town.beside(data="")

    def ends(at, *arguments, says_too=""):
        says(at.expect(SURROUNDINGS, *arguments), re.escape(nobody), "Connection refused", "is the broker running",
             says_too)

    at_once(lambda: ends(town, "run"), lambda: ends(without_state, "send"),
            lambda: ends(without_state, *RANKINGS, says_too="no checkpoint to answer from"),
            lambda: ends(without_state, "alerts", says_too="answered from the log"),
            lambda: ends(town, "topics", "check"))


def away_while_processes_run(field):
    town, copy = field.town, field.town.beside(data=field.scratch / "copy")
    copy.settle()  # takes over, and leaves a checkpoint
    with Engine(town) as first, Engine(copy, "--standbys", "1") as second:
        first.says("stands by for")
        second.says("stands by for")
        before = town.lines(*RANKINGS)
        field.broker.kill()
        began, said = time.monotonic(), len((first.said + second.said).splitlines())
        used = first.cpu_seconds() + second.cpu_seconds()
        at_once(lambda: stale_answers(field, town, before), lambda: stale_answers(field, copy, before),
                lambda: from_the_log_alone(town))
        # The moment at which they are looked at is a moment of time.
        time.sleep(max(0, field.away_seconds - (time.monotonic() - began)))
        reminders = field.away_seconds // 600
        for engine in (first, second):
            engine.must_run("the broker is away")
            told = engine.said.count("no answer from")
            require(1 <= told <= 1 + reminders, f"told {told} times that the broker is away:\n{engine.said}")
        lines = len((first.said + second.said).splitlines()) - said
        require(lines <= 6 + 2 * reminders, f"{lines} lines were said while the broker was away:\n{first.said}\n{second.said}")
        share = (first.cpu_seconds() + second.cpu_seconds() - used) / (time.monotonic() - began)
        require(share < 0.5, f"two processes that wait took {share:.2f} of a processor")
        field.broker.start()
        first.says("all answer again")
        second.says("all answer again")
        field.send_until(0.6)
        for engine in (first, second):
            require("is reopened" not in engine.said, f"a task was opened anew:\n{engine.said}")
            engine.stop()
    return f"{lines} lines said, {share:.2f} of a processor used by two processes"


def stopped_while_away(field):
    """It takes a while, as what waits is tried once more, and it ends."""
    with Engine(field.town) as engine:
        engine.says("runs cases-0 cases-1 cases-2 areas-0")
        field.broker.kill()
        began = time.monotonic()
        engine.process.terminate()
        code = engine.ends(180)
        took = time.monotonic() - began
        require(code in (OK, SURROUNDINGS), f"stopped without a broker, `run` ended with {code}:\n{engine.said}")
    field.broker.start()
    return f"exit code {code} after {took:.1f} s"


def stale_answers(field, town, before):
    """The checkpoints answer, though `run` works with the directory, and the answer says of when it is."""
    finished = town.expect(OK, *RANKINGS, "--json")
    says(finished, "stale: .*" + re.escape(town.address), r"stale: task areas-0 is shown as of step \d+, at 2026-")
    lines = [json.loads(line) for line in finished.out.splitlines()]
    for line in lines:
        require(line.pop("stale", False) and line.pop("as_of", "").startswith("2026-") and line.pop("step", 0) > 0,
                f"a line is not marked stale: {finished}")
    require(lines == before, f"the stale answer is not that of the checkpoint: {finished}, before {before}")
    says(town.beside(prefix="other.").expect(INVALID, *RANKINGS), r"town\.\*, not other\.\*")
    says(town.expect(OK, "status"), "stale: task cases-2", r"cases-2 +\d+ +– ")


def from_the_log_alone(town):
    for question in (["alerts"], ["tail", "requests"]):
        says(town.expect(SURROUNDINGS, *question), "answered from the log", "is the broker running")


# ------------------------------------------------------------------------------------------------------ wrong topics

def topic_missing(field):
    says(field.town.beside(data=field.scratch / "never", prefix="never.").expect(INVALID, "run"),
         r"no topic never\.requests", "gridloop topics create .*--prefix never", "right Describe")


def topic_deleted(field):
    town = field.town.beside(data=field.scratch / "gone", prefix="gone.")
    town.make_topics()
    with Engine(town) as engine:
        engine.says("runs cases-0 cases-1 cases-2 areas-0")
        field.administrator.do("delete-topic", "gone.visits")
        code = engine.ends()
        require(code == INVALID and "gone.visits is gone" in engine.said, f"`run` ended with {code}:\n{engine.said}")
    says(town.expect(INVALID, "run"), r"no topic gone\.visits")
    town.make_topics()
    town.send(field.rules + field.events)
    field.nothing_is_lost(town, "after a topic was deleted and made again")


def input_compacted(field):
    field.administrator.do("configure", "town.judgements", "cleanup.policy", "compact,delete")
    for command in (["run"], RANKINGS):
        says(field.town.expect(INVALID, *command), r"town\.judgements", "cleanup policy compact,delete",
             "gridloop topics check")
    says(field.town.expect(INVALID, "topics", "check"), r"kafka-configs.*town\.judgements --add-config cleanup.policy=delete")
    field.administrator.do("configure", "town.judgements", "cleanup.policy", "delete")


def partitions_changed(field):
    town = field.town.beside(data=field.scratch / "grown", prefix="grown.")
    town.make_topics()
    town.send(field.rules)
    with Engine(town) as engine:
        engine.says("runs cases-0 cases-1 cases-2 areas-0")
        field.administrator.do("partitions", "grown.requests", 4)
        code = engine.ends()
        require(code == INVALID, f"`run` ended with {code}:\n{engine.said}")
        require(re.search(r"grown\.requests has 4 partitions now, and had 3", engine.said), engine.said)
    for command in (["run"], RANKINGS):
        says(town.expect(INVALID, *command), r"grown\.requests has 4 partitions, but should have 3",
             "gridloop topics check .*--partitions 3")
    says(town.expect(INVALID, "topics", "check", "--partitions", 3), r"grown\.requests: .* is 4, should be 3",
         "fix: |another --prefix")


# -------------------------------------------------------------------------------------------------- records are gone

def log_trimmed(field):
    """First the schedule, below a checkpoint that is a copy of an older one; then inputs that were not read yet."""
    town, older = field.town, field.town.beside(data=field.scratch / "older")
    shutil.copytree(town.data, older.data)
    field.send_until(0.85)
    town.settle()
    last = {}
    for line in town.lines("tail", "schedule-cases"):
        last[line["partition"]] = line["offset"]
    require(len(last) == 3, f"not all tasks took steps: {last}")
    for partition, offset in last.items():
        field.administrator.do("delete-records", "town.schedule-cases", partition, offset)
    says(older.expect(INVALID, "run"), r"task cases-\d: topic town\.schedule-cases partition \d begins at offset \d+",
         "restore a newer checkpoint")
    field.send_until(1)
    field.nothing_is_lost(town, "after a schedule was trimmed below an older checkpoint")

    town.send([re.sub(r'"id":"', '"id":"again-', line, count=1) for line in field.events])
    for partition in range(3):
        field.administrator.do("delete-records", "town.requests", partition, -1)
    for command in (["run"], ["status"]):
        says(town.expect(INVALID, *command), r"topic town\.requests partition \d begins at offset \d+", "the log was trimmed")


# ------------------------------------------------------------------------------------------------------- not allowed

def not_authorised(field):
    broker, administrator = field.broker, field.administrator
    config = field.scratch / "client.properties"
    config.write_text(f"# of a user\nsecurity.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.username=town\n"
                      f"sasl.password = {PASSWORD}\nssl.ca.location={broker.authority}\n")
    town = field.town.beside(data=field.scratch / "safe", address=broker.safe_address, prefix="safe.",
                             settings=["--kafka-config", config])
    heard = Heard()

    def refused(code, *patterns, command=("topics", "check"), settings=()):
        finished = town.beside(settings=[*town.settings, *settings]).run(*command)
        heard.listen(finished)
        require(finished.code == code, f"expected exit code {code}, but {finished}")
        says(finished, *patterns)

    at_once(
        lambda: refused(INVALID, "invalid credentials|Authentication failed", "check sasl.username, sasl.password",
                        settings=["-X", f"sasl.password={PASSWORD}-wrong"]),
        lambda: refused(INVALID, "certificate verify failed", "ssl.ca.location", settings=["-X", "ssl.ca.location="]),
        lambda: refused(SURROUNDINGS, "security.protocol", settings=["-X", "security.protocol=PLAINTEXT"]),
        lambda: refused(INVALID, "SCRAM", settings=["-X", "sasl.mechanism=SCRAM-SHA-256"]),
        lambda: refused(INVALID, "no.such.setting", settings=["-X", f"no.such.setting={PASSWORD}"]))
    refused(INVALID, "the user lacks", command=["topics", "create"])

    administrator.do("allow", "town", "topic", "safe.", "create", "read", "write", "describe", "describe_configs")
    town.make_topics()
    refused(INVALID, "transactional id", command=["run"])
    administrator.do("allow", "town", "transactional_id", "safe.", "write", "describe")
    half = len(field.events) // 2
    town.send(field.rules + field.events[:half])
    for topic, right in (("safe.visits", "read"), ("safe.sla-alerts", "write"), ("safe.cases-inbox", "describe_configs"),
                         ("safe.dispatches", "describe")):
        administrator.do("deny", "town", "topic", topic, right)
        refused(INVALID, re.escape(topic), "the user lack|grant the user the right", command=town.run_arguments())
        administrator.do("deny-no-more", "town", "topic", topic, right)
    administrator.do("deny", "town", "transactional_id", "safe.engine-cases-1", "write")
    refused(INVALID, r"safe\.engine-cases-1", "transactional id", command=["run"])
    administrator.do("deny-no-more", "town", "transactional_id", "safe.engine-cases-1", "write")

    with Engine(town) as engine:
        engine.says("Group authorization failed; the user lacks the right Read on the group; tools that show lags")
        shown = pathlib.Path(f"/proc/{engine.process.pid}/cmdline").read_text()
        require(PASSWORD not in shown, f"the command line shows the password: {shown}")
        engine.stop()
        heard.listen(engine)
    administrator.do("allow", "town", "group", "safe.", "read")
    town.send(field.events[half:])
    finished = town.settle()
    heard.listen(finished)
    require("Group" not in finished.said, f"{finished}")
    require_equal(field.expected, town.answers(), "by TLS and a login")
    for topic in ("control", "assignment", "schedule-cases"):
        heard.listen(town.expect(OK, "tail", topic, "--json"))
    heard.look_into(town.data)


class Heard:
    """Listens for the password in all that is said and written."""

    def listen(self, spoken):
        require(PASSWORD not in spoken.said, f"the password was said: {spoken.said}")

    def look_into(self, directory):
        for path in directory.rglob("*"):
            require(not path.is_file() or PASSWORD.encode() not in path.read_bytes(), f"the password is in {path}")


# ------------------------------------------------------------------------------------------- deployments in one place

def directory_of_another(field):
    """A data directory is of one prefix in one cluster; a copy of it must not run beside it."""
    other = field.town.beside(prefix="other.")
    other.make_topics()
    for command in (["run"], RANKINGS):
        says(other.expect(INVALID, *command), r"topics town\.\*", r"topics other\.\*", "use another --data")
    finished = field.town.settle()
    require("rebuilt" not in finished.said, f"the state was not left alone: {finished}")

    twin = field.town.beside(data=field.scratch / "twin")
    shutil.copytree(field.town.data, twin.data)
    with Engine(field.town) as first:
        first.says("runs cases-0 cases-1 cases-2 areas-0")
        with Engine(twin) as second:
            code = first.ends()
            require(code == BUSY and "process-id" in first.said, f"the first ended with {code}:\n{first.said}")
            second.says("runs cases-0 cases-1 cases-2 areas-0")
            second.stop()


def full_disk(field):
    """A real full disk below --data, where a small file system may be mounted."""
    if os.geteuid() != 0:
        return "skipped: only root can mount a small file system"
    mount = field.scratch / "disk"
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(mount)], capture_output=True, text=True,
                          check=False)
    if made.returncode != 0:
        return f"skipped: no small file system can be mounted here ({made.stderr.strip()})"
    try:
        town = field.town.beside(data=mount / "data")
        says(town.expect(SURROUNDINGS, *town.run_arguments()), re.escape(str(mount)), "No space left on device")
        field.town.expect(OK, *RANKINGS)
        grown = subprocess.run(["mount", "-o", "remount,size=1g", str(mount)], capture_output=True, text=True, check=False)
        require(grown.returncode == 0, f"cannot grow the small file system: {grown.stderr}")
        town.settle()
        require_equal(field.town.answers(), town.answers(), "after a full disk")
    finally:
        subprocess.run(["umount", str(mount)], check=False)
    return None


# In this order: each leaves the town as it was, but for the last one.
CASES = [absent_at_start, input_compacted, directory_of_another, full_disk, away_while_processes_run, stopped_while_away,
         topic_missing, topic_deleted, not_authorised, partitions_changed, log_trimmed]
MINUTES = [stopped_while_away, topic_deleted]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gridloop", required=True, type=pathlib.Path, metavar="PROGRAM")
    parser.add_argument("--away", type=int, default=15, metavar="SECONDS", help="how long the broker is away")
    parser.add_argument("--long", action="store_true", help="also the cases that take a minute")
    parser.add_argument("--only", nargs="+", metavar="CASE", choices=[case.__name__ for case in CASES])
    options = parser.parse_args()
    try:
        with Scratch() as scratch, Broker(scratch / "broker") as broker, Administrator(broker) as administrator:
            field = Field(options.gridloop.resolve(), scratch, broker, administrator, options.away)
            field.begin()
            for case in CASES:
                if case.__name__ not in options.only if options.only else case in MINUTES and not options.long:
                    continue
                began = time.monotonic()
                outcome = case(field) or "ok"
                print(f"  {case.__name__.replace('_', ' ')} ({time.monotonic() - began:.1f} s): {outcome}", flush=True)
    except Failure as failure:
        print(f"FAIL {failure}", flush=True)
        sys.exit(1)
    print("ok: each was named, with its exit code, and nothing was lost")


if __name__ == "__main__":
    main()
