"""API Gateway and task tokens: a booking over a socket, a frame posted to it, its wait kept alive and woken; 410."""

import json
import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from boto3.dynamodb.conditions import Attr, Key
from websockets.sync.client import connect

import machines
from asking import PATIENCE_S, Cloud, refused, until


@dataclass
class Person:
    #: `ws://host:port/stage`
    socket: str
    token: str


def check(cloud: Cloud, person: Person) -> None:
    management = cloud.client("apigatewaymanagementapi")
    before = connections(cloud)
    with connect(person.socket, subprotocols=["sojourn.v1", f"bearer.{person.token}"]) as socket:
        assert socket.subprotocol == "sojourn.v1", socket.subprotocol
        (connection,) = until("the connection", lambda: connections(cloud) - before)
        management.post_to_connection(ConnectionId=connection, Data=json.dumps({"type": "from outside"}))
        frame_of(socket, "from outside")
        assert management.get_connection(ConnectionId=connection)["ConnectedAt"]
        refused("PayloadTooLargeException", management.post_to_connection, ConnectionId=connection, status=413,
                Data="x" * (128 * 1024 + 1))
        booking = book(socket)
        wake(cloud, booking)
        machines.running(cloud.client("stepfunctions"), execution_of(cloud, booking))
        management.delete_connection(ConnectionId=connection)
    until("the end of the connection", lambda: connection not in connections(cloud))
    refused("GoneException", management.post_to_connection, ConnectionId=connection, Data="late", status=410)
    refused("GoneException", management.get_connection, ConnectionId=connection, status=410)


def connections(cloud: Cloud) -> set[str]:
    table = cloud.session.resource("dynamodb", endpoint_url=cloud.endpoint).Table(cloud.resources["ConnectionsTable"])
    return {row["connectionId"] for row in table.scan()["Items"]}


def book(socket) -> str:
    """The id of a booking whose options are on the table."""
    departs = date.today() + timedelta(days=20)
    socket.send(json.dumps({
        "action": "request_booking", "requestId": str(uuid.uuid4()), "text": "Berlin to Lisbon and back, flights only",
        "fields": {
            "origin": "BER", "destination": "LIS",
            "departOn": departs.isoformat(), "returnOn": (departs + timedelta(days=2)).isoformat(),
        },
    }))
    return frame_of(socket, "options")["bookingId"]


def frame_of(socket, kind: str) -> dict:
    while True:
        frame = json.loads(socket.recv(timeout=PATIENCE_S))
        assert frame["type"] not in ("error", "failed"), frame
        if frame["type"] == kind:
            return frame


def execution_of(cloud: Cloud, booking: str) -> str:
    """By name, the one whose input speaks of this booking."""
    client = cloud.client("stepfunctions")
    (machine,) = [found["stateMachineArn"] for found in client.list_state_machines()["stateMachines"]]
    listed = client.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
    about = [found["executionArn"] for found in listed
             if booking in client.describe_execution(executionArn=found["executionArn"])["input"]]
    assert len(about) == 1, about
    return about[0]


def wake(cloud: Cloud, booking: str) -> None:
    """Speaks for the task that waits for the traveller's choice."""
    client = cloud.client("stepfunctions")
    decisions = cloud.session.resource("dynamodb", endpoint_url=cloud.endpoint).Table(cloud.resources["DecisionsTable"])

    def token(other_than: str = "") -> str | None:
        found = decisions.query(
            KeyConditionExpression=Key("bookingId").eq(booking), ConsistentRead=True,
            FilterExpression=Attr("taskToken").exists() & Attr("taskToken").ne(other_than),
        )
        return found["Items"][0]["taskToken"] if found["Items"] else None

    first = until("a task token", token)
    client.send_task_heartbeat(taskToken=first)
    refused("InvalidOutput", client.send_task_success, taskToken=first, output="no JSON")
    client.send_task_success(taskToken=first, output="{}")
    # Nothing was decided: the machine reads the row, sees that, and waits again under another token.
    second = until("the next wait", lambda: token(other_than=first))
    refused("TaskTimedOut", client.send_task_success, taskToken=first, output="{}")
    client.send_task_failure(taskToken=second, error="Outside", cause="a wake like any other")
    until("a third wait", lambda: token(other_than=second) not in (first, None))
