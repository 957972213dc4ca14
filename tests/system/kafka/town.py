"""A deployment on a broker that a test disturbs: a prefix of topics, events in them, a data directory."""

import json
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "recount"))

from program import OK, Failure, Gridloop, canonical, lab_of, require, stop, wait_until  # noqa: E402

UNTIL = "2026-04-01T00:00:00+08:00"
PARTITIONS = 3
PATIENCE_SECONDS = 120
QUESTIONS = [
    ["alerts", "--net"],
    ["rankings", "--period", "2026-02", "--level", "street"],
    ["workload", "--level", "street", "--from", "2026-02-01", "--to", "2026-03-31"],
]


def county(binary):
    """Events of an invented county, one a line: (rules, the others)."""
    made = subprocess.run([lab_of(binary), "simulate", "county", "--grids", "6", "--days", "4", "--seed", "7", "--devices", "0"],
                          check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.splitlines()
    first = next(at for at, line in enumerate(made) if json.loads(line)["type"].startswith("request."))
    require(0 < first < len(made), "the county has no rules, or no requests")
    return made[:first], made[first:]


class Town(Gridloop):
    """The program with the options that reach one deployment."""

    def __init__(self, binary, data, address, prefix, settings=()):
        super().__init__(binary, data)
        self.address, self.prefix, self.settings = address, prefix, list(map(str, settings))

    def beside(self, data=None, address=None, prefix=None, settings=None):
        """The same but for what is given."""
        return Town(self.binary, self.data if data is None else data, address or self.address, prefix or self.prefix,
                    self.settings if settings is None else settings)

    def command(self, *arguments):
        place = ["--kafka", self.address, "--prefix", self.prefix, *self.settings]
        data = [] if arguments[0] in ("topics", "send") or self.data == pathlib.Path() else ["--data", str(self.data)]
        return [self.binary, *map(str, arguments), *place, *data]

    def run(self, *arguments, timeout=PATIENCE_SECONDS, **options):
        return super().run(*arguments, timeout=timeout, **options)

    def make_topics(self):
        self.expect(OK, "topics", "create", "--partitions", PARTITIONS)

    def send(self, lines, code=OK):
        return self.expect(code, "send", stdin="".join(line + "\n" for line in lines).encode())

    def run_arguments(self):
        return ["run", "--until", UNTIL, "--until-idle"]

    def settle(self):
        return self.expect(OK, *self.run_arguments())

    @staticmethod
    def answers_of(program):
        return {" ".join(question): canonical(program.lines(*question)) for question in QUESTIONS}

    def answers(self):
        return self.answers_of(self)


class Engine:
    """`gridloop run` that goes on until it is stopped."""

    def __init__(self, town, *options):
        self.output = pathlib.Path(f"{town.data}.output")
        self.output.write_text("")
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(town.command("run", "--until", UNTIL, *options), stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        stop(self.process)

    @property
    def said(self):
        return self.output.read_text(errors="replace")

    def says(self, text, timeout=60):
        def there():
            self.must_run(text)
            return text in self.said
        wait_until(there, f"`run` says {text!r}", timeout)

    def must_run(self, why):
        if self.process.poll() is not None:
            raise Failure(f"`run` ended with {self.process.returncode}, while {why!r} was awaited:\n{self.said}")

    def ends(self, timeout=60):
        """Its exit code, when it ends by itself."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired as late:
            raise Failure(f"`run` did not end within {timeout} s:\n{self.said}") from late

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.ends()
        require(code == OK, f"`run` was asked to stop and ended with {code}:\n{self.said}")

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100
