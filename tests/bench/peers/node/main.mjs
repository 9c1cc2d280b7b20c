// The job of a receiver in Node with the AWS SDK, run by Lambda's own runtime client.
import { createHmac, timingSafeEqual } from "node:crypto";
import { deflateSync } from "node:zlib";
import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";

const { ACTIONS_TOPIC_ARN, BOUNCES_TOPIC_ARN, SIGNING_SECRETS, TABLE_NAME } = process.env;
const dynamodb = new DynamoDBClient({});
const sns = new SNSClient({});

export async function handler(event, context) {
    const { status, ...said } = await receive(event);
    console.log(JSON.stringify({ provider: "jetemail", status, request_id: context.awsRequestId, ...said }));
    return { statusCode: status, body: JSON.stringify(status === 200 ? { received: said.events.length } : { error: said.reason }) };
}

async function receive(event) {
    const body = event.isBase64Encoded ? Buffer.from(event.body, "base64").toString() : event.body;
    const given = Buffer.from(event.headers["x-webhook-signature"] ?? "");
    const expected = Buffer.from(`sha256=${createHmac("sha256", SIGNING_SECRETS).update(body).digest("hex")}`);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        return { status: 503, reason: "the signature does not match" };
    }
    const webhook = JSON.parse(body);
    const events = Array.isArray(webhook) ? webhook : [webhook];
    const recorded = await Promise.all(events.map((one) => record(one, Array.isArray(webhook) ? JSON.stringify(one) : body)));
    return { status: 200, events: events.map((one) => `jetemail:${one.id}`), recorded: recorded.filter(Boolean).length };
}

// Whether the event is new. A known event that still has the outbox mark was not announced.
async function record(webhook, raw) {
    const { data } = webhook;
    const due = webhook.type === "outbound.bounced";
    const type = due ? "email.bounced" : "email.delivered";
    const key = { pk: { S: `jetemail#${data.uid}` }, sk: { S: webhook.id } };
    const event = { id: `jetemail:${webhook.id}`, type, time: webhook.created_at, recipient: data.to, subject: data.subject, from: data.from };
    const attributes = Object.fromEntries(Object.entries(event).filter(([, value]) => value).map(([name, value]) => [name, { S: value }]));
    const expires = String(Math.floor(Date.now() / 1000) + 180 * 86400);
    const item = { ...key, event: { M: attributes }, raw: { B: small(raw) }, expires_at: { N: expires } };
    if (due) {
        item.outbox = { S: "1" };
    }
    let isNew = true;
    try {
        const condition = { ConditionExpression: "attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure: "ALL_OLD" };
        await dynamodb.send(new PutItemCommand({ TableName: TABLE_NAME, Item: item, ...condition }));
    } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) {
            throw error;
        }
        if (!error.Item?.outbox) {
            return false;
        }
        isNew = false;
    }
    if (due) {
        const MessageAttributes = { type: { DataType: "String", StringValue: type } };
        const publish = (TopicArn) => sns.send(new PublishCommand({ TopicArn, Message: JSON.stringify(event), MessageAttributes }));
        await Promise.all([BOUNCES_TOPIC_ARN, ACTIONS_TOPIC_ARN].map(publish));
        await dynamodb.send(new UpdateItemCommand({ TableName: TABLE_NAME, Key: key, UpdateExpression: "REMOVE outbox" }));
    }
    return isNew;
}

// An item can have at most 400 KB.
function small(raw) {
    const bytes = Buffer.from(raw);
    return bytes.length > 300_000 ? deflateSync(bytes) : bytes;
}
