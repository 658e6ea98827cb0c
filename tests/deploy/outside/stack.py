"""CloudFormation and STS: what the stack is, what it calls things, who asks."""

from asking import Cloud, refused


def check(cloud: Cloud) -> dict[str, str]:
    """Physical ids by logical id."""
    cloudformation = cloud.client("cloudformation")
    (described,) = cloudformation.describe_stacks(StackName=cloud.stack)["Stacks"]
    assert described["StackStatus"] == "CREATE_COMPLETE", described
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    listed = cloudformation.describe_stack_resources(StackName=cloud.stack)["StackResources"]
    resources = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in listed}
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=cloud.stack)
    summaries = [summary["LogicalResourceId"] for page in pages for summary in page["StackResourceSummaries"]]
    assert sorted(summaries) == sorted(resources), summaries
    assert outputs["BusName"] == resources["Bus"], outputs
    assert outputs["PolicyBucketName"] == resources["PolicyBucket"], outputs
    refused("ValidationError", cloudformation.describe_stacks, StackName="nobodys", says="does not exist")
    refused("UnknownOperationException", cloudformation.delete_stack, StackName=cloud.stack,
            says="cloudformation:DeleteStack")

    sts = cloud.client("sts")
    assert sts.get_caller_identity()["Account"] == "000000000000"
    refused("UnknownOperationException", sts.get_session_token, says="sts:GetSessionToken")
    return resources
