// What the provider framework calls of the SDK's Step Functions client.
"use strict";

const { call } = require("../send.cjs");

exports.SFN = class {
  async startExecution(request) {
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "AWSStepFunctions.StartExecution",
    };
    return JSON.parse((await call("states", "/", headers, JSON.stringify(request))).body);
  }
};
