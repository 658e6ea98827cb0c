"""DynamoDB and its streams: items put, read, queried, changed under conditions; the stream from its beginning."""

from decimal import Decimal

from boto3.dynamodb.conditions import Attr, Key

from asking import Cloud, refused

OWNER = "sample-traveller-9"
KEY = {"employeeId": OWNER, "bookingId": "not-a-booking-of-ours"}
OTHER = KEY | {"bookingId": "another"}


def check(cloud: Cloud) -> None:
    name = cloud.resources["BookingsTable"]
    table = cloud.session.resource("dynamodb", endpoint_url=cloud.endpoint).Table(name)
    for key in (KEY, OTHER):
        table.delete_item(Key=key)
    items(table)
    transactions(cloud.client("dynamodb"), name)
    table.delete_item(Key=KEY)
    stream(cloud.client("dynamodb"), cloud.client("dynamodbstreams"), name)
    errors(cloud.client("dynamodb"), name)


def items(table) -> None:
    table.put_item(Item=KEY | {"note": "of an outside client", "sequence": 1, "price": Decimal("12.30")})
    found = table.get_item(Key=KEY, ConsistentRead=True)["Item"]
    assert found["sequence"] == 1 and found["price"] == Decimal("12.3"), found
    table.put_item(Item=OTHER)
    owned = Key("employeeId").eq(OWNER)
    assert table.query(KeyConditionExpression=owned)["Count"] == 2
    assert table.query(KeyConditionExpression=owned & Key("bookingId").begins_with("not-"))["Count"] == 1
    assert table.query(KeyConditionExpression=owned, FilterExpression=Attr("sequence").gte(1))["Count"] == 1
    page = table.query(KeyConditionExpression=owned, Limit=1)
    rest = table.query(KeyConditionExpression=owned, ExclusiveStartKey=page["LastEvaluatedKey"])
    assert [page["Count"], rest["Count"]] == [1, 1], (page, rest)
    changed = table.update_item(
        Key=KEY, UpdateExpression="ADD #s :one REMOVE note", ConditionExpression="#s = :one",
        ExpressionAttributeNames={"#s": "sequence"}, ExpressionAttributeValues={":one": 1}, ReturnValues="ALL_NEW",
    )["Attributes"]
    assert changed["sequence"] == 2 and "note" not in changed, changed
    with table.batch_writer() as batch:
        batch.delete_item(Key=OTHER)
    assert table.get_item(Key=OTHER).get("Item") is None
    error = refused(
        "ConditionalCheckFailedException", table.put_item, Item=KEY,
        ConditionExpression="attribute_not_exists(bookingId)", ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    assert error.response["Item"]["sequence"]["N"] == "2", error.response


def transactions(client, table: str) -> None:
    key = {name: {"S": value} for name, value in KEY.items()}
    check_absent = {"TableName": table, "Key": key, "ConditionExpression": "attribute_not_exists(bookingId)"}
    other = {"TableName": table, "Item": {name: {"S": value} for name, value in OTHER.items()}}
    error = refused(
        "TransactionCanceledException", client.transact_write_items,
        TransactItems=[{"Put": other}, {"ConditionCheck": check_absent}],
    )
    reasons = [reason["Code"] for reason in error.response["CancellationReasons"]]
    assert reasons == ["None", "ConditionalCheckFailed"], error.response
    found = client.transact_get_items(TransactItems=[{"Get": {"TableName": table, "Key": key}}])["Responses"]
    assert found[0]["Item"]["sequence"]["N"] == "2", found


def stream(dynamodb, streams, table: str) -> None:
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    assert arn in [found["StreamArn"] for found in streams.list_streams(TableName=table)["Streams"]]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
    records, place = [], iterator["ShardIterator"]
    while True:
        page = streams.get_records(ShardIterator=place)
        records += page["Records"]
        place = page["NextShardIterator"]
        if not page["Records"]:
            break
    own = [record for record in records if record["dynamodb"]["Keys"]["bookingId"]["S"] == KEY["bookingId"]]
    assert [record["eventName"] for record in own][-3:] == ["INSERT", "MODIFY", "REMOVE"], own
    changed = own[-2]["dynamodb"]
    assert [changed[image]["sequence"]["N"] for image in ("OldImage", "NewImage")] == ["1", "2"], changed
    again = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=changed["SequenceNumber"],
    )["ShardIterator"]
    (first,) = streams.get_records(ShardIterator=again, Limit=1)["Records"]
    assert first["eventID"] == own[-2]["eventID"], first
    refused("ResourceNotFoundException", streams.describe_stream, StreamArn=f"{arn[:-5]}99999")


def errors(client, table: str) -> None:
    key = {name: {"S": value} for name, value in KEY.items()}
    refused("ResourceNotFoundException", client.get_item, TableName="nobodys", Key=key)
    refused("ValidationException", client.get_item, TableName=table, Key={"employeeId": {"S": OWNER}})
    refused("ValidationException", client.query, TableName=table, KeyConditionExpression="nonsense")
    refused("ValidationException", client.put_item, TableName=table, Item=key | {"big": {"S": "x" * 410_000}},
            says="size")
    refused("UnknownOperationException", client.delete_table, TableName=table, says="dynamodb:DeleteTable")
