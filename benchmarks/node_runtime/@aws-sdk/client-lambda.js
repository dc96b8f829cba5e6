// What the provider framework calls of the SDK's Lambda client.
"use strict";

const { call } = require("../send.cjs");

exports.Lambda = class {
  async invoke({ FunctionName, Payload }) {
    const target = `/2015-03-31/functions/${encodeURIComponent(FunctionName)}/invocations`;
    const answer = await call("lambda", target, {}, Payload);
    return { Payload: answer.body, FunctionError: answer.headers["x-amz-function-error"] };
  }
};

// On the local cloud a function is active as soon as there is one.
exports.waitUntilFunctionActiveV2 = async () => {};
