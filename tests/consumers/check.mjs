// Passes the envelopes that judge.py signed to packages that subscribers use: sns-validator, and Powertools for TypeScript.
import fs from "node:fs";
import https from "node:https";
import path from "node:path";
import { PassThrough } from "node:stream";
import { promisify } from "node:util";

import { SnsEnvelope } from "@aws-lambda-powertools/parser/envelopes/sns";
import { SnsSqsEnvelope } from "@aws-lambda-powertools/parser/envelopes/sns-sqs";
import { SqsEnvelope } from "@aws-lambda-powertools/parser/envelopes/sqs";
import MessageValidator from "sns-validator";
import { z } from "zod";

const folder = process.argv[2];
const read = (name) => fs.readFileSync(path.join(folder, name), "utf-8");
const version = (name) => JSON.parse(read(`node_modules/${name}/package.json`)).version;
const lines = read("envelopes.jsonl").trimEnd().split("\n").map((line) => JSON.parse(line));
const certificate = JSON.parse(read("certificate.json"));
const problems = [];

// No test reaches the network: the certificate of the test is what its URL answers.
https.get = (url, answer) => {
    if (url !== certificate.url) {
        throw new Error(`fetches ${url}`);
    }
    const response = new PassThrough();
    response.statusCode = 200;
    answer(response);
    response.end(certificate.pem);
    return response;
};

const counts = { genuine: 0, forged: 0 };
for (const { name, genuine, envelope } of lines) {
    const validator = new MessageValidator();
    const accepted = await promisify(validator.validate.bind(validator))(structuredClone(envelope)).then(
        (message) => message.Message === envelope.Message,
        () => false,
    );
    if (accepted !== genuine) {
        problems.push(`sns-validator: ${name}: ${accepted ? "accepted" : "refused"}`);
    }
    counts[genuine ? "genuine" : "forged"] += 1;
}
if (counts.genuine < 5000 || counts.forged < 5) {
    problems.push(`only ${JSON.stringify(counts)}`);
}
console.log(`sns-validator ${version("sns-validator")}: ${counts.genuine} genuine envelopes, ${counts.forged} forged`);

const ofQueue = (body) => ({
    Records: [
        {
            messageId: "059f36b4-87a3-44ab-83d2-661975830a7d",
            receiptHandle: "handle",
            body,
            attributes: {
                ApproximateReceiveCount: "1",
                ApproximateFirstReceiveTimestamp: "1704825610001",
                SenderId: "AIDAIENQZJOLO23YVJ4VO",
                SentTimestamp: "1704825610000",
            },
            messageAttributes: {},
            md5OfBody: "098f6bcd4621d373cade4e832627b4f6",
            eventSource: "aws:sqs",
            eventSourceARN: "arn:aws:sqs:eu-central-1:123456789012:queue",
            awsRegion: "eu-central-1",
        },
    ],
});

// SNS spells two members otherwise for a function.
const ofFunction = ({ SigningCertURL: SigningCertUrl, UnsubscribeURL: UnsubscribeUrl, ...rest }) => ({
    Records: [
        {
            EventSource: "aws:sns",
            EventVersion: "1.0",
            EventSubscriptionArn: `${rest.TopicArn}:21be56ed-a058-49f5-8c98-aedd2564c486`,
            Sns: { ...rest, SigningCertUrl, UnsubscribeUrl },
        },
    ],
});

const genuine = lines.filter((line) => line.genuine);
for (const { name, envelope } of genuine) {
    for (const [parser, event] of [
        [SnsSqsEnvelope, ofQueue(JSON.stringify(envelope))],
        [SqsEnvelope, ofQueue(envelope.Message)],
        [SnsEnvelope, ofFunction(envelope)],
    ]) {
        try {
            const [message] = parser.parse(event, z.string());
            if (message !== envelope.Message) {
                problems.push(`Powertools: ${name}: another message`);
            }
        } catch (error) {
            problems.push(`Powertools: ${name}: ${error.message}: ${JSON.stringify(error.cause?.issues?.[0])}`);
        }
    }
}
console.log(`Powertools for TypeScript ${version("@aws-lambda-powertools/parser")}: ${genuine.length} messages`);

for (const problem of problems.slice(0, 20)) {
    console.error(problem);
}
process.exitCode = problems.length > 0 ? 1 : 0;
