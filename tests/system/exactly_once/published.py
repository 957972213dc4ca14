"""What the records of the output topics come to: net alerts, last rows, sums of counters."""

import collections
import json

from program import require

STEPS = ("sla.storm", "sla.heartbeat")  # on sla-alerts, of a step and not of a case
COURSE = ("sla.started", "sla.paused", "sla.resumed", "sla.due_changed", "sla.cancelled")
ROWS = ("cases", "grid-workload", "district-rankings")
OUTPUTS = ("sla-alerts", "area-deltas", "dead-letters", *ROWS)


class Published:
    """Made of lists of (key, value) by topic, without prefix; those of one key in the order of the log. Fails when an
    event is there twice, or the order of a key is broken."""

    def __init__(self, records):
        self.events = {topic: [(key, json.loads(value)) for key, value in records[topic]] for topic in OUTPUTS}
        for topic, events in self.events.items():
            twice = [id for id, count in collections.Counter((event["source"], event["id"]) for _, event in
                                                             events).items() if count > 1]
            require(not twice, f"{topic}: {len(twice)} events are there more than once, {twice[:3]} among them")
        self.net = self._net_alerts()
        self.rows = {topic: self._last_rows(topic) for topic in ROWS}
        self.counters = self._counters()
        self.refused = sorted((event["data"]["reason"], event["data"]["value"])
                              for _, event in self.events["dead-letters"])

    def _net_alerts(self):
        """(case, clock, cycle) -> (verdict, due). The alerts of each are numbered from 1 without a gap."""
        standing, numbers = {}, collections.Counter()
        for key, event in self.events["sla-alerts"]:
            if event["type"] in STEPS:
                continue
            case, clock, cycle, rung, number = event["id"].rsplit("|", 4)
            data = event["data"]
            told = (case, clock, int(cycle))
            require((event["subject"], data["clock"], data["cycle"], data["transition"], key)
                    == (*told, rung, case), f"alert {event['id']} contradicts its id or key {key}: {event}")
            numbers[told] += 1
            require(int(number) == numbers[told],
                    f"alert {event['id']} follows number {numbers[told] - 1} of its clock")
            if event["type"] == "sla.retracted":
                require(standing.pop(told, (None,))[0] == rung, f"alert {event['id']} takes back what was not told")
                continue
            require(event["type"] == f"sla.{rung}", f"alert {event['id']} has type {event['type']}")
            if event["type"] == "sla.escalated":
                require(standing.get(told) == ("breached", data["due"]),
                        f"alert {event['id']} escalates what was not breached")
            elif event["type"] not in COURSE:
                standing[told] = (rung, data["due"])
        return standing

    def _last_rows(self, topic):
        """key -> data of its last row; the steps in which a row was written ascend."""
        rows, steps = {}, {}
        for key, event in self.events[topic]:
            task, step, of = event["id"].split("/", 2)
            require(of == key == event["subject"], f"{topic}: row {event['id']} has key {key}")
            require(steps.get(key, 0) < int(step),
                    f"{topic}: row {key} of step {step} of {task} follows one of step {steps.get(key)}")
            steps[key] = int(step)
            rows[key] = event["data"]
        return rows

    def _counters(self):
        """(area, bucket, counter) -> sum of its changes, where that is not 0."""
        sums, last = collections.Counter(), {}
        for _, event in self.events["area-deltas"]:
            data = event["data"]
            place = (data["step"], data["part"])
            require(last.get(data["task"], (0, 0)) < place,
                    f"area-deltas: {event['id']} follows {last.get(data['task'])}")
            last[data["task"]] = place
            for group in data["areas"]:
                for counter, n in group.items():
                    if counter not in ("area", "bucket"):
                        sums[group["area"], group["bucket"], counter] += n
        return {at: n for at, n in sums.items() if n != 0}


def differences(expected, got, what):
    """The first differences between two tables, as lines of text."""
    found = [f"{what} {at}: expected {expected.get(at)}, got {got.get(at)}"
             for at in sorted({*expected, *got}, key=str) if expected.get(at) != got.get(at)]
    return found[:5] + ([f"{what}: and {len(found) - 5:,} more differences"] if len(found) > 5 else [])


def compare(expected, got, where):
    """Fails unless both come to the same."""
    found = differences(expected.net, got.net, "alert of") + differences(expected.counters, got.counters, "counter")
    for topic in ROWS:
        found += differences(_telling(expected.rows[topic]), _telling(got.rows[topic]), f"{topic}: row")
    if expected.refused != got.refused:
        found.append(f"{len(expected.refused)} dead letters expected, got {len(got.refused)}")
    require(not found, f"{where}:\n  " + "\n  ".join(found))


def _telling(rows):
    """Rows without figures that keep what was so when the row was written. A row in which nothing is counted any more
    is as good as none."""
    momentary = ("open_now", "overdue_now")
    kept = {key: {name: value for name, value in row.items() if name not in momentary} for key, row in rows.items()}
    return {key: row for key, row in kept.items() if "status" in row or _counts(row)}


def _counts(row):
    if "indicators" in row:
        return any(indicator["den"] for indicator in row["indicators"])
    return any(figure for figure in row.values() if isinstance(figure, int))
