"""Real brokers on this machine that can be killed and started again: ops/kafka/start.sh with a data directory of its own."""

import os
import pathlib
import signal
import subprocess

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from program import free_ports, require, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[3]
START = ROOT / "ops/kafka/start.sh"


class Brokers:
    """Brokers 1 to `count`; one of them may be down. Topics have replication 3 when there are three."""

    def __init__(self, directory, count):
        self.directory, self.count = pathlib.Path(directory), count
        self.killed = {}  # broker -> the command that it ran by
        self.address = None

    def __enter__(self):
        self.address = subprocess.run(
            ["bash", START, "--data", self.directory, "--port", str(free_ports(2 * self.count, 20_000, 30_000)), "--brokers",
             str(self.count)], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        self.wait_for(range(1, self.count + 1))
        return self

    def __exit__(self, *_):
        subprocess.run(["bash", START, "stop", "--data", self.directory], check=False)

    def _pid_file(self, broker):
        return self.directory / f"broker-{broker}/pid"

    def kill(self, broker):
        """kill -9."""
        pid = int(self._pid_file(broker).read_text())
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().rstrip("\0").split("\0")
        require(str(self.directory) in command[-1], f"process {pid} is not broker {broker}")
        os.kill(pid, signal.SIGKILL)
        self.killed[broker] = command
        wait_until(lambda: not self._runs(pid), f"broker {broker} is gone")

    @staticmethod
    def _runs(pid):
        try:
            return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        except OSError:
            return False

    def restart(self, broker):
        """Starts a killed broker over its data, by the same command, and waits until it answers."""
        command = self.killed.pop(broker)
        with open(self.directory / f"broker-{broker}/output", "ab") as output:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        self._pid_file(broker).write_text(f"{process.pid}\n")
        self.wait_for([broker])

    def wait_for(self, brokers):
        """Until these brokers are in the cluster and each partition has a leader."""
        wait_until(lambda: self._there(set(brokers)), f"brokers {list(brokers)} are in the cluster")

    def _there(self, brokers):
        try:
            seen = AdminClient({"bootstrap.servers": self.address, "log_level": 0}).list_topics(timeout=2)
        except KafkaException:
            return False
        return brokers <= set(seen.brokers) and all(
            partition.leader >= 0 for topic in seen.topics.values() for partition in topic.partitions.values())

    def replicas_in_sync(self):
        """Whether each partition is on all of its brokers."""
        try:
            seen = AdminClient({"bootstrap.servers": self.address, "log_level": 0}).list_topics(timeout=2)
        except KafkaException:
            return False
        return all(sorted(partition.isrs) == sorted(partition.replicas)
                   for topic in seen.topics.values() for partition in topic.partitions.values())
