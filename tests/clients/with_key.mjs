// Hands requests on to a service with a key, for a client that can send none; everything else stays as it is, the host included. Prints its
// own address, is then told those of the service and the key in a line, and runs until its standard input ends.

import http from "node:http";
import { createInterface } from "node:readline";

let service, key;
const server = http.createServer((request, response) => {
  const headers = { ...request.headers, authorization: `Bearer ${key}` };
  const { hostname, port } = service;
  const onwards = http.request({ hostname, port, path: request.url, method: request.method, headers, setHost: false }, (answer) => {
    response.writeHead(answer.statusCode, answer.rawHeaders);
    answer.pipe(response);
  });
  onwards.on("error", () => response.destroy());
  request.pipe(onwards);
});
const told = createInterface({ input: process.stdin });
told.on("line", (line) => {
  const [base, given] = line.split(" ");
  [service, key] = [new URL(base), given];
});
told.on("close", () => process.exit());
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
