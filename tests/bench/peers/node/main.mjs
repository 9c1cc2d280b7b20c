// The job of a receiver in Node with the AWS SDK, over a loop of its own in place of Lambda's runtime client, which costs more.
import { createHmac, timingSafeEqual } from "node:crypto";
import http from "node:http";
import { deflateSync } from "node:zlib";
import { DynamoDBClient, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";

const { AWS_LAMBDA_RUNTIME_API, BOUNCES_TOPIC_ARN, SIGNING_SECRETS, TABLE_NAME } = process.env;
const dynamodb = new DynamoDBClient({});
const sns = new SNSClient({});

async function handle(event) {
    const given = Buffer.from(event.headers["x-webhook-signature"] ?? "");
    const expected = Buffer.from(`sha256=${createHmac("sha256", SIGNING_SECRETS).update(event.body).digest("hex")}`);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        return { statusCode: 503 };
    }
    const webhook = JSON.parse(event.body);
    const events = Array.isArray(webhook) ? webhook : [webhook];
    await Promise.all(events.map((one) => record(one, events.length > 1 ? JSON.stringify(one) : event.body)));
    return { statusCode: 200, body: JSON.stringify({ received: events.length }) };
}

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
    try {
        await dynamodb.send(new PutItemCommand({ TableName: TABLE_NAME, Item: item, ConditionExpression: "attribute_not_exists(pk)" }));
    } catch (error) {
        if (error.name !== "ConditionalCheckFailedException") {
            throw error;
        }
        return;
    }
    if (due) {
        const MessageAttributes = { type: { DataType: "String", StringValue: type } };
        await sns.send(new PublishCommand({ TopicArn: BOUNCES_TOPIC_ARN, Message: JSON.stringify(event), MessageAttributes }));
        await dynamodb.send(new UpdateItemCommand({ TableName: TABLE_NAME, Key: key, UpdateExpression: "REMOVE outbox" }));
    }
}

// An item takes 400 KB.
function small(raw) {
    const bytes = Buffer.from(raw);
    return bytes.length > 300_000 ? deflateSync(bytes) : bytes;
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const [host, port] = AWS_LAMBDA_RUNTIME_API.split(":");

function call(method, path, body) {
    return new Promise((resolve, reject) => {
        const request = http.request({ agent, host, port, method, path: `/2018-06-01/runtime/invocation/${path}` }, (answer) => {
            const parts = [];
            answer.on("data", (part) => parts.push(part));
            answer.on("end", () => resolve([answer.headers["lambda-runtime-aws-request-id"], Buffer.concat(parts)]));
        });
        request.on("error", reject);
        request.end(body);
    });
}

for (;;) {
    const [id, event] = await call("GET", "next");
    await call("POST", `${id}/response`, JSON.stringify(await handle(JSON.parse(event))));
}
