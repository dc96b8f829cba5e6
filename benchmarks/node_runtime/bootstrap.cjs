// Runs a Node function's handler on the local cloud: the loop of Lambda's runtime, by the Runtime API.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"use strict";

const http = require("node:http");
const https = require("node:https");
const { Module } = require("node:module");
const path = require("node:path");
const { send } = require("./send.cjs");

// Lambda's runtime has the AWS SDK; here is what the provider framework calls of it.
process.env.NODE_PATH = __dirname;
Module._initPaths();

// The framework answers CloudFormation by TLS, at the usual port. The local cloud has neither.
const { port } = new URL(process.env.AWS_ENDPOINT_URL);
https.request = (options, callback) => http.request({ ...options, port }, callback);

const RUNTIME = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

async function attempt(handler, event) {
  try {
    return ["response", (await handler(event)) ?? null];
  } catch (error) {
    return ["error", { errorType: error.name, errorMessage: error.message, trace: error.stack.split("\n") }];
  }
}

async function main() {
  const [file, name] = process.env._HANDLER.split(".");
  const handler = require(path.join(process.env.LAMBDA_TASK_ROOT, file))[name];
  for (;;) {
    const next = await send("GET", `${RUNTIME}/next`);
    const [kind, result] = await attempt(handler, JSON.parse(next.body));
    const id = next.headers["lambda-runtime-aws-request-id"];
    await send("POST", `${RUNTIME}/${id}/${kind}`, {}, JSON.stringify(result));
  }
}

main();
