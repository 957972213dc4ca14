#!/usr/bin/env python3
"""The work days of 2024 to 2026, as the program counts them, are those of chinesecalendar (PyPI), day by day.

Runs by a Python that has requirements.txt: this one, or the one that GRIDLOOP_CALENDAR_PYTHON names. Without either it is
skipped (exit code 77)."""

import argparse
import datetime
import json
import os
import subprocess
import sys

FIRST, LAST = datetime.date(2024, 1, 1), datetime.date(2026, 12, 31)
IN_A_YEAR = {2024: 251, 2025: 248, 2026: 248}
SKIPPED = 77


def library():
    try:
        import chinese_calendar
        return chinese_calendar
    except ImportError:
        python = os.environ.get("GRIDLOOP_CALENDAR_PYTHON")
        if python and os.path.abspath(python) != sys.executable:
            os.execv(python, [python, "-B", *sys.argv])
        print("skipped: set GRIDLOOP_CALENDAR_PYTHON to a Python with tests/ops/calendars/requirements.txt")
        sys.exit(SKIPPED)


def days():
    for n in range((LAST - FIRST).days + 1):
        yield FIRST + datetime.timedelta(n)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gridloop", required=True, help="the program")
    options = parser.parse_args()
    calendar = library()
    # A limit of all work days of these years ends on the last of them; what it skips are the other days.
    total = sum(IN_A_YEAR.values())
    told = json.loads(subprocess.run([options.gridloop, "deadline", "--start", FIRST.isoformat(), "--limit",
                                      f"{total} work_day", "--json"], check=True, capture_output=True, timeout=60).stdout)
    problems = []
    if told["due"] != f"{LAST}T18:00:00+08:00":
        problems.append(f"{total} work days from {FIRST} on end at {told['due']}")
    skipped = {day["date"]: day for day in told["skipped"]}
    make_up = {day["date"] for day in told["make_up_days"]}
    for day in days():
        text = day.isoformat()
        if (text not in skipped) != calendar.is_workday(day):
            problems.append(f"{text}: a work day is what chinesecalendar says: {calendar.is_workday(day)}")
        if (text in make_up) != (calendar.is_workday(day) and day.weekday() >= 5):
            problems.append(f"{text}: the make-up days differ")
    for year, count in IN_A_YEAR.items():
        found = sum(1 for day in days() if day.year == year and day.isoformat() not in skipped)
        if found != count:
            problems.append(f"{year} has {found} work days, not {count}")
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{total} work days and {len(make_up)} make-up days in {len(list(days()))} days agree")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
