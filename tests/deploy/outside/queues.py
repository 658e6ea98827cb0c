"""SQS: a queue found, messages sent, received, hidden, deleted, one by one and in batches."""

from asking import Cloud, refused


def check(cloud: Cloud) -> None:
    client = cloud.client("sqs")
    arn_or_url = cloud.resources["PolicyRetrieveDeadLetters"]
    url = client.get_queue_url(QueueName=arn_or_url.rsplit("/", 1)[-1])["QueueUrl"]
    pages = client.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 5})
    assert url in [found for page in pages for found in page["QueueUrls"]]
    one(client, url)
    batches(client, url)
    errors(client, url)
    counts = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["QueueArn"].endswith(url.rsplit("/", 1)[-1]), counts


def one(client, url: str) -> None:
    sent = client.send_message(QueueUrl=url, MessageBody="from outside ü", MessageAttributes={
        "kind": {"DataType": "String", "StringValue": "tried"},
        "size": {"DataType": "Number", "StringValue": "3"},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
    })
    message = received(client, url, sent["MessageId"])
    assert message["Body"] == "from outside ü" and message["MD5OfBody"] == sent["MD5OfMessageBody"], message
    assert message["MessageAttributes"]["bytes"]["BinaryValue"] == b"\x00\x01", message
    assert message["Attributes"]["ApproximateReceiveCount"] == "1", message
    client.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    again = received(client, url, sent["MessageId"])
    assert again["Attributes"]["ApproximateReceiveCount"] == "2", again
    client.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])


def batches(client, url: str) -> None:
    entries = [{"Id": str(number), "MessageBody": f"number {number}"} for number in range(3)]
    sent = client.send_message_batch(QueueUrl=url, Entries=entries)
    assert [entry["Id"] for entry in sent["Successful"]] == ["0", "1", "2"], sent
    handles = [received(client, url, entry["MessageId"])["ReceiptHandle"] for entry in sent["Successful"]]
    deleted = client.delete_message_batch(
        QueueUrl=url,
        Entries=[{"Id": str(at), "ReceiptHandle": handle} for at, handle in enumerate(handles)]
        + [{"Id": "wrong", "ReceiptHandle": "nobodys"}],
    )
    assert len(deleted["Successful"]) == 3, deleted
    assert deleted["Failed"][0]["Code"] == "ReceiptHandleIsInvalid", deleted


def received(client, url: str, message_id: str) -> dict:
    """This message; others that may be in the queue are let go at once."""
    for _ in range(20):
        answer = client.receive_message(
            QueueUrl=url, WaitTimeSeconds=5, MaxNumberOfMessages=10, MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        found = None
        for message in answer.get("Messages", []):
            if message["MessageId"] == message_id:
                found = message
            else:
                client.change_message_visibility(
                    QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
                )
        if found:
            return found
    raise AssertionError(f"{message_id} was not received")


def errors(client, url: str) -> None:
    refused("AWS.SimpleQueueService.NonExistentQueue", client.get_queue_url, QueueName="nobodys")
    refused("ReceiptHandleIsInvalid", client.delete_message, QueueUrl=url, ReceiptHandle="nobodys")
    refused("InvalidParameterValue", client.receive_message, QueueUrl=url, MaxNumberOfMessages=11,
            says="between 1 and 10")
    refused("InvalidParameterValue", client.send_message, QueueUrl=url, MessageBody="x" * (2**20 + 1),
            says="must be shorter than 1048576 bytes")
    twice = [{"Id": "a", "MessageBody": "1"}, {"Id": "a", "MessageBody": "2"}]
    refused("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", client.send_message_batch, QueueUrl=url, Entries=twice)
    refused("AWS.SimpleQueueService.UnsupportedOperation", client.create_queue, QueueName="another",
            says="sqs:CreateQueue")
