"""The table of facts."""

import boto3

from facts import Fact


class Facts:
    def __init__(self, table: str) -> None:
        self._dynamo = boto3.client("dynamodb")
        self._table = table

    def keep(self, fact: Fact) -> bool:
        """Writes it if it is not there; says whether it was new. One call, so that no crash comes between."""
        try:
            self._dynamo.put_item(
                TableName=self._table,
                Item={
                    "aggregateId": {"S": fact["aggregateId"]},
                    "sequence": {"N": str(fact["sequence"])},
                    "event": {"S": fact["event"]},
                    "occurredAt": {"S": fact["occurredAt"]},
                    "says": {"S": fact["says"]},
                },
                ConditionExpression="attribute_not_exists(aggregateId)",
            )
        except self._dynamo.exceptions.ConditionalCheckFailedException:
            return False
        return True
