"""Compares what was published of a cut of the Boston year with the recount of its CSV."""

import collections
import datetime

import recount
from program import require
from published import differences

MONTH_OF_DUE = {"due": "due", "closed": "due_closed", "on_time": "due_closed_on_time"}
MONTH_OF_OPENING = {"opened": "opened", "closed": "ended"}


def compare(load, published):
    """Fails unless alerts, counters, workload and cases are those of the recount."""
    counted = load.recounted
    found = recount.contradictions(counted)
    found += differences({(case, "handle", 1): verdict for case, verdict in counted.verdicts.items()},
                         {at: verdict for at, (verdict, _) in published.net.items() if verdict != "warned"},
                         "verdict of")
    found += differences(_counters(counted), _by_level(published.counters), "counter")
    found += differences(_days(counted), _published_days(published.rows["grid-workload"]), "workload")
    found += differences({case.id: _facts(case) for case in load.cases},
                         {id: _told(row) for id, row in published.rows["cases"].items()}, "case")
    require(not found, "the recount of the CSV:\n  " + "\n  ".join(found))


def _levels(area):
    """The area of each level that holds `area`; counters are told of the deepest one alone."""
    district = area.split("/")[0] if area != recount.CITY else recount.UNATTRIBUTED
    return {"city": recount.CITY, "district": district,
            "neighborhood": area if "/" in area else recount.UNATTRIBUTED}


def _by_level(counters):
    sums = collections.Counter()
    for (area, bucket, counter), n in counters.items():
        for level, at in _levels(area).items():
            sums[level, at, bucket, counter] += n
    wanted = {*MONTH_OF_DUE.values(), *MONTH_OF_OPENING.values(), "opened", "sent", "handled", "closed",
              "handling_seconds", "breached", "open_now", "overdue_now"}
    return {at: n for at, n in sums.items() if n != 0 and at[3] in wanted}


def _counters(counted):
    sums = {}
    for level in recount.LEVELS:
        for area, days in counted.days[level].items():
            for day, figures in days.items():
                sums.update({(level, area, day, figure): n for figure, n in figures.items()})
        for area, months in counted.cohorts[level].items():
            for month, cohort in months.items():
                sums.update({(level, area, month, counter): getattr(cohort, figure)
                             for figure, counter in MONTH_OF_OPENING.items()})
        for month, areas in counted.due[level].items():
            for area, due in areas.items():
                sums.update({(level, area, month, counter): getattr(due, figure)
                             for figure, counter in MONTH_OF_DUE.items()})
        for counter, now in (("open_now", counted.open), ("overdue_now", counted.overdue)):
            sums.update({(level, area, "now", counter): n for area, n in now[level].items()})
    return {at: n for at, n in sums.items() if n != 0}


def _days(counted):
    """(area, day) -> figures, of all areas."""
    return {(area, day): nonzero for level in recount.LEVELS for area, days in counted.days[level].items()
            if area != recount.UNATTRIBUTED for day, figures in days.items()
            if (nonzero := {figure: n for figure, n in figures.items() if n != 0})}


def _published_days(rows):
    figures = ("opened", "sent", "handled", "closed", "handling_seconds", "breached")
    return {(row["area"], row["day"]): nonzero for row in rows.values()
            if (nonzero := {figure: row[figure] for figure in figures if row.get(figure)})}


def _facts(case):
    # Opened and closed in one second: the usual course of a case decides, so the fold comes to closed all the same.
    return {"status": "closed" if case.closed else "sent", "opened": _utc(case.opened), "closed": _utc(case.closed),
            "due": _utc(case.target)}


def _told(row):
    return {"status": row["status"], **{name: _utc(row.get(name)) for name in ("opened", "closed", "due")}}


def _utc(time):
    if isinstance(time, str):
        time = datetime.datetime.fromisoformat(time)
    return time and time.astimezone(datetime.timezone.utc)
