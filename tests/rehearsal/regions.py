"""The rehearsal of two regions: two stacks, deployed and checked with the policies in infra/deploy, and the firewall."""
import concurrent.futures
import pathlib

import calls
from servers import say, wait_until
from stack import Stack, client, credentials
from webhooks import deliver, deliver_to, jetemail_event

REGIONS = ["us-east-1", "eu-west-1"]
SECRET = "whsec_regions"


def rehearse(servers):
    deployer, doctor = user(servers, "deployer", "policy"), user(servers, "doctor", "doctor")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        stacks = list(pool.map(lambda region: deploys(servers, region, deployer), REGIONS))
    say(f"infra/deploy/policy.json deploys stacks in {' and '.join(REGIONS)}, and reads no event and no secret")
    receive(stacks)
    for stack in stacks:
        finds_the_same(stack, doctor)
    has_a_firewall(servers, stacks[-1])


def user(servers, name, policy):
    """A user that may do what a policy of infra/deploy allows. Returns its key and the secret of it."""
    iam = client(servers, "iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName=policy, PolicyDocument=pathlib.Path(f"infra/deploy/{policy}.json").read_text())
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def deploys(servers, region, deployer):
    # The bucket of SAM takes uploads over TLS only.
    as_deployer = credentials(*deployer) | {"AWS_ENDPOINT_URL": servers.secure_endpoint}
    # The emulator takes functions of one name in two regions for one function.
    stack = Stack(f"mailhooks-{region}", servers, "template.yaml", region, as_deployer, JetEmail="on", Endpoint="both", Monitoring="off")
    table, secrets = stack.client("dynamodb", *deployer), stack.client("secretsmanager", *deployer)
    assert calls.is_refused(lambda: table.scan(TableName=stack.outputs["TableName"]))
    assert calls.is_refused(lambda: secrets.get_secret_value(SecretId=stack.outputs["JetEmailSigningSecretId"]))
    return stack


def receive(stacks):
    """Both regions record an event that both receive, and one that only one of them receives is in that one."""
    for stack in stacks:
        stack.set_secret("JetEmail", SECRET)
        wait_until(lambda: deliver(stack, SECRET, jetemail_event("in-both"))[0] == 200, f"{stack.region} receives", 20)
        assert deliver(stack, SECRET, jetemail_event("in-both"))[1]["recorded"] == 0, "a duplicate is recorded"
        assert deliver(stack, SECRET, jetemail_event(f"in-{stack.region}"))[0] == 200
    for stack in stacks:
        assert sorted(stack.items()) == sorted(["jetemail:in-both", f"jetemail:in-{stack.region}"]), stack.items()
    say("each region records what it receives: an event that both receive in both, and its duplicates in neither")


def finds_the_same(stack, doctor):
    """The tool's check with the permissions in infra/deploy/doctor.json, compared with all permissions."""
    with_all, with_few = (stack.tool("doctor", "--stack", stack.name, status=None, **who) for who in [credentials(), credentials(*doctor)])
    assert with_few and with_few == with_all, (with_few, with_all)
    say(f"doctor finds the same in {stack.region} with infra/deploy/doctor.json as with all permissions")


def has_a_firewall(servers, stack):
    """Posts through infra/deploy/firewall.yaml. The emulator forwards requests but counts none, so it never blocks an address."""
    cloudformation = client(servers, "cloudformation")
    host = stack.outputs["JetEmailFunctionUrl"].partition("://")[2].partition("/")[0]
    cloudformation.create_stack(StackName="firewall", TemplateBody=pathlib.Path("infra/deploy/firewall.yaml").read_text(),
                                Parameters=[{"ParameterKey": "WebhookHost", "ParameterValue": host}])
    cloudformation.get_waiter("stack_create_complete").wait(StackName="firewall", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    (found,) = cloudformation.describe_stacks(StackName="firewall")["Stacks"]
    (output,) = found["Outputs"]
    (distribution,) = client(servers, "cloudfront").list_distributions()["DistributionList"]["Items"]
    (rules,) = client(servers, "wafv2").list_web_acls(Scope="CLOUDFRONT")["WebACLs"]
    assert distribution["WebACLId"] == rules["ARN"] and distribution["DomainName"] == output["OutputValue"], (distribution, rules)
    url = stack.outputs["JetEmailFunctionUrl"].replace(host, output["OutputValue"])
    wait_until(lambda: deliver_to(stack, url, SECRET, jetemail_event("past-the-firewall"))[0] == 200, "the distribution forwards", 20)
    assert deliver_to(stack, url, "whsec_forged", jetemail_event("forged"))[0] == 503
    assert "jetemail:past-the-firewall" in stack.items()
    say("a webhook through CloudFront and AWS WAF is recorded")
