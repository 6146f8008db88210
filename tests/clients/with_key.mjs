// Hands requests on to $BASE with the key $KEY, for a client that can send none; everything else stays as it is, the host included.
// Prints its own address, and runs until its standard input ends.

import http from "node:http";

const { BASE, KEY } = process.env;
const { hostname, port } = new URL(BASE);
const server = http.createServer((request, response) => {
  const headers = { ...request.headers, authorization: `Bearer ${KEY}` };
  const onwards = http.request({ hostname, port, path: request.url, method: request.method, headers, setHost: false }, (answer) => {
    response.writeHead(answer.statusCode, answer.rawHeaders);
    answer.pipe(response);
  });
  onwards.on("error", () => response.destroy());
  request.pipe(onwards);
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
process.stdin.resume().on("end", () => process.exit());
