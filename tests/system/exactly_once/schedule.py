"""Records of schedule topics, decoded after the format on top of engine/schedule.h by code that shares nothing with it."""

import dataclasses

import xxhash

NO_CHAIN = bytes(16)


@dataclasses.dataclass(frozen=True)
class Step:
    epoch: int
    owner: str
    attempt: int
    number: int
    behind: bool
    ranges: tuple  # (from, to, records) of each input
    outputs: int
    output_hash: bytes  # see output_hash()
    content: bytes
    chain: bytes

    def follows(self, chain):
        """Whether its chain is that of a step after one with `chain`."""
        hashed = xxhash.xxh3_128_intdigest(chain + self.content)
        return self.chain == _halves(hashed >> 64, hashed & (2**64 - 1))


def _halves(high, low):
    return high.to_bytes(8, "little") + low.to_bytes(8, "little")


class _Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise ValueError("a schedule record ends too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def string(self):
        return self.take(self.varint())

    def flag(self):
        return self.take(1) != b"\0"


def _varint(value):
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(encoded) + bytes([value])


def _string(data):
    return _varint(len(data)) + data


def output_hash(written):
    """The hash of what a step wrote: {(topic, partition): [(key, value, [(header name, header value), ...]), ...]}."""
    hashed = xxhash.xxh3_128()
    for (topic, partition), records in sorted(written.items()):
        hashed.update(_string(topic.encode()) + _varint(partition) + _varint(len(records)))
        for key, value, headers in records:
            encoded = b"".join(_string(name) + _string(content) for name, content in headers)
            hashed.update(_string(key) + _string(value) + _string(encoded))
    return _halves(hashed.intdigest() >> 64, hashed.intdigest() & (2**64 - 1))


def decode(value):
    """The step in a schedule record. Raises ValueError when it is malformed."""
    record = _Bytes(value)
    if record.take(1) != b"\2":
        raise ValueError("a schedule record has an unknown format")
    epoch, owner, attempt = record.varint(), record.string().decode(), record.varint()
    content, chain = record.string(), record.take(16)
    if record.at != len(value):
        raise ValueError("a schedule record is too long")
    step = _Bytes(content)
    number, _, behind = step.varint(), step.varint(), step.flag()
    ranges = tuple((step.varint(), step.varint(), step.varint()) for _ in range(step.varint()))
    step.take(16)
    if step.flag():
        step.varint()
    for _ in ("fired", "drained"):
        step.varint()
    return Step(epoch, owner, attempt, number, behind, ranges, step.varint(), step.take(16), content, chain)
