#!/usr/bin/env python3
"""Compares every published figure of a data directory with an independent recount of the CSV it was imported from."""

import argparse
import collections
import datetime
import decimal
import fractions
import pathlib
import sys

import program
import recount
from program import Failure, Gridloop, Scratch, require
from recount import CITY, JUNE_2015, LEVELS, UNATTRIBUTED, UNTIL

# Months of due date in the Boston year; a month without cases has no figures and is asked for all the same.
FIRST_MONTH, LAST_MONTH = "2015-01", "2019-05"
LAST_DAY = UNTIL.date() - datetime.timedelta(days=1)
FIGURES = ("opened", "sent", "handled", "closed", "handling_seconds", "breached")
JUDGED_CLOCKS = {"handle", "close"}  # both end with the close of a Boston case, so they have one verdict


class Comparison:
    """Counts what was compared and keeps what differs."""

    def __init__(self):
        self.compared = collections.Counter()
        self.failed = []

    def equal(self, group, what, got, expected):
        self.compared[group] += 1
        if got != expected:
            self.failed.append(f"{what}: gridloop has {got}, the recount {expected}")

    def true(self, group, condition, text):
        self.compared[group] += 1
        if not condition:
            self.failed.append(text)


def ratio(row, code, where):
    indicator = row["indicators"].get(code)
    require(indicator is not None, f"{where}: no indicator {code}, only {sorted(row['indicators'])}")
    return indicator["num"], indicator["den"]


def percentage(num, den):
    """As printed: half up, two decimals."""
    exact = decimal.Decimal(100 * num) / decimal.Decimal(den)
    return exact.quantize(decimal.Decimal("0.01"), decimal.ROUND_HALF_UP)


def compare_due(gridloop, counted, comparison):
    """Every month of due date, level and area: numerators, denominators, sums and ranks."""
    for month in program.months(FIRST_MONTH, LAST_MONTH):
        city = counted.due["city"].get(month, {}).get(CITY, recount.Due())
        for level in LEVELS:
            where = f"rankings {month} {level}"
            rows = {row["area"]: row for row in gridloop.rankings(month, level)}
            expected = counted.due[level].get(month, {})
            totals = [0, 0]
            for area in sorted(set(rows) | set(expected)):
                due = expected.get(area, recount.Due())
                if area not in rows:
                    comparison.equal("due cohorts", f"{where} {area}", "no row", f"{due.on_time}/{due.due}")
                    continue
                for code, num in (("ontime_close", due.on_time), ("ontime_dispose", due.on_time),
                                  ("close_rate", due.closed)):
                    got = ratio(rows[area], code, f"{where} {area}")
                    comparison.equal("due cohorts", f"{where} {area} {code}", "%d/%d" % got, f"{num}/{due.due}")
                on_time, of = ratio(rows[area], "ontime_close", where)
                totals = [totals[0] + on_time, totals[1] + of]
            comparison.equal("sums of areas = city", where, "%d/%d" % tuple(totals), f"{city.on_time}/{city.due}")
            compare_ranks(where, rows, comparison)


def compare_ranks(where, rows, comparison):
    """Best exact ratio first, equal ones share a rank; the score is the ratio as printed; unattributed has no rank."""
    if UNATTRIBUTED in rows:
        comparison.equal("ranks", f"{where}: rank of {UNATTRIBUTED}", rows[UNATTRIBUTED].get("rank"), None)
    ranked = sorted((row for row in rows.values() if row.get("rank") is not None),
                    key=lambda row: (row["rank"], row["area"]))
    before = None
    for place, row in enumerate(ranked, start=1):
        on_time, due = ratio(row, "ontime_close", where)
        comparison.true("ranks", due > 0, f"{where}: {row['area']} is ranked without a due case")
        if due == 0:
            continue
        comparison.equal("scores", f"{where} {row['area']} score", decimal.Decimal(row["score"]),
                         percentage(on_time, due))
        score = fractions.Fraction(on_time, due)
        if before is None:
            fits = row["rank"] == 1
        elif score == before[1]:
            fits = row["rank"] == before[0]
        else:
            fits = score < before[1] and row["rank"] in (before[0] + 1, place)
        comparison.true("ranks", fits, f"{where}: {row['area']} with {score} has rank {row['rank']} after {before}")
        before = (row["rank"], score)


def compare_june(gridloop, comparison):
    rows = {row["area"]: row for row in gridloop.rankings("2015-06", "district")}
    for area, (on_time, due) in JUNE_2015.items():
        require(area in rows, f"rankings 2015-06 district: no row for {area}, only {sorted(rows)}")
        got = ratio(rows[area], "ontime_close", "rankings 2015-06 district")
        comparison.equal("published June 2015", f"2015-06 district {area}", got, (on_time, due))


def compare_workload(gridloop, counted, comparison):
    """City and districts: every day, every month of opening, what is open and overdue."""
    areas = [("city", CITY)] + [("district", area) for area in sorted(counted.days["district"]) if area != UNATTRIBUTED]
    sums = collections.Counter()
    for level, area in areas:
        days, now = gridloop.workload(area, "2015-01-01", LAST_DAY.isoformat())
        for day in sorted(set(days) | set(counted.days[level][area])):
            expected = counted.days[level][area].get(day, {})
            for figure in FIGURES:
                comparison.equal("days", f"workload {area} {day} {figure}", days.get(day, {}).get(figure, 0),
                                 expected.get(figure, 0))
        comparison.equal("open and overdue", f"workload {area} open_now", now["open_now"], counted.open[level][area])
        comparison.equal("open and overdue", f"workload {area} overdue_now", now["overdue_now"],
                         counted.overdue[level][area])
        months = gridloop.cohorts(area)
        for month in sorted(set(months) | set(counted.cohorts[level][area])):
            expected = counted.cohorts[level][area].get(month, recount.Cohort())
            got = months.get(month, {"opened": 0, "closed": 0, "open": 0})
            for figure in ("opened", "closed", "open"):
                comparison.equal("months of opening", f"workload {area} --months {month} {figure}", got[figure],
                                 getattr(expected, figure))
                sums[level == "city", month, figure] += got[figure]
            comparison.equal("opened = closed + open", f"workload {area} --months {month}", got["opened"],
                             got["closed"] + got["open"])
    for month, cohort in sorted(counted.cohorts["district"][UNATTRIBUTED].items()):
        for figure in ("opened", "closed", "open"):
            sums[False, month, figure] += getattr(cohort, figure)
    for (of_city, month, figure), total in sorted(sums.items()):
        if of_city:
            comparison.equal("sums of districts = city", f"opened in {month}: {figure}", sums[False, month, figure],
                             total)


def compare_levels(gridloop, counted, comparison):
    """The lines of a level, what belongs to none of its areas among them, add up to the city."""
    for level in LEVELS:
        lines = gridloop.level(level, "2015-01-01", LAST_DAY.isoformat())
        for figure in FIGURES:
            whole = sum(figures.get(figure, 0) for figures in counted.days["city"][CITY].values())
            comparison.equal("sums of a level = all", f"workload --level {level}: {figure}",
                             sum(line[figure] for line in lines), whole)
            for line in lines:
                expected = sum(figures.get(figure, 0) for figures in counted.days[level][line["area"]].values())
                comparison.equal("lines of a level", f"workload --level {level}: {line['area']} {figure}",
                                 line[figure], expected)


def compare_verdicts(gridloop, counted, comparison):
    """The net of the alerts is the verdict, for every case id."""
    standing = collections.defaultdict(dict)
    for line in gridloop.verdicts():
        comparison.true("alerts", line["case"] not in standing[line["clock"]],
                        f"alerts --net: case {line['case']} has two lines for clock {line['clock']}")
        standing[line["clock"]][line["case"]] = line
    comparison.true("alerts", set(standing) <= JUDGED_CLOCKS and standing,
                    f"alerts --net: clocks {sorted(standing)}, expected one or both of {sorted(JUDGED_CLOCKS)}")
    for clock, lines in standing.items():
        for case in sorted(set(lines) | set(counted.verdicts)):
            got = lines.get(case, {}).get("verdict")
            decided = got if got in ("met", "breached") else None
            comparison.equal("verdicts by case", f"alerts --net {case} {clock}", decided, counted.verdicts.get(case))
            if case in lines and "due" in lines[case]:
                due = datetime.datetime.fromisoformat(lines[case]["due"])
                comparison.equal("dues by case", f"alerts --net {case} {clock} due", recount.instant(due),
                                 counted.targets.get(case))


def check(binary, data, csv, until):
    """Compares all; prints the summary and returns the number of differences."""
    counted = recount.Recount(recount.read_cases(csv), until)
    comparison = Comparison()
    comparison.failed += recount.contradictions(counted)
    gridloop = Gridloop(binary, data)
    compare_june(gridloop, comparison)
    compare_due(gridloop, counted, comparison)
    compare_workload(gridloop, counted, comparison)
    compare_levels(gridloop, counted, comparison)
    compare_verdicts(gridloop, counted, comparison)
    for group, number in comparison.compared.items():
        print(f"  {group:<26} {number:>8,} compared")
    for line in comparison.failed[:20]:
        print(f"FAIL {line}")
    if len(comparison.failed) > 20:
        print(f"FAIL and {len(comparison.failed) - 20:,} more")
    if not comparison.failed:
        totals = counted.verdict_totals()
        print(f"ok: {counted.cases:,} cases, {totals['met']:,} met, {totals['breached']:,} breached: "
              f"{sum(comparison.compared.values()):,} comparisons, no difference")
    return len(comparison.failed)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gridloop", required=True, type=pathlib.Path, metavar="PATH", help="the program")
    parser.add_argument("--data", type=pathlib.Path, metavar="DIR",
                        help="a data directory that holds the import, run until the given time; "
                             "without it, a temporary one is made")
    parser.add_argument("--csv", default=recount.CSV, type=pathlib.Path)
    parser.add_argument("--until", default=UNTIL, type=datetime.datetime.fromisoformat, metavar="TIME")
    arguments = parser.parse_args()
    try:
        if arguments.data:
            return 1 if check(arguments.gridloop, arguments.data, arguments.csv, arguments.until) else 0
        with Scratch() as scratch:
            gridloop = Gridloop(arguments.gridloop, scratch / "data")
            gridloop.import_csv(arguments.csv)
            gridloop.expect(program.OK, *gridloop.run_arguments(until=arguments.until))
            return 1 if check(arguments.gridloop, gridloop.data, arguments.csv, arguments.until) else 0
    except Failure as failure:
        print(f"FAIL {failure}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
