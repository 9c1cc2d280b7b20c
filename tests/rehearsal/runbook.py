"""Runs the commands of docs/operate.md as they are written there, in their order."""
import pathlib
import re
import shlex


def follow(section, block, stack, names, deploy=None, after=None, secret=""):
    """Runs the commands of a block of a section, with these values in place of the names in capitals. Calls `deploy` for `sam deploy`,
    and the functions of `after` with the result of the command that begins so. `secret` answers the prompt for a secret."""
    expected = dict(after or {})
    for command in commands(section)[block]:
        words = shlex.split(re.sub(r"[A-Z_]{3,}", lambda name: names.get(name[0], name[0]), command))
        if words[:2] == ["sam", "deploy"]:
            result = (deploy or stack.deploy)(**dict(word.split("=", 1) for word in words if re.match(r"[A-Z]\w+=", word)))
        elif words[:2] == ["sam", "delete"]:
            # `sam delete` cannot run here because it cannot reach the bucket that it empties first.
            result = delete(stack)
        elif words[0] == "aws":
            result = stack.run(*words)
        else:
            assert words[0] == "mailhooks", command
            result = stack.tool(*words[1:], input=secret, status=None if words[1] == "doctor" else 0)
        for begin in [begin for begin in expected if command.startswith(begin)]:
            expected.pop(begin)(result)
    assert not expected, f"{section} has no command {list(expected)}"


def commands(section):
    """The commands of each block of a section, without comments."""
    text = pathlib.Path("docs/operate.md").read_text()
    (found,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    blocks = [block.replace("\\\n", " ") for block in re.findall(r"^```sh\n(.*?)^```", found, re.MULTILINE | re.DOTALL)]
    without_comments = [[line.partition(" # ")[0].strip() for line in block.splitlines()] for block in blocks]
    return [[line.replace("cargo run --", "mailhooks", 1) for line in block] for block in without_comments]


def delete(stack):
    stack.client("cloudformation").delete_stack(StackName=stack.name)
    stack.client("cloudformation").get_waiter("stack_delete_complete").wait(StackName=stack.name)
