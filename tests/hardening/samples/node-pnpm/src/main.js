const http = require("node:http");
const ms = require("ms");

const racks = new Map([["station", 42], ["library", 7], ["pool", 0]]);

http
  .createServer((_request, response) => {
    const lines = [...racks].map(([name, free]) => `${name}: ${free} free`);
    response.end(`${lines.join("\n")}\nnext count in ${ms(90000, { long: true })}\n`);
  })
  .listen(8000);
