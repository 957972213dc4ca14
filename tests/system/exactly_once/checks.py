"""What must hold when a scenario is over, looked at from outside."""

import collections

import outside
import published
import recounted
import schedule
from program import OK, Gridloop, require

INPUTS = ("requests", "dispatches", "visits", "judgements", "sensors", "directory")
PREFIX = "gridloop."
# The inputs of each stage in the order of their ranges in its schedule, as its rooms document them.
READS = {"cases": ("directory", "cases-inbox", "requests", "dispatches", "visits", "judgements"),
         "areas": ("directory", "area-deltas")}
WRITES = {"cases": ("sla-alerts", "cases", "area-deltas", "cases-inbox"),
          "areas": ("grid-workload", "district-rankings")}


class Found:
    """The records of all topics."""

    def __init__(self, address, topics):
        read = outside.read(address, [PREFIX + name for name in topics])
        self.records = {topic.removeprefix(PREFIX): records for topic, records in read.items()}
        self.published = published.Published(
            {name: [(record.key, record.value.decode()) for record in records]
             for name, records in self.records.items() if name in published.OUTPUTS})

    def partition(self, topic, partition):
        return [record for record in self.records[topic] if record.partition == partition]


def inputs_are_whole(found, chunks):
    """Each line that was sent is there as often as it was sent; a transaction without an answer counts whole or not."""
    there = collections.Counter(record.value.decode() for topic in INPUTS for record in found.records[topic])
    least, most = collections.Counter(), collections.Counter()
    for chunk in chunks:
        for line in chunk.lines:
            least[line] += 1
            most[line] += chunk.attempts
    lost = [line for line, n in least.items() if there[line] < n]
    require(not lost, f"{len(lost)} sent events are not in the log, {lost[:1]} among them")
    more = [line for line, n in there.items() if n > most[line]]
    require(not more, f"{len(more)} events are in the log more often than they were sent, {more[:1]} among them")
    for chunk in chunks:
        extra = {there[line] - least[line] for line in chunk.lines if most[line] == least[line] + chunk.attempts - 1}
        require(len(extra) <= 1, f"a transaction of {len(chunk.lines)} events is there in part")


def schedules_are_whole(found):
    """Steps without gap or repeat, chains that follow, epochs that never go back, ranges that join and add up, outputs
    that are all there. Returns the number of steps."""
    steps_in_all = 0
    for stage, inputs in READS.items():
        outputs = 0
        for partition in sorted({record.partition for record in found.records[f"schedule-{stage}"]}):
            steps = [schedule.decode(record.value) for record in found.partition(f"schedule-{stage}", partition)]
            steps_in_all += len(steps)
            outputs += sum(step.outputs for step in steps)
            _steps_follow(f"{stage}-{partition}", steps)
            for place, topic in enumerate(inputs):
                records = found.partition(topic, partition if topic != "directory" else 0)
                require(sum(step.ranges[place][2] for step in steps) == len(records),
                        f"{stage}-{partition}: its steps read {sum(step.ranges[place][2] for step in steps)} records "
                        f"of {topic}, which has {len(records)}")
        refused = sum(event["data"]["stage"] == stage for _, event in found.published.events["dead-letters"])
        there = refused + sum(len(found.records[topic]) for topic in WRITES[stage])
        require(outputs == there, f"the steps of {stage} wrote {outputs} records, and {there} are there")
    return steps_in_all


def _steps_follow(task, steps):
    chain, epoch, next_offsets = schedule.NO_CHAIN, 0, None
    for number, step in enumerate(steps, start=1):
        require(step.number == number, f"{task}: step {step.number} lies where step {number} belongs")
        require(step.follows(chain), f"{task}: the chain of step {number} does not follow")
        require(step.epoch >= epoch, f"{task}: step {number} of epoch {step.epoch} follows one of epoch {epoch}: "
                                     "an owner that was shut out has written")
        begins = [begin for begin, _, _ in step.ranges]
        require(begins == (next_offsets or [0] * len(begins)),
                f"{task}: step {number} begins at {begins}, the one before ended at {next_offsets}")
        chain, epoch, next_offsets = step.chain, step.epoch, [end for _, end, _ in step.ranges]


def results_are_right(found, load, reference):
    """The same results as an independent recount, and as those events give through the embedded log."""
    if load.recounted is not None:
        recounted.compare(load, found.published)
    published.compare(reference, found.published, "through the embedded log and through Kafka")


def groups_show_no_lag(found, address):
    """The groups of both stages have committed all offsets; the directory is read by each task for itself."""
    groups = outside.groups(address)
    for stage, inputs in READS.items():
        ends = {(PREFIX + topic, record.partition): record.offset + 1 for topic in inputs if topic != "directory"
                for record in found.records[topic]}
        left = [outside.unread(address, group, ends) for group in groups if group.endswith(f"-{stage}")]
        require(left == [{}], f"the group of {stage} has not committed all that was read; the groups are {groups}, the "
                              f"offsets that lag {left}, the ends {ends}")


def replays_are_equal(binary, address, directories):
    for directory in directories:
        Gridloop(binary, directory).expect(OK, "verify", "--kafka", address)


def embedded_reference(binary, directory, load, partitions):
    """What the same events come to through the embedded log."""
    gridloop = Gridloop(binary, directory)
    gridloop.expect(OK, "send", "--partitions", partitions, stdin=("\n".join(load.lines) + "\n").encode())
    gridloop.expect(OK, *gridloop.run_arguments(until=load.until))
    return published.Published({topic: [(line["key"], line["value"]) for line in gridloop.lines("tail", topic)]
                                for topic in published.OUTPUTS})
