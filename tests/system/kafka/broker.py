"""A real broker of a test's own: a plain listener for whom nothing is forbidden, and one with TLS and a login."""

import os
import pathlib
import signal
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "recount"))

from program import free_ports, require, wait_until  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
START = HERE.parents[2] / "ops/kafka/start.sh"
PASSWORD = "opensesame-4711"
LISTENERS = """\
listeners=PLAINTEXT://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controller},SASL_SSL://127.0.0.1:{safe}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},SASL_SSL://127.0.0.1:{safe}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
user_town="{password}";
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={keys}
"""


class Broker:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.port = free_ports(3, 30_000, 32_700)
        self.address = f"127.0.0.1:{self.port}"
        self.safe_address = f"127.0.0.1:{self.port + 2}"
        self.authority = self.directory / "ca.pem"

    def __enter__(self):
        self.directory.mkdir()
        self._make_keys()
        (self.directory / "listeners").write_text(LISTENERS.format(
            plain=self.port, controller=self.port + 1, safe=self.port + 2, password=PASSWORD,
            keys=self.directory / "broker.pem"))
        self.start()
        return self

    def __exit__(self, *_):
        subprocess.run(["bash", START, "stop", "--data", self.directory / "data"], check=False)

    def start(self):
        """Also over what a killed one has left. Returns when it answers."""
        subprocess.run(["bash", START, "--data", self.directory / "data", "--port", str(self.port), "--properties",
                        self.directory / "listeners"], check=True, stdout=subprocess.DEVNULL)

    def kill(self):
        """kill -9."""
        pid = int((self.directory / "data/broker-1/pid").read_text())
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode()
        require(str(self.directory) in command, f"process {pid} is not this broker")
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not self._listens(), "the broker is gone")

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _make_keys(self):
        """A certificate authority of our own, and what it says of the broker."""
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], check=True, cwd=self.directory, stderr=subprocess.DEVNULL)

        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem",
                "-subj", "/CN=authority of a test")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "broker.key", "-out", "broker.request", "-subj",
                "/CN=broker of a test")
        (self.directory / "names").write_text("subjectAltName=IP:127.0.0.1\n")
        openssl("x509", "-req", "-in", "broker.request", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days",
                "2", "-extfile", "names", "-out", "broker.crt")
        openssl("pkcs8", "-topk8", "-nocrypt", "-in", "broker.key", "-out", "broker.pk8")
        (self.directory / "broker.pem").write_text("".join((self.directory / part).read_text()
                                                           for part in ("broker.pk8", "broker.crt", "ca.pem")))


class Administrator:
    """Does what Kafka's own scripts do (BrokerAdmin.java), by one process, as a start of Java takes seconds."""

    def __init__(self, broker):
        jars = subprocess.run(["bash", START, "fetch"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        self._process = subprocess.Popen(
            ["java", "-Xmx128m", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", "-cp",
             f"{jars}/*", HERE / "BrokerAdmin.java", broker.address],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def do(self, *words):
        command = " ".join(map(str, words))
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        outcome = self._process.stdout.readline().strip()
        require(outcome == "ok", f"{command}: {outcome or 'no answer'}")
