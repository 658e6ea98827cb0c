"""Two consumers that cannot take everything, in Python without packages. What they did is told by messages."""

import json
import os
import urllib.request


def aws(service: str, target: str, body: dict) -> dict:
    caller = f"{os.environ['AWS_ACCESS_KEY_ID']}/20260101/{os.environ['AWS_REGION']}/{service}/aws4_request"
    request = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], json.dumps(body).encode())
    request.add_header("Content-Type", "application/x-amz-json-1.0")
    request.add_header("X-Amz-Target", target)
    request.add_header("Authorization", f"AWS4-HMAC-SHA256 Credential={caller}, SignedHeaders=host, Signature=0")
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def tell(body: dict) -> None:
    message = {"QueueUrl": os.environ["QUEUE"], "MessageBody": json.dumps(body)}
    aws("sqs", "AmazonSQS.SendMessage", message)


def read(event, context):
    """Every record is a try that is told of; one of them is more than it can read."""
    for record in event["Records"]:
        written = record["dynamodb"]["Keys"]["id"]["S"]
        tell({"id": written, "try": context.aws_request_id})
        if written == "unreadable":
            raise ValueError("unreadable")


def digest(event, context):
    """Can digest once it is cured: an item of a table says so."""
    cured = {"TableName": os.environ["CURED"], "Key": {"id": {"S": "cured"}}}
    if "Item" not in aws("dynamodb", "DynamoDB_20120810.GetItem", cured):
        raise ValueError("not cured")
    tell({"digested": event["detail"]["meal"], "replayed": "replay-name" in event})
