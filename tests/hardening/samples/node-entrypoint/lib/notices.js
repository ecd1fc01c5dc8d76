const { createServer } = require("node:http");
const { marked } = require("marked");

const text = "# Notices\n\n- The pool is **closed** on Monday\n- Bring your own chairs\n";

const port = Number(process.env.PORT || 80);
createServer((_request, response) => {
  response.setHeader("content-type", "text/html");
  response.end(marked.parse(text));
}).listen(port, () => console.log(`notices on ${port}`));
