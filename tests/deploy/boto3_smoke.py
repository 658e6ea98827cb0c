"""The AWS SDK for Python against the local cloud: each service is asked what a person or a tool would ask first.

Usage: boto3_smoke.py ENDPOINT_URL. Ends with the first assertion that fails.
"""

import json
import sys
import time
from decimal import Decimal

import boto3

STACK = "sojourn"
BOOKING = {"employeeId": "sample-traveller-9", "bookingId": "not-a-booking-of-ours"}


def main(endpoint: str) -> None:
    session = boto3.Session()

    def client(service: str):
        return session.client(service, endpoint_url=endpoint)

    resources = stack(client("cloudformation"))
    assert client("sts").get_caller_identity()["Account"] == "000000000000"
    events(client("events"), resources["Bus"])
    table(session.resource("dynamodb", endpoint_url=endpoint), resources["BookingsTable"])
    stream(client("dynamodb"), client("dynamodbstreams"), resources["BookingsTable"])
    machine(client("stepfunctions"))
    queue(client("sqs"), resources["PolicyRetrieveDeadLetters"])
    bucket(client("s3"), resources["PolicyBucket"])
    function(client("lambda"), resources["PolicyRetrieveFunction"])


def stack(cloudformation) -> dict[str, str]:
    """What each logical id is called, after a look at what the stack says of itself."""
    (described,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    assert described["StackStatus"] == "CREATE_COMPLETE", described
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    resources = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    }
    assert outputs["BusName"] == resources["Bus"], outputs
    assert outputs["PolicyBucketName"] == resources["PolicyBucket"], outputs
    return resources


def events(client, bus: str) -> None:
    rules = client.list_rules(EventBusName=bus)["Rules"]
    reactions = [rule for rule in rules if "BookingRequested" in rule.get("EventPattern", "")]
    assert reactions, [rule["Name"] for rule in rules]
    rule = client.describe_rule(Name=reactions[0]["Name"], EventBusName=bus)
    assert rule["State"] == "ENABLED", rule
    assert client.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)["Targets"][0]["Arn"]
    event = {
        "id": "1", "account": "000000000000", "region": "eu-west-1", "time": "2026-11-21T09:00:00Z", "resources": [],
        "source": "sojourn.gateway", "detail-type": "BookingRequested", "detail": {},
    }
    matches = lambda event: client.test_event_pattern(EventPattern=rule["EventPattern"], Event=json.dumps(event))
    assert matches(event)["Result"] is True
    assert matches(event | {"detail-type": "Nothing of ours"})["Result"] is False
    assert matches(event | {"replay-name": "r-1"})["Result"] is False, "a replay starts nothing"
    good = {"EventBusName": bus, "Source": "boto3", "DetailType": "Smoke", "Detail": "{}"}
    answer = client.put_events(Entries=[good, good | {"Detail": "no JSON"}])
    assert answer["FailedEntryCount"] == 1 and "EventId" in answer["Entries"][0], answer
    assert answer["Entries"][1]["ErrorCode"] == "MalformedDetail", answer


def table(dynamodb, name: str) -> None:
    bookings = dynamodb.Table(name)
    bookings.put_item(Item=BOOKING | {"note": "of the smoke test", "sequence": 1})
    found = bookings.get_item(Key=BOOKING, ConsistentRead=True)["Item"]
    assert found["sequence"] == Decimal(1), found
    key = boto3.dynamodb.conditions.Key("employeeId").eq(BOOKING["employeeId"])
    assert bookings.query(KeyConditionExpression=key)["Count"] == 1
    try:
        bookings.put_item(Item=BOOKING, ConditionExpression="attribute_not_exists(bookingId)")
        raise AssertionError("the condition did not hold, and yet")
    except bookings.meta.client.exceptions.ConditionalCheckFailedException:
        pass


def stream(dynamodb, streams, table_name: str) -> None:
    arn = dynamodb.describe_table(TableName=table_name)["Table"]["LatestStreamArn"]
    shards = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterators = [
        streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
        for shard in shards
    ]
    records = [
        record
        for iterator in iterators
        for record in streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    ]
    keys = [record["dynamodb"]["Keys"]["bookingId"]["S"] for record in records if record["eventName"] == "INSERT"]
    assert keys == [BOOKING["bookingId"]], records
    dynamodb.delete_item(TableName=table_name, Key={name: {"S": value} for name, value in BOOKING.items()})


def machine(stepfunctions) -> None:
    (found,) = stepfunctions.list_state_machines()["stateMachines"]
    described = stepfunctions.describe_state_machine(stateMachineArn=found["stateMachineArn"])
    assert json.loads(described["definition"])["QueryLanguage"] == "JSONata"
    assert stepfunctions.list_executions(stateMachineArn=found["stateMachineArn"])["executions"] == []


def queue(sqs, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="from boto3", MessageAttributes={
        "kind": {"DataType": "String", "StringValue": "smoke"},
    })
    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert message["Body"] == "from boto3", message
    assert message["MessageAttributes"]["kind"]["StringValue"] == "smoke", message
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == counts["ApproximateNumberOfMessagesNotVisible"] == "0", counts


def bucket(s3, name: str) -> None:
    # Not a policy document: the function that reads those says so in its own way, elsewhere.
    s3.put_object(Bucket=name, Key="smoke/note.bin", Body=b"from boto3", ContentType="application/octet-stream")
    found = s3.get_object(Bucket=name, Key="smoke/note.bin")
    assert found["Body"].read() == b"from boto3" and found["ContentType"] == "application/octet-stream"
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=name, Prefix="smoke/")["Contents"]] == ["smoke/note.bin"]
    s3.delete_object(Bucket=name, Key="smoke/note.bin")
    assert s3.list_objects_v2(Bucket=name)["KeyCount"] == 0


def function(client, name: str) -> None:
    answer = client.invoke(FunctionName=name, Payload=json.dumps({"not": "an event"}))
    assert answer["FunctionError"] == "Unhandled", answer
    assert json.load(answer["Payload"])["errorType"] == "HandlerError"


if __name__ == "__main__":
    started = time.monotonic()
    main(sys.argv[1])
    print(f"boto3 {boto3.__version__}: all asked and answered in {time.monotonic() - started:.1f} s")
