"""Processes of `gridloop run` that share a log, each with a data directory of its own."""

import os
import signal
import subprocess

from program import OK, require, stop

STOP_SECONDS = 60


class Engine:
    """One process at a time, started again over the same directory."""

    def __init__(self, name, data, command, output):
        self.name, self.data, self.output = name, data, output
        self.command = [*command, "--data", str(data)]
        self.process = None

    def start(self):
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    @property
    def pid(self):
        return self.process.pid

    def runs(self):
        return self.process is not None and self.process.poll() is None

    def must_run(self):
        require(self.runs(), f"{self.name} ended by itself, with exit code {self.process.returncode}:\n{self.said()}")

    def kill(self):
        """kill -9."""
        self.must_run()
        os.kill(self.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """SIGTERM; it must end cleanly."""
        self.must_run()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            code = f"none within {STOP_SECONDS} s"
        require(code == OK, f"{self.name} was asked to stop; its exit code: {code}\n{self.said()}")

    def pause(self):
        self.must_run()
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.pid, signal.SIGCONT)

    def end(self):
        """Whatever it is doing."""
        if self.process is not None:
            stop(self.process)

    def said(self, most=2000):
        return self.output.read_text(errors="replace")[-most:] if self.output.exists() else ""
