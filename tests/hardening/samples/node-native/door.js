const { appendFileSync } = require("node:fs");
const { createServer } = require("node:http");
const bcrypt = require("bcrypt");

const kept = bcrypt.hashSync("4711", 6);

createServer((request, response) => {
  const code = new URL(request.url, "http://door").searchParams.get("code") ?? "";
  const open = bcrypt.compareSync(code, kept);
  appendFileSync("data/log.txt", open ? "opened\n" : "refused\n");
  response.end(open ? "the door opens" : "the door stays shut");
}).listen(9090);
