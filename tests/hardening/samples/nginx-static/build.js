const { mkdirSync, writeFileSync } = require("node:fs");
const mustache = require("mustache");

const plots = [{ number: 12, crop: "beans" }, { number: 14, crop: "rhubarb" }];
const page = "<ul>{{#plots}}<li>Plot {{number}}: {{crop}}</li>{{/plots}}</ul>\n";

mkdirSync("public", { recursive: true });
writeFileSync("public/index.html", mustache.render(page, { plots }));
