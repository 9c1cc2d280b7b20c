"""The rehearsal of the roles: each allows the calls that its function makes, and no others."""
import calls
from servers import say
from webhooks import PROVIDERS


def allow_what_is_called_and_no_more(stack, listing):
    names = stack.resources("AWS::IAM::Role")
    iam = stack.client("iam")
    by_key = calls.made(stack.servers.calls.requests)
    made = list(by_key.values())
    redrive = set().union(*(group for group in made if any(resource.endswith("/index/outbox") for _, resource in group)))
    table = stack.outputs["SuppressionsTableName"]
    consumer = set().union(*(group for group in made if any(resource == table for _, resource in group)))
    receivers = set().union(*(group for group in made if any(action == "secretsmanager:GetSecretValue" for action, _ in group)))
    allowed = {name: calls.allowed(iam, names[name]) for name in names if name != "RedriveFunctionEveryMinuteRole"}
    # Redrive makes this call once a day, at 8:00 UTC.
    daily = {pair for pair in allowed["RedriveRole"] if pair[0] == "dynamodb:Scan" and pair[1].endswith("/index/by_time")}
    assert len(daily) == 1 and allowed["RedriveRole"] == redrive | daily, allowed["RedriveRole"] ^ redrive
    scan_as(stack, names["RedriveRole"])
    assert allowed["SuppressionsRole"] == consumer, allowed["SuppressionsRole"] ^ consumer
    # MiniStack reads queues without asking for permission, so this compares with what Lambda needs.
    of_lambda = {pair for pair in calls.allowed(iam, names["SuppressionsRole"], by_lambda=True) if pair[0].startswith("sqs:")}
    assert of_lambda == {(action, listing.arn) for action in calls.OF_LAMBDA if action.startswith("sqs:")}, of_lambda
    of_receivers = set().union(*(allowed[f"{name}Role"] for name in PROVIDERS.values()))
    assert of_receivers == receivers, of_receivers ^ receivers
    # MiniStack does not evaluate dynamodb:LeadingKeys, with which the roles allow a receiver the items of its provider only.
    items = calls.providers_of_items(stack.servers.calls.requests)
    of_each = [items[key] for key, group in by_key.items() if any(action == "secretsmanager:GetSecretValue" for action, _ in group) and key in items]
    assert all(len(providers) == 1 for providers in of_each) and set().union(*of_each) == set(PROVIDERS), of_each
    for group in made:
        assert any(group <= pairs for pairs in allowed.values()), f"no role allows all of {group}"
    say(f"{len(stack.servers.calls.requests)} calls of {len(made)} functions: the roles allow these calls and no others")


def scan_as(stack, role):
    """Makes redrive's daily call with the permissions of its role, which do not allow the same call of the whole table."""
    arn = stack.client("iam").get_role(RoleName=role)["Role"]["Arn"]
    session = stack.client("sts").assume_role(RoleArn=arn, RoleSessionName="rehearsal")["Credentials"]
    table = stack.client("dynamodb", session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    keys = table.scan(TableName=stack.outputs["TableName"], IndexName="by_time", ProjectionExpression="pk", Limit=1000)["Items"]
    assert len(keys) > 1, keys
    assert calls.is_refused(lambda: table.scan(TableName=stack.outputs["TableName"], ProjectionExpression="pk"))
