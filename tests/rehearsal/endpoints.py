"""The rehearsal of the URLs: a stack whose webhooks move from one URL to the next, under the rules of a company, and a stack whose
functions were not built."""
import concurrent.futures
import json
import pathlib
import shutil
import tempfile

from servers import say, wait_until
from stack import Stack
from webhooks import deliver_to, jetemail_event

SECRET = "whsec_moves"
# What a company allows at most.
BOUNDARY = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["dynamodb:*", "sns:*", "sqs:*", "secretsmanager:*", "logs:*", "kms:*", "lambda:*"], "Resource": "*"}]}


def moves(servers):
    """Moves the webhooks of a stack from the API to a secret path, and to the function. The URL before works until the webhook moved."""
    stack = deploy(servers)
    key = stack.client("kms").create_key()["KeyMetadata"]["Arn"]
    boundary = stack.client("iam").create_policy(PolicyName="company", PolicyDocument=json.dumps(BOUNDARY))["Policy"]["Arn"]
    stack.set_secret("JetEmail", SECRET)
    plain = stack.outputs["JetEmailWebhookUrl"]
    receives(stack, plain)

    (made,) = stack.tool("secret", "path")
    path_secret = made["path_secret"]
    company = {"PermissionsBoundary": boundary, "KmsKeyArn": key}
    stack = deploy(servers, PathSecret=path_secret, PlainPath="on", **company)
    obeys(stack, key)
    secret = stack.outputs["JetEmailWebhookUrl"]
    assert secret == plain.replace("/webhooks/", f"/webhooks/{path_secret}/"), secret
    receives(stack, plain, secret)
    # Automatic deployments log what doctor says.
    assert path_secret not in json.dumps(stack.tool("doctor", "--stack", stack.name, "--post", status=None)), "doctor shows the path secret"

    stack = deploy(servers, PathSecret=path_secret, Endpoint="both", DomainName="hooks.example.com",
                   CertificateArn="arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-3333-4444-555555555555", **company)
    function = stack.outputs["JetEmailFunctionUrl"]
    assert stack.outputs["JetEmailWebhookUrl"] == f"https://hooks.example.com/webhooks/{path_secret}/jetemail", stack.outputs
    assert stack.outputs["DomainTarget"], stack.outputs
    receives(stack, secret, function)
    status, _ = deliver_to(stack, plain, SECRET, jetemail_event("without-the-secret"))
    assert status == 404, status

    stack = deploy(servers, Endpoint="function-url")
    assert stack.outputs["JetEmailWebhookUrl"] == function, stack.outputs
    receives(stack, function)
    assert sorted(stack.items()) == [f"jetemail:moved-{number}" for number in range(len(RECEIVED))]
    # An update without a build is rolled back, and the functions before it receive.
    fails(servers, "moves", None, Endpoint="function-url")
    stack.replace_processes()
    receives(stack, function)
    say(f"webhooks moved to a secret path, to a domain and to the function: {len(RECEIVED)} of {len(RECEIVED)} recorded, at every URL")


RECEIVED = []


def deploy(servers, **parameters):
    every = {"Endpoint": "http-api", "PathSecret": "", "PlainPath": "off", "DomainName": "", "CertificateArn": "",
             "PermissionsBoundary": "", "KmsKeyArn": ""} | parameters
    return Stack("moves", servers, "template.yaml", JetEmail="on", Monitoring="off", **every)


def receives(stack, *urls):
    """Posts an event to each URL."""
    for url in urls:
        event = jetemail_event(f"moved-{len(RECEIVED)}")
        wait_until(lambda: deliver_to(stack, url, SECRET, event)[0] == 200, f"{url} receives", 20)
        RECEIVED.append(url)


def obeys(stack, key):
    """What is stored has the key. MiniStack sets neither the boundaries of roles nor the keys of topics; tests/template/check.py reads them in the template."""
    for table in stack.resources("AWS::DynamoDB::Table").values():
        described = stack.client("dynamodb").describe_table(TableName=table)["Table"]
        assert described["SSEDescription"]["KMSMasterKeyArn"] == key, described
    for queue in stack.resources("AWS::SQS::Queue").values():
        found = stack.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
        assert found["KmsMasterKeyId"] == key, found


def fails_without_a_build(servers):
    """Deploys a clone in which nothing was built, and one that was built for another architecture."""
    # The head of a program for arm64. This machine cannot run one: tests/rehearsal/run builds for x86-64.
    other = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xb7\x00" + bytes(44)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(lambda program: fails(servers, *program), [("not-built", None), ("built-for-arm64", other)]))
    say("stacks whose functions were not built, or for another architecture, are not deployed: FunctionsAreBuilt fails")


def fails(servers, name, program, **parameters):
    """Deploys a clone whose functions are this program, which must fail."""
    with tempfile.TemporaryDirectory() as folder:
        clone = pathlib.Path(folder)
        shutil.copytree("infra", clone / "infra")
        for function in pathlib.Path("functions").iterdir():
            shutil.copytree(function, clone / function, ignore=shutil.ignore_patterns("bootstrap"))
            if program:
                (clone / function / "bootstrap").write_bytes(program)
                (clone / function / "bootstrap").chmod(0o755)
        # The same template, but it waits for ten seconds instead of a minute.
        template = pathlib.Path("template.yaml").read_text()
        assert template.count("ServiceTimeout: 60\n") == 1
        (clone / "template.yaml").write_text(template.replace("ServiceTimeout: 60\n", "ServiceTimeout: 10\n"))
        try:
            Stack(name, servers, clone / "template.yaml", JetEmail="on", Monitoring="off", **parameters)
        except AssertionError as refused:
            assert "FunctionsAreBuilt" in str(refused), refused
            return
    raise AssertionError(f"the stack {name} was deployed")
