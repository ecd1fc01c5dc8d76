import { createServer } from "node:http";
import { z } from "zod";

const Parcel = z.object({ grams: z.coerce.number().positive(), zone: z.enum(["A", "B"]) });

function price(grams: number, zone: "A" | "B"): number {
  const base = zone === "A" ? 390 : 620;
  return base + Math.ceil(grams / 250) * 55;
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://parcel-rates");
  if (url.pathname === "/health") {
    response.end("healthy");
    return;
  }
  const asked = Parcel.safeParse(Object.fromEntries(url.searchParams));
  response.setHeader("content-type", "application/json");
  if (!asked.success) {
    response.statusCode = 400;
    response.end(JSON.stringify({ error: "grams and zone are needed" }));
    return;
  }
  response.end(JSON.stringify({ cents: price(asked.data.grams, asked.data.zone) }));
});

const port = Number(process.env.PORT ?? 8000);
server.listen(port, () => console.log(`parcel-rates on ${port}`));
