// One HTTP request, as a promise of the answer.
"use strict";

const http = require("node:http");

const agent = new http.Agent({ keepAlive: true });

exports.send = (method, url, headers = {}, body = "") =>
  new Promise((resolve, reject) => {
    const length = Buffer.byteLength(body);
    const request = http.request(
      url,
      { agent, method, headers: { ...headers, "content-length": length } },
      (answer) => {
        const chunks = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("end", () =>
          resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    request.on("error", reject);
    request.end(body);
  });

// A call of AWS. The local cloud looks at who signed it and for which service, not at the signature.
exports.call = async (service, target, headers, body) => {
  const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_REGION } = process.env;
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "");
  const scope = `${AWS_ACCESS_KEY_ID}/${day}/${AWS_REGION}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
  const answer = await exports.send("POST", AWS_ENDPOINT_URL + target, { ...headers, authorization }, body);
  if (answer.status >= 400) throw new Error(`${service} answered ${answer.status}: ${answer.body}`);
  return answer;
};
