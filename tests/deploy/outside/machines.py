"""Step Functions: machines and executions started, described, listed, read event by event, stopped."""

import json
import uuid

from asking import Cloud, refused, until


def check(cloud: Cloud) -> None:
    client = cloud.client("stepfunctions")
    (machine,) = [found["stateMachineArn"] for found in client.list_state_machines()["stateMachines"]]
    described = client.describe_state_machine(stateMachineArn=machine)
    assert json.loads(described["definition"])["QueryLanguage"] == "JSONata", described
    definition = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}
    diagnosed = client.validate_state_machine_definition(definition=json.dumps(definition))
    assert diagnosed["result"] == "FAIL" and "B" in diagnosed["diagnostics"][0]["message"], diagnosed
    execution = ended(client, machine)
    errors(client, machine, execution)


def ended(client, machine: str) -> str:
    """An execution of nothing that exists, which ends by itself and soon."""
    name = f"outside-{uuid.uuid4()}"
    started = client.start_execution(stateMachineArn=machine, name=name, input=json.dumps({"not": "an event"}))
    execution = started["executionArn"]

    def over():
        found = client.describe_execution(executionArn=execution)
        return found["status"] != "RUNNING" and found

    described = until("its end", over)
    assert described["name"] == name and described["stopDate"] >= described["startDate"], described
    refused("ExecutionAlreadyExists", client.start_execution, stateMachineArn=machine, name=name, input="{}")
    pages = client.get_paginator("list_executions").paginate(
        stateMachineArn=machine, PaginationConfig={"PageSize": 1, "MaxItems": 3}
    )
    assert execution in [found["executionArn"] for page in pages for found in page["executions"]]
    history(client, execution)
    return execution


def running(client, execution: str) -> None:
    """What can be asked of an execution that waits; stops it."""
    described = client.describe_execution(executionArn=execution)
    assert described["status"] == "RUNNING", described
    machine, same = described["stateMachineArn"], {name: described[name] for name in ("name", "input")}
    again = client.start_execution(stateMachineArn=machine, **same)
    assert again["executionArn"] == execution and again["startDate"] == described["startDate"], again
    refused("ExecutionAlreadyExists", client.start_execution, stateMachineArn=machine, **same | {"input": "{}"})
    listed = client.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
    assert execution in [found["executionArn"] for found in listed], listed
    client.stop_execution(executionArn=execution, error="Enough", cause="asked from outside")
    described = client.describe_execution(executionArn=execution)
    assert [described[member] for member in ("status", "error", "cause")] == [
        "ABORTED", "Enough", "asked from outside",
    ], described


def history(client, execution: str) -> None:
    pages = client.get_paginator("get_execution_history").paginate(
        executionArn=execution, PaginationConfig={"PageSize": 2}
    )
    events = [event for page in pages for event in page["events"]]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1)), events
    assert events[0]["type"] == "ExecutionStarted" and events[-1]["type"].startswith("Execution"), events
    assert events[1]["type"].endswith("StateEntered") and events[1]["stateEnteredEventDetails"]["name"], events
    latest = client.get_execution_history(executionArn=execution, reverseOrder=True, maxResults=1)["events"]
    assert latest[0]["id"] == events[-1]["id"], latest


def errors(client, machine: str, execution: str) -> None:
    refused("StateMachineDoesNotExist", client.describe_state_machine, stateMachineArn=f"{machine}-x")
    refused("StateMachineDoesNotExist", client.start_execution, stateMachineArn=f"{machine}-x")
    refused("ExecutionDoesNotExist", client.describe_execution, executionArn=f"{execution}-x")
    refused("InvalidExecutionInput", client.start_execution, stateMachineArn=machine, input="no JSON")
    refused("InvalidName", client.start_execution, stateMachineArn=machine, name="a name", input="{}")
    refused("InvalidToken", client.send_task_success, taskToken="nobodys", output="{}")
    refused("InvalidToken", client.send_task_failure, taskToken="nobodys")
    refused("InvalidToken", client.send_task_heartbeat, taskToken="nobodys")
    refused("UnknownOperationException", client.delete_state_machine, stateMachineArn=machine,
            says="states:DeleteStateMachine")
