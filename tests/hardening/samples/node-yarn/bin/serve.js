const { createServer } = require("node:http");
const { customAlphabet } = require("nanoid");

const ticket = customAlphabet("ABCDEFGHJKLMNPQRSTUVWXYZ", 6);

createServer((_request, response) => {
  const mode = process.env.NODE_ENV;
  response.end(`Claim ${ticket()} is filed (${mode}, ${process.argv.slice(2).join(" ")})\n`);
}).listen(5050);
