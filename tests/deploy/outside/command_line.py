"""The AWS CLI: the same endpoint, by hand."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from asking import Cloud


def check(cloud: Cloud) -> None:
    bus, bucket = cloud.resources["Bus"], cloud.resources["PolicyBucket"]
    assert asked(cloud, "events", "list-rules", "--event-bus-name", bus)["Rules"]
    (machine,) = asked(cloud, "stepfunctions", "list-state-machines")["stateMachines"]
    table = cloud.resources["PeopleTable"]
    assert asked(cloud, "dynamodb", "scan", "--table-name", table, "--select", "COUNT")["Count"] >= 1
    stacks = asked(cloud, "cloudformation", "describe-stacks", "--stack-name", cloud.stack)["Stacks"]
    assert stacks[0]["Outputs"], stacks
    files(cloud, bucket)
    invoked(cloud)
    failed = run(cloud, "stepfunctions", "describe-execution", "--execution-arn", machine["stateMachineArn"] + "-x")
    assert failed.returncode == 255 and "ExecutionDoesNotExist" in failed.stderr, failed
    failed = run(cloud, "sqs", "create-queue", "--queue-name", "another")
    assert failed.returncode == 255 and "does not offer sqs:CreateQueue" in failed.stderr, failed


def files(cloud: Cloud, bucket: str) -> None:
    """`s3 cp` uploads and downloads large files in parts, with checksums of its own choice."""
    with tempfile.TemporaryDirectory() as folder:
        there, back = Path(folder, "there.bin"), Path(folder, "back.bin")
        there.write_bytes(b"sojourn\n" * (20 * 2**20 // 8))
        place = f"s3://{bucket}/outside/cli.bin"
        told(cloud, "s3", "cp", "--no-progress", str(there), place)
        told(cloud, "s3", "cp", "--no-progress", place, str(back))
        assert there.read_bytes() == back.read_bytes()
        told(cloud, "s3", "rm", place)


def invoked(cloud: Cloud) -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out.json")
        answer = json.loads(told(
            cloud, "lambda", "invoke", "--function-name", cloud.resources["PolicyRetrieveFunction"],
            "--payload", '{"not": "an event"}', str(out),
        ))
        assert answer["FunctionError"] == "Unhandled" and json.loads(out.read_text())["errorType"], answer


def asked(cloud: Cloud, *words: str) -> dict:
    return json.loads(told(cloud, *words))


def told(cloud: Cloud, *words: str) -> str:
    done = run(cloud, *words)
    assert done.returncode == 0, f"aws {' '.join(words)}: {done.stderr or done.stdout}"
    return done.stdout


def run(cloud: Cloud, *words: str) -> subprocess.CompletedProcess[str]:
    aws = Path(sys.executable).with_name("aws")
    surroundings = os.environ | {"AWS_PAGER": "", "AWS_DEFAULT_OUTPUT": "json"}
    command = [sys.executable, str(aws), "--endpoint-url", cloud.endpoint, *words]
    return subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
