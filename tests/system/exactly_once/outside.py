"""What a subscriber sees: topics read to their end by a plain read_committed consumer; offsets that a group committed."""

import dataclasses
import time

from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient

from program import require

PATIENCE_SECONDS = 60


@dataclasses.dataclass(frozen=True)
class Record:
    partition: int
    offset: int
    key: str
    value: bytes


def consumer(address, group, isolation="read_committed", **settings):
    return Consumer({"bootstrap.servers": address, "group.id": group, "isolation.level": isolation,
                     "enable.auto.commit": False, "enable.partition.eof": True, "auto.offset.reset": "earliest",
                     "log_level": 0, **settings})


def partitions_of(reader, topics):
    """All partitions of the topics, at their begin."""
    there = reader.list_topics(timeout=PATIENCE_SECONDS).topics
    missing = [topic for topic in topics if topic not in there]
    require(not missing, f"there are no topics {missing}")
    return [TopicPartition(topic, partition, 0) for topic in topics for partition in sorted(there[topic].partitions)]


def read(address, topics):
    """topic -> its records, in the order of each partition. Fails when a transaction stays open."""
    reader = consumer(address, "outside")
    try:
        left = partitions_of(reader, topics)
        _wait_until_closed(address, left)
        reader.assign(left)
        found = {topic: [] for topic in topics}
        left = {(at.topic, at.partition) for at in left}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while left:
            require(time.monotonic() < deadline, f"{sorted(left)} could not be read within {PATIENCE_SECONDS} s")
            message = reader.poll(1)
            if message is None:
                continue
            if message.error() is None:
                key = message.key()
                found[message.topic()].append(Record(message.partition(), message.offset(),
                                                     key.decode() if key is not None else "", message.value() or b""))
            elif message.error().code() == KafkaError._PARTITION_EOF:
                left.discard((message.topic(), message.partition()))
        for records in found.values():
            records.sort(key=lambda record: (record.partition, record.offset))
        return found
    finally:
        reader.close()


def _wait_until_closed(address, partitions):
    """Until no transaction is open: what is stable reaches the end."""
    stable, whole = consumer(address, "outside"), consumer(address, "outside", "read_uncommitted")
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        for at in partitions:
            while (stable.get_watermark_offsets(at, timeout=10)[1] != whole.get_watermark_offsets(at, timeout=10)[1]):
                require(time.monotonic() < deadline,
                        f"a transaction on {at.topic}/{at.partition} is open for more than {PATIENCE_SECONDS} s")
    finally:
        stable.close()
        whole.close()


def unread(address, group, ends):
    """Up to where the group has committed, of those of `ends`, (topic, partition) -> next offset, that it has
    not reached: "topic/partition" -> offset."""
    reader = consumer(address, group)
    try:
        wanted = [TopicPartition(*at) for at in ends]
        return {f"{at.topic}/{at.partition}": at.offset for at in reader.committed(wanted, timeout=PATIENCE_SECONDS)
                if at.offset < ends[at.topic, at.partition]}
    finally:
        reader.close()


def groups(address):
    """The names of all groups."""
    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
    return [group.group_id for group in admin.list_consumer_groups().result(PATIENCE_SECONDS).valid]
