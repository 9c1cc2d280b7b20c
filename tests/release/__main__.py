"""Follows docs/deploy.md from a release zip: in an empty folder, without Rust, with the commands of the document itself, on an emulator
of AWS. Run by tests/release/walk."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

sys.path.insert(0, "tests/rehearsal")
import calls
from relay import Relay
from servers import Servers, say, wait_until
from stack import REGION, Stack, of_aws

# Commands of the document that have no place here: those of the AWS CLI, and those that call a provider's API.
ELSEWHERE = ("aws ", "mailhooks webhooks create ")
# What `doctor` finds on the emulator: CloudFormation there does not set the time to live.
NOT_EMULATED = "wrong    table                 its time to live is off: events never expire"
SECRET = "whsec_made-up-secret-of-the-walk"


def main():
    archive, tool = map(pathlib.Path, sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="walk-") as folder:
        walk = Walk(pathlib.Path(folder), archive, tool)
        walk.reads()
        walk.deploys()
        walk.receives()
        walk.checks()


class Walk:
    def __init__(self, folder, archive, tool):
        self.folder = unpack(archive, folder)
        self.document = (self.folder / "docs/deploy.md").read_text()
        self.servers = Servers()
        self.endpoint = Addresses(self.servers)
        programs = folder / "programs"
        programs.mkdir()
        if tool.suffix == ".tgz":
            shutil.unpack_archive(tool, folder, filter="data")
            tool = folder / tool.stem / "mailhooks"
        for name, program in {"mailhooks": tool, "sam": shutil.which("sam")}.items():
            (programs / name).symlink_to(pathlib.Path(program).resolve())
        home = folder / "home"
        home.mkdir()
        self.environment = of_aws(self.servers) | {"PATH": str(programs), "HOME": str(home), "LANG": "C.UTF-8"}

    def reads(self):
        """Follows the links of all documents in the zip."""
        documents = list(self.folder.rglob("*.md"))
        links = [(document, link) for document in documents for link in links_of(document)]
        dead = [f"{document.relative_to(self.folder)}: {link}" for document, link in links if not (document.parent / link).exists()]
        assert len(links) > 100 and not dead, dead
        say(f"{len(links)} links of {len(documents)} documents in the zip lead to files in the zip")

    def deploys(self):
        # No command of the document builds.
        assert "| a release zip | unpack it in an empty folder | `sam deploy` |" in self.document
        first, *_ = self.commands("## 2. Deploy")
        # The emulator has no alarms on expressions, and asks for a permission that AWS does not have.
        self.run(f"{first} BounceRate=0 ComplaintRate=0", says="y\n")
        self.stack = Deployed(self.servers)
        self.providers = re.findall(r"([A-Za-z]+)=on\b", first)
        say(f"deployed: {len(self.stack.resources())} resources by `{first}`")

    def receives(self):
        (command,) = self.commands("### By hand")
        for provider in self.providers:
            self.run(command.replace("jetemail", provider.lower()), says=f"{SECRET}\n")
        send, events = self.commands("## 4. Send a test event")
        # The receiver may have read the secret shortly before it was set.
        try:
            said = wait_until(lambda: self.run(send, may_fail=True), f"`{send}` succeeds", 300)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.refused}") from None
        assert "200" in said and '"recorded":1' in said, said
        assert "email.bounced" in (said := self.run(events)), said
        say(f"the first event, by `{command}`, `{send}` and `{events}`")

    def checks(self):
        (command,) = self.commands("## 6. Check the deployment")
        lines = self.run(command, exit=1).splitlines()
        assert [line for line in lines if line.startswith("wrong ")] == [NOT_EMULATED], "\n".join(lines)
        accepted = [line for line in lines if re.match("good +post .* accepted and recorded", line)]
        assert len(accepted) == len(self.providers), "\n".join(lines)
        say(f"`{command}` finds nothing wrong but what the emulator lacks")

    def commands(self, heading):
        """The commands in the code blocks of a section."""
        section = self.document.partition(f"\n{heading}\n")[2]
        assert section, f"docs/deploy.md has no section {heading}"
        section = re.split(r"^##", section, maxsplit=1, flags=re.M)[0]
        blocks = "".join(re.findall(r"^```sh\n(.*?)^```", section, re.M | re.S)).replace("\\\n", "")
        lines = [line.partition("  #")[0].rstrip() for line in blocks.splitlines()]
        return [line for line in lines if line and not line.startswith(ELSEWHERE)]

    def run(self, command, says="", exit=0, may_fail=False):
        """Runs a command of the document as a user does. Returns what it prints, or None if it may fail and does."""
        environment = self.environment | ({} if command.startswith("sam ") else {"AWS_ENDPOINT_URL": self.endpoint.url})
        done = subprocess.run(["/bin/sh", "-c", command], cwd=self.folder, env=environment, input=says, capture_output=True, text=True)
        if may_fail and done.returncode != exit:
            self.refused = done.stdout + done.stderr
            return None
        assert done.returncode == exit, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr


class Addresses(Relay):
    """Passes calls on to the emulator, and replaces the addresses of receivers in the answers by ones that resolve on this machine."""

    def __init__(self, servers):
        super().__init__(servers.ministack)
        self.receivers = {}

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method, path, headers, body):
        status, headers, content = super().ask(method, path, headers, body)
        return status, headers, re.sub(rb"https?://([a-z0-9]+\.execute-api\.[a-z0-9.:-]+)", self.replace, content)

    def replace(self, found):
        host = found[1].decode().partition(":")[0]
        if host not in self.receivers:
            self.receivers[host] = Relay(self.upstream, host)
        return f"http://127.0.0.1:{self.receivers[host].port}".encode()


class Deployed(Stack):
    """The stack that the commands of the document deployed."""

    def __init__(self, servers):
        self.name, self.servers, self.region = "mailhooks", servers, REGION
        for role in self.resources("AWS::IAM::Role").values():
            calls.let_publish_batches(self.client("iam"), role)


def unpack(archive, folder):
    with zipfile.ZipFile(archive) as files:
        for entry in files.infolist():
            path = pathlib.Path(files.extract(entry, folder))
            path.chmod(entry.external_attr >> 16 & 0o777)
    return folder / archive.stem


def links_of(document):
    text = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.M | re.S)
    links = re.findall(r"\]\(([^)\s#]+)", text)
    return [link for link in links if "://" not in link and not link.startswith("mailto:")]


main()
