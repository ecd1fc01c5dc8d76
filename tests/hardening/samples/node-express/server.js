const express = require("express");

const app = express();
const tides = [
  { harbour: "Marstal", high: "04:12", low: "10:31" },
  { harbour: "Svendborg", high: "04:40", low: "10:58" },
];

app.get("/", (_request, response) => response.json({ service: "tide-table", tides }));
app.get("/healthz", (_request, response) => response.send("ok"));

const port = Number(process.env.PORT || 3000);
app.listen(port, () => console.log(`tide-table listens on ${port}`));
