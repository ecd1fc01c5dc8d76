import { createServer } from "node:http";
import mustache from "mustache";

const page = "<h1>{{school}}</h1><ul>{{#bells}}<li>{{.}}</li>{{/bells}}</ul>";
const view = { school: "Lyceum by the canal", bells: ["08:10", "08:55", "09:50"] };

createServer((request, response) => {
  if (request.url === "/live") {
    response.end("live");
    return;
  }
  response.setHeader("content-type", "text/html");
  response.end(mustache.render(page, view));
}).listen(4000, () => console.log("bell-times on 4000"));
