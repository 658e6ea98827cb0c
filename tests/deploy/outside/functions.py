"""Lambda: a function found and invoked, waited for and not; what is too large, unknown, or its own failure."""

import json

from asking import Cloud, refused


def check(cloud: Cloud) -> None:
    client, name = cloud.client("lambda"), cloud.resources["PolicyRetrieveFunction"]
    pages = client.get_paginator("list_functions").paginate()
    assert name in [found["FunctionName"] for page in pages for found in page["Functions"]]
    configuration = client.get_function_configuration(FunctionName=name)
    assert configuration["Runtime"] == "provided.al2023" and configuration["Timeout"] > 0, configuration
    assert client.get_function(FunctionName=name)["Configuration"]["FunctionArn"] == configuration["FunctionArn"]

    # Not an event of ours, which is the handler's own error and not Lambda's.
    answer = client.invoke(FunctionName=configuration["FunctionArn"], Payload=json.dumps({"not": "an event"}))
    assert answer["StatusCode"] == 200 and answer["FunctionError"] == "Unhandled", answer
    assert json.load(answer["Payload"])["errorType"], answer
    assert client.invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"] == 204
    ignored = json.dumps({"id": "1", "source": "outside", "detail-type": "Nothing of ours", "detail": {}})
    insights = cloud.resources["InsightsFunction"]
    assert client.invoke(FunctionName=insights, InvocationType="Event", Payload=ignored)["StatusCode"] == 202

    refused("ResourceNotFoundException", client.invoke, FunctionName="nobodys", status=404, says="nobodys")
    refused("InvalidRequestContentException", client.invoke, FunctionName=name, Payload="no JSON")
    refused("RequestEntityTooLargeException", client.invoke, FunctionName=name, status=413,
            Payload=json.dumps("x" * 6 * 2**20), says="limit 6291456 bytes")
    refused("RequestEntityTooLargeException", client.invoke, FunctionName=name, status=413, InvocationType="Event",
            Payload=json.dumps("x" * 2**20), says="limit 1048576 bytes")
    refused("UnknownOperationException", client.delete_function, FunctionName=name, says="does not offer lambda:DELETE")
