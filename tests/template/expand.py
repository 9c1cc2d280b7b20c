"""Writes the templates as CloudFormation has them after SAM's transform: expand.py FOLDER"""
import json
import os
import pathlib
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """The template names none of AWS's by their short names, which would have to be looked up."""

    def load(self):
        return {}


os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for path in map(pathlib.Path, ["template.yaml", "infra/monitoring.yaml", "infra/receiver-alarms.yaml"]):
    template = yaml_parse(path.read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    if "Transform" in template:
        template = transform(template, {}, NoManagedPolicies())
    (folder / f"{path.stem}.json").write_text(json.dumps(template))
