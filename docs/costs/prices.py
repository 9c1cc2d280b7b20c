"""List prices and sizes with which docs/cost.py computes, and the defaults of template.yaml."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8")

# List prices of us-east-1 in dollars, without the free tier, as of November 2026. Check them before you rely on them.
GATEWAY = 1.00  # per million requests of an HTTP API, in units of 512 KB, up to 300 million per month
INVOCATION = 0.20  # per million requests of Lambda
COMPUTE = {"arm64": 0.0000133334, "x86_64": 0.0000166667}  # per GB-second
WRITE = 0.625  # per million write units of DynamoDB, on demand
STORAGE = 0.25  # per GB and month in the table or an index
BACKUP = 0.20  # per GB and month of point-in-time recovery of the table
PUBLISH = 0.50  # per million requests of SNS, in units of 64 KB; deliveries to SQS and Lambda are free
LOG = 0.50  # per GB into CloudWatch Logs
KEEP, KEPT = 0.03, 0.15  # per GB and month in CloudWatch Logs, which keeps them compressed to about this share
READ = 0.125  # per million read units of DynamoDB, on demand
QUEUE = 0.40  # per million requests of SQS
SCHEDULE = 1.00  # per million runs of EventBridge Scheduler; 14 million per month are free
TRACE = 5.00  # per million traces of X-Ray; 100,000 per month are free
SECRET, ALARM, DASHBOARD, METRIC = 0.40, 0.10, 3.00, 0.30  # each per month
KEY, KEY_CALL = 1.00, 0.03  # a customer managed key of KMS per month, and per 10,000 calls
SECRET_READ = 0.05  # per 10,000 calls of Secrets Manager
FREE_ALARMS, FREE_METRICS = 10, 10  # per account
FREE_QUEUE = 1_000_000  # requests of SQS per month and account
POLLS = 15  # requests per minute with which Lambda polls an empty queue: five pollers that wait 20 seconds

GIB = 1024**3
OVERHEAD = 100  # bytes that DynamoDB adds to each item and each index entry
PLATFORM_LOG = 400  # bytes of START, END and REPORT per invocation, including PER_LINE for each; estimated
ACCESS_LOG = 320  # bytes of a line in the API's access log, in the format of template.yaml; estimated
KEYS = 130  # bytes of an entry in by_time: the keys of the event and of the index; estimated
PER_LINE = 26  # bytes that CloudWatch Logs adds to each line
MONTH = 30.4  # days


def default(parameter):
    """The default of a parameter of template.yaml."""
    block = re.search(rf"^  {parameter}:\n((?:    .*\n)+)", TEMPLATE, re.MULTILINE)
    return re.search(r'^    Default: "?([^"\n]*)"?$', block[1], re.MULTILINE)[1]


def providers():
    return len(re.findall("Type: AWS::SecretsManager::Secret", TEMPLATE))


def rounded(dollars):
    """Rounded to the cent, half a cent up; amounts below half a cent to a tenth of a cent."""
    if dollars == 0:
        return "0"
    return f"{dollars + 1e-9:.2f}" if dollars >= 0.005 else f"{dollars:.3f}"
