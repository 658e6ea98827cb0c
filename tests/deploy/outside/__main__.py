"""Clients that know nothing of this repository, boto3 and the AWS CLI, against a running local cloud.

    cargo run                                                     # in one terminal
    pip install -r tests/deploy/requirements.txt                  # in another, once; a virtual environment does
    python tests/deploy/outside --endpoint-url http://127.0.0.1:4580 --web-url http://127.0.0.1:8080

Every part says what it asked. Ends with status 1 and the first answer that is not what AWS would say. What it creates
it takes away again, but for events, ended executions and one booking of the sample traveller.
"""

import argparse
import json
import os
import sys
import time
import urllib.request

import boto3

import buckets
import command_line
import emails
import event_bus
import functions
import machines
import queues
import sockets
import stack
import tables
from asking import Cloud

PARTS = [event_bus, tables, machines, queues, buckets, functions, emails, sockets, command_line]


def main() -> None:
    asked = arguments()
    # boto3 signs with something; the local cloud takes anything.
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "outside")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "any")
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
    began = time.monotonic()
    cloud = Cloud(asked.endpoint_url.rstrip("/"), asked.stack, boto3.Session(), {})
    cloud.resources = stack.check(cloud)
    traveller = sockets.Person(asked.socket, asked.token) if asked.socket else sign_in(asked.web_url.rstrip("/"))
    for part in PARTS:
        if asked.only and part.__name__ != asked.only:
            continue
        part_began = time.monotonic()
        part.check(cloud, traveller) if part is sockets else part.check(cloud)
        print(f"{part.__name__:<14} {time.monotonic() - part_began:6.1f} s  {part.__doc__.splitlines()[0]}", flush=True)
    print(f"boto3 {boto3.__version__}: all asked and answered in {time.monotonic() - began:.1f} s")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python tests/deploy/outside", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--endpoint-url", default="http://127.0.0.1:4580", help="the AWS endpoint")
    parser.add_argument("--web-url", default="http://127.0.0.1:8080", help="the page, to sign in as a sample person")
    parser.add_argument("--socket", help="instead of the page: the WebSocket's URL, with --token")
    parser.add_argument("--token", help="a session token for --socket")
    parser.add_argument("--stack", default="sojourn", help="the stack's name")
    parser.add_argument("--only", choices=[part.__name__ for part in PARTS], help="one part alone")
    return parser.parse_args()


def sign_in(web_url: str) -> sockets.Person:
    """A session of the sample traveller, as the page gets one."""
    body = json.dumps({"name": "traveller"}).encode()
    request = urllib.request.Request(f"{web_url}/local/sign-in", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        given = json.load(answer)
    return sockets.Person(web_url.replace("http", "ws", 1) + given["socket"], given["token"])


if __name__ == "__main__":
    try:
        main()
    except AssertionError as failure:
        print(f"not as AWS answers: {failure}", file=sys.stderr)
        raise
