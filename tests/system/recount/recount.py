#!/usr/bin/env python3
"""An independent recount of the Boston year: straight from the CSV, by code that shares nothing with gridloop.

Rules, as the mapping and the default ruleset state them:
  - a case belongs to the city, to its council district, and to its neighborhood inside that district; what is missing
    is 'unattributed' at that level;
  - times are local to New York; of two readings of an ambiguous hour the first one counts;
  - a case with a target is due in the target's month; on time means closed <= target; closed means by the end of that
    month;
  - handling lasts from opening to closing; a case closed before it was opened took no time;
  - a breach counts on the day of the target;
  - verdict: met when closed <= target; breached when closed later, or not closed and target < until.
"""

import argparse
import collections
import csv
import dataclasses
import datetime
import io
import json
import pathlib
import re
import subprocess
import sys
import zoneinfo

ROOT = pathlib.Path(__file__).resolve().parents[3]
CSV = ROOT / "ops/data/boston311_2015_slim.csv.zst"
MAPPING = ROOT / "ops/import/mappings/boston311.toml"
ZONE = zoneinfo.ZoneInfo("America/New_York")
UNTIL = datetime.datetime.fromisoformat("2016-02-01T00:00:00-05:00")
CITY = "boston"
UNATTRIBUTED = "unattributed"
LEVELS = ("city", "district", "neighborhood")

# Published with the issue: cases due in June 2015 by council district, closed on time / due.
JUNE_2015 = {
    "8": (749, 1010), "9": (395, 562), "7": (516, 759), "5": (373, 552), "1": (734, 1094), "3": (348, 554),
    "6": (424, 686), "2": (669, 1100), "4": (298, 517), UNATTRIBUTED: (387, 590), "0": (6, 14),
}


@dataclasses.dataclass(frozen=True)
class Case:
    id: str
    areas: dict  # level -> area id or 'unattributed'
    opened: datetime.datetime
    target: datetime.datetime | None
    closed: datetime.datetime | None


@dataclasses.dataclass
class Due:
    due: int = 0
    closed: int = 0
    on_time: int = 0


@dataclasses.dataclass
class Cohort:
    opened: int = 0
    closed: int = 0

    @property
    def open(self):
        return self.opened - self.closed


def parse_time(text):
    """'06/30/2015 01:05:09 PM' in New York; None when empty."""
    if not text:
        return None
    hour = int(text[11:13]) % 12 + (12 if text[20:22] == "PM" else 0)
    return datetime.datetime(int(text[6:10]), int(text[0:2]), int(text[3:5]), hour, int(text[14:16]), int(text[17:19]),
                             tzinfo=ZONE)


def slug(name):
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def areas_of(row):
    district = str(int(float(row["city_council_district"]))) if row["city_council_district"] else UNATTRIBUTED
    known = district != UNATTRIBUTED and row["neighborhood"]
    neighborhood = f"{district}/{slug(row['neighborhood'])}" if known else UNATTRIBUTED
    return {"city": CITY, "district": district, "neighborhood": neighborhood}


def read_text(path):
    """The CSV's text; decompressed by the zstd program when the name ends in .zst."""
    path = pathlib.Path(path)
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dcq", str(path)], check=True, stdout=subprocess.PIPE).stdout.decode("utf-8")
    return path.read_text(encoding="utf-8")


def read_cases(path):
    for row in csv.DictReader(io.StringIO(read_text(path), newline="")):
        yield Case(row["CASE_ENQUIRY_ID"], areas_of(row), parse_time(row["OPEN_DT"]), parse_time(row["TARGET_DT"]),
                   parse_time(row["CLOSED_DT"]))


def write_cut(source, destination, rows):
    """Writes the header and about `rows` rows, taken evenly from all of `source`, as plain CSV."""
    lines = list(csv.reader(io.StringIO(read_text(source), newline="")))
    header, body = lines[0], lines[1:]
    with open(destination, "w", newline="", encoding="utf-8") as out:
        csv.writer(out, lineterminator="\n").writerows([header] + body[:: max(1, len(body) // rows)])


def instant(time):
    return time.astimezone(datetime.timezone.utc)


def month(time):
    return time.strftime("%Y-%m")


def day(time):
    return time.strftime("%Y-%m-%d")


def handling_seconds(case):
    return max(0, int((instant(case.closed) - instant(case.opened)).total_seconds()))


def verdict(case, until):
    """'met', 'breached', or None while nothing is decided."""
    if case.target is None:
        return None
    target = instant(case.target)
    if case.closed is not None:
        return "met" if instant(case.closed) <= target else "breached"
    return "breached" if target < instant(until) else None


class Recount:
    """All figures of a list of cases as of `until`. Area keys are ids, or 'unattributed' (a separate one per level)."""

    def __init__(self, cases, until=UNTIL):
        nested = collections.defaultdict
        self.until = until
        self.cases = 0
        self.due = {level: nested(lambda: nested(Due)) for level in LEVELS}  # level -> month -> area
        self.cohorts = {level: nested(lambda: nested(Cohort)) for level in LEVELS}  # level -> area -> month
        self.days = {level: nested(lambda: nested(collections.Counter)) for level in LEVELS}  # level -> area -> day
        self.open = {level: collections.Counter() for level in LEVELS}
        self.overdue = {level: collections.Counter() for level in LEVELS}
        self.verdicts = {}  # case -> 'met' | 'breached'
        self.targets = {}  # case -> target, in UTC
        for case in cases:
            self._add(case)

    def _add(self, case):
        self.cases += 1
        standing = verdict(case, self.until)
        if standing:
            self.verdicts[case.id] = standing
        if case.target is not None:
            self.targets[case.id] = instant(case.target)
        for level, area in case.areas.items():
            cohort = self.cohorts[level][area][month(case.opened)]
            cohort.opened += 1
            days = self.days[level][area]
            days[day(case.opened)].update(opened=1, sent=1)
            if case.closed is not None:
                cohort.closed += 1
                days[day(case.closed)].update(handled=1, closed=1, handling_seconds=handling_seconds(case))
            else:
                self.open[level][area] += 1
                if standing == "breached":
                    self.overdue[level][area] += 1
            if standing == "breached":
                days[day(case.target)].update(breached=1)
            if case.target is not None:
                due = self.due[level][month(case.target)][area]
                due.due += 1
                if case.closed is not None:
                    due.closed += month(case.closed) <= month(case.target)
                    due.on_time += standing == "met"

    def months_of_due(self):
        return sorted(self.due["city"])

    def verdict_totals(self):
        return collections.Counter(self.verdicts.values())


def contradictions(recount):
    """What a recount must satisfy whatever the data: totals of the parts equal the whole."""
    found = []
    for level in LEVELS[1:]:
        for name, whole in recount.due["city"].items():
            parts = list(recount.due[level][name].values())
            for figure in ("due", "closed", "on_time"):
                total, of_city = sum(getattr(part, figure) for part in parts), getattr(whole[CITY], figure)
                if total != of_city:
                    found.append(f"{name} {level}: {figure} adds up to {total}, the city has {of_city}")
    for level in LEVELS:
        opened = sum(c.opened for months in recount.cohorts[level].values() for c in months.values())
        still_open = sum(c.open for months in recount.cohorts[level].values() for c in months.values())
        if opened != recount.cases:
            found.append(f"{level}: {opened} cases opened, {recount.cases} rows read")
        if still_open != sum(recount.open[level].values()):
            found.append(f"{level}: {still_open} open by cohort, {sum(recount.open[level].values())} open by case")
    return found


def june_differences(recount):
    june = recount.due["district"]["2015-06"]
    found = [f"2015-06 district {area}: recounted {june[area].on_time}/{june[area].due}, published {on_time}/{due}"
             for area, (on_time, due) in JUNE_2015.items() if (june[area].on_time, june[area].due) != (on_time, due)]
    unknown = sorted(set(june) - set(JUNE_2015))
    return found + [f"2015-06: district {area} is not among the published ones" for area in unknown]


def as_json(recount):
    def plain(table):
        return {outer: {inner: dataclasses.asdict(figures) for inner, figures in sorted(row.items())}
                for outer, row in sorted(table.items())}

    return {
        "cases": recount.cases,
        "until": recount.until.isoformat(),
        "verdicts": recount.verdict_totals(),
        "due": {level: plain(table) for level, table in recount.due.items()},
        "cohorts": {level: plain(table) for level, table in recount.cohorts.items()},
        "days": recount.days,
        "open": recount.open,
        "overdue": recount.overdue,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("csv", nargs="?", default=CSV, type=pathlib.Path, help="a slim Boston 311 file, .csv or .zst")
    parser.add_argument("--until", default=UNTIL, type=datetime.datetime.fromisoformat, metavar="TIME")
    parser.add_argument("--period", default="2015-06", metavar="MONTH", help="month of due date to print")
    parser.add_argument("--json", action="store_true", help="print every figure")
    parser.add_argument("--check", action="store_true", help="fail unless the published figures of June 2015 come out")
    arguments = parser.parse_args()

    recount = Recount(read_cases(arguments.csv), arguments.until)
    if arguments.json:
        json.dump(as_json(recount), sys.stdout, indent=1)
        print()
    else:
        totals = recount.verdict_totals()
        print(f"{recount.cases:,} cases; as of {arguments.until.isoformat()}: {totals['met']:,} met, "
              f"{totals['breached']:,} breached, {recount.open['city'][CITY]:,} open, "
              f"{recount.overdue['city'][CITY]:,} of them overdue")
        print(f"due in {arguments.period}, by council district:")
        rows = recount.due["district"][arguments.period].items()
        for area, due in sorted(rows, key=lambda row: (-row[1].on_time / row[1].due, row[0])):
            print(f"  {area:>12}  on time {due.on_time:>5} of {due.due:>5}  {100 * due.on_time / due.due:6.2f} %"
                  f"  closed {due.closed:>5}")
    found = contradictions(recount) + (june_differences(recount) if arguments.check else [])
    for line in found:
        print(f"FAIL {line}")
    if arguments.check and not found:
        print("ok: the published figures of June 2015 come out; the parts add up to the whole")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
