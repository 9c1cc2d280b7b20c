"""Writes the templates after SAM's transform, as CloudFormation sees them, to a folder. Usage: expand.py FOLDER TEMPLATE..."""
import json
import os
import pathlib
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """Managed policies by name. Empty, because the template uses no short names of AWS's managed policies."""

    def load(self):
        return {}


os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for path in map(pathlib.Path, sys.argv[2:]):
    template = yaml_parse(path.read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    if "Transform" in template:
        template = transform(template, {}, NoManagedPolicies())
    (folder / f"{'-'.join(path.with_suffix('').parts)}.json").write_text(json.dumps(template))
