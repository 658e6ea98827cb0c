"""EventBridge: buses, rules and targets, patterns tried, events put, an archive replayed."""

import json
import uuid
from datetime import datetime, timedelta, timezone

from asking import Cloud, refused, until


def check(cloud: Cloud) -> None:
    client, bus = cloud.client("events"), cloud.resources["Bus"]
    arn = client.describe_event_bus(Name=bus)["Arn"]
    assert arn in [found["Arn"] for found in client.list_event_buses()["EventBuses"]]
    rule = rules(client, bus)
    patterns(client, rule)
    put(client, bus)
    archive = archives(client, arn)
    replays(client, arn, archive, rule["Arn"])
    refused("ResourceNotFoundException", client.describe_event_bus, Name="nobodys")
    refused("UnknownOperationException", client.put_rule, Name="another", EventBusName=bus, EventPattern="{}",
            says="events:PutRule")


def rules(client, bus: str) -> dict:
    """One rule of the stack, as `DescribeRule` gives it."""
    found = client.list_rules(EventBusName=bus)["Rules"]
    paged, token = [], {}
    while True:
        page = client.list_rules(EventBusName=bus, Limit=3, **token)
        paged += [rule["Name"] for rule in page["Rules"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert paged == [rule["Name"] for rule in found], paged
    reactions = [rule for rule in found if "BookingRequested" in rule.get("EventPattern", "")]
    assert reactions, paged
    rule = client.describe_rule(Name=reactions[0]["Name"], EventBusName=bus)
    assert rule["State"] == "ENABLED" and rule["Arn"] == reactions[0]["Arn"], rule
    (target,) = client.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)["Targets"]
    assert ":function:" in target["Arn"] and target["DeadLetterConfig"]["Arn"], target
    assert rule["Name"] in client.list_rule_names_by_target(TargetArn=target["Arn"], EventBusName=bus)["RuleNames"]
    refused("ResourceNotFoundException", client.describe_rule, Name="nobodys", EventBusName=bus, says="nobodys")
    return rule


def patterns(client, rule: dict) -> None:
    event = {
        "id": "1", "account": "000000000000", "region": "eu-west-1", "time": "2026-11-21T09:00:00Z", "resources": [],
        "source": "sojourn.gateway", "detail-type": "BookingRequested", "detail": {"total": 12, "city": "Lisbon"},
    }

    def selects(pattern: str | dict, event: dict = event) -> bool:
        text = pattern if isinstance(pattern, str) else json.dumps(pattern)
        return client.test_event_pattern(EventPattern=text, Event=json.dumps(event))["Result"]

    own = rule["EventPattern"]
    assert selects(own)
    assert not selects(own, event | {"detail-type": "Nothing of ours"})
    assert not selects(own, event | {"replay-name": "r-1"}), "a replay starts nothing"
    either = {"$or": [{"detail": {"total": [{"numeric": [">", 100]}]}}, {"detail": {"city": [{"suffix": "bon"}]}}]}
    assert selects(either)
    assert not selects({"detail": {"city": [{"anything-but": {"wildcard": "L*n"}}]}})
    for wrong in ["{", "{}", '{"detail": {"city": "Lisbon"}}', '{"source": [{"regex": "a"}]}']:
        refused("InvalidEventPatternException", client.test_event_pattern, EventPattern=wrong, Event=json.dumps(event),
                says="Event pattern is not valid. Reason: ")


def put(client, bus: str) -> None:
    good = {"EventBusName": bus, "Source": "outside", "DetailType": "Tried", "Detail": "{}"}
    entries = [
        good,
        good | {"Detail": "no JSON"},
        good | {"EventBusName": "nobodys"},
        good | {"Source": "aws.ec2"},
        {name: value for name, value in good.items() if name != "DetailType"},
    ]
    answer = client.put_events(Entries=entries)
    codes = [entry.get("ErrorCode") for entry in answer["Entries"]]
    assert codes == [
        None, "MalformedDetail", "ResourceNotFoundException", "NotAuthorizedForSourceException", "InvalidArgument",
    ], answer
    assert answer["FailedEntryCount"] == 4 and answer["Entries"][0]["EventId"], answer
    refused("ValidationException", client.put_events, Entries=[good] * 11, says="less than or equal to 10")
    refused("ValidationException", client.put_events, Entries=[good | {"Detail": json.dumps({"x": "x" * 2**20})}],
            says="over the limit")


def archives(client, bus_arn: str) -> dict:
    found = client.list_archives(EventSourceArn=bus_arn)["Archives"]
    assert found, "the template has an archive"
    archive = client.describe_archive(ArchiveName=found[0]["ArchiveName"])
    assert archive["State"] == "ENABLED" and archive["EventSourceArn"] == bus_arn, archive
    # The event that was put above.
    until("an archived event", lambda: client.describe_archive(ArchiveName=archive["ArchiveName"])["EventCount"])
    refused("ResourceNotFoundException", client.describe_archive, ArchiveName="nobodys")
    return archive


def replays(client, bus_arn: str, archive: dict, rule_arn: str) -> None:
    name, now = f"outside-{uuid.uuid4()}", datetime.now(timezone.utc)
    asked = {
        "ReplayName": name,
        "EventSourceArn": archive["ArchiveArn"],
        "EventStartTime": now - timedelta(hours=1),
        "EventEndTime": now + timedelta(seconds=1),
        "Destination": {"Arn": bus_arn, "FilterArns": [rule_arn]},
    }
    assert client.start_replay(**asked)["State"] == "STARTING"
    described = until(
        "the replay's end",
        lambda: (found := client.describe_replay(ReplayName=name))["State"] == "COMPLETED" and found,
    )
    assert described["Destination"]["FilterArns"] == [rule_arn], described
    assert name in [replay["ReplayName"] for replay in client.list_replays(NamePrefix="outside-")["Replays"]]
    refused("ResourceAlreadyExistsException", client.start_replay, **asked)
    refused("IllegalStatusException", client.cancel_replay, ReplayName=name)
    refused("ResourceNotFoundException", client.describe_replay, ReplayName="nobodys")
    refused("ResourceNotFoundException", client.cancel_replay, ReplayName="nobodys")
    # Long enough to be still under way when it is cancelled, or at its end: AWS answers either.
    wide = asked | {"ReplayName": f"{name}-2", "EventStartTime": now - timedelta(days=30)}
    client.start_replay(**wide)
    try:
        assert client.cancel_replay(ReplayName=wide["ReplayName"])["State"] == "CANCELLING"
    except client.exceptions.IllegalStatusException:
        assert client.describe_replay(ReplayName=wide["ReplayName"])["State"] == "COMPLETED"
