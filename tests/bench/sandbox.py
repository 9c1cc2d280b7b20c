"""Runs a program in a control group, which gives it the share of a processor that Lambda gives a function of some memory, and
counts its processor time. Needs root on Linux."""
import os
import pathlib
import subprocess
import tempfile
import time

# Lambda gives one processor per 1,769 MB <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>.
MB_PER_PROCESSOR = 1_769
PERIOD_US = 20_000

ROOT = pathlib.Path("/sys/fs/cgroup")
# <https://docs.kernel.org/admin-guide/cgroup-v2.html>; otherwise version 1, with a hierarchy for each controller.
IS_V2 = (ROOT / "cgroup.controllers").exists()
HIERARCHIES = [ROOT] if IS_V2 else [ROOT / "cpu", ROOT / "cpuacct"]


class Sandbox:
    """A program with full processors until `limit` is called, as a function has while it starts."""

    def __init__(self, command, variables, folder=None):
        self.groups = [hierarchy / f"mailhooks-bench-{os.getpid()}-{id(self)}" for hierarchy in HIERARCHIES]
        if IS_V2:
            (ROOT / "cgroup.subtree_control").write_text("+cpu")
        for group in self.groups:
            group.mkdir()
        # The shell joins the group, says so, and becomes the program, so all of the program's time counts.
        join = "".join(f"echo $$ > {group}/cgroup.procs && " for group in self.groups) + 'echo && exec "$@" > /dev/null'
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(["sh", "-c", join, "sh", *command], env=variables, cwd=folder, stdout=subprocess.PIPE,
                                        stderr=self.errors)
        self.process.stdout.readline()
        self.began = time.monotonic()

    def limit(self, megabytes):
        quota = PERIOD_US * megabytes // MB_PER_PROCESSOR
        if IS_V2:
            (self.groups[0] / "cpu.max").write_text(f"{quota} {PERIOD_US}")
        else:
            (self.groups[0] / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (self.groups[0] / "cpu.cfs_quota_us").write_text(str(quota))

    def cpu_seconds(self):
        if IS_V2:
            said = dict(line.split() for line in (self.groups[0] / "cpu.stat").read_text().splitlines())
            return int(said["usage_usec"]) / 1e6
        return int((self.groups[1] / "cpuacct.usage").read_text()) / 1e9

    def said(self):
        """The end of what the program wrote to standard error."""
        self.errors.seek(0)
        return self.errors.read()[-2000:].decode()

    def end(self):
        self.process.kill()
        self.process.wait()
        for group in self.groups:
            group.rmdir()
