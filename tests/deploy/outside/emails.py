"""SES: an e-mail sent, and what is refused: senders nobody verified, addresses that are none."""

from asking import Cloud, refused


def check(cloud: Cloud) -> None:
    client, sender = cloud.client("sesv2"), cloud.resources["NoticesIdentity"]
    body = {"Text": {"Data": "Hello"}, "Html": {"Data": "<p>Hello</p>"}}
    content = {"Simple": {"Subject": {"Data": "Grüße", "Charset": "UTF-8"}, "Body": body}}
    somebody = {"ToAddresses": ["Somebody <somebody@example.net>"]}
    assert client.send_email(FromEmailAddress=sender, Destination=somebody, Content=content)["MessageId"]
    refused("MessageRejected", client.send_email, FromEmailAddress="stranger@example.com", Destination=somebody,
            Content=content, says="not verified")
    refused("BadRequestException", client.send_email, FromEmailAddress=sender, Content=content,
            Destination={"ToAddresses": ["nobody"]}, says="Invalid email address")
    refused("UnknownOperationException", client.list_email_identities, says="does not offer ses:")
