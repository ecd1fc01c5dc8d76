"use strict";
(() => {
  const form = document.querySelector(".controls");
  if (!form) {
    return;
  }
  const list = document.getElementById("packages");
  const output = form.querySelector("output");
  const packages = Array.from(list.querySelectorAll(".package"), (element, place) => ({
    element,
    place,
    table: element.querySelector("table"),
    heading: element.querySelector("h3").textContent.toLowerCase(),
    about: element.querySelector(".about").textContent.toLowerCase(),
    findings: Array.from(element.querySelectorAll(".finding"), (row, position) => ({
      row,
      position,
      severity: row.dataset.severity,
      fixed: "fixed" in row.dataset,
      exploited: "exploited" in row.dataset,
      epss: Number(row.dataset.epss || -1),
      cvss: Number(row.dataset.cvss || -1),
      text: "",
    })),
  }));
  const total = packages.reduce((sum, item) => sum + item.findings.length, 0);

  const words = (text) => text.toLowerCase().split(/\s+/u).filter(Boolean);

  const holds = (item, finding, wanted) => {
    if (!wanted.length) {
      return true;
    }
    if (!finding.text) {
      finding.text = finding.row.textContent.toLowerCase();
    }
    const has = (word) =>
      item.heading.includes(word) || item.about.includes(word) || finding.text.includes(word);
    return wanted.every(has);
  };

  const filter = () => {
    const data = new FormData(form);
    const severities = new Set(data.getAll("severity"));
    const wanted = words(String(data.get("search") || ""));
    let findings = 0;
    let shown = 0;
    for (const item of packages) {
      let here = 0;
      for (const finding of item.findings) {
        const passes =
          severities.has(finding.severity) &&
          (!data.has("fixed") || finding.fixed) &&
          (!data.has("exploited") || finding.exploited) &&
          holds(item, finding, wanted);
        finding.row.hidden = !passes;
        here += passes ? 1 : 0;
      }
      item.element.hidden = here === 0;
      findings += here;
      shown += here ? 1 : 0;
    }
    output.textContent = `${findings} of ${total} findings in ${shown} of ${packages.length} packages`;
  };

  const best = (item, key) =>
    item.findings.reduce((most, finding) => Math.max(most, finding[key]), -1);
  const ORDERS = {
    worst: (a, b) => a.place - b.place,
    name: (a, b) => a.heading.localeCompare(b.heading, "en") || a.place - b.place,
    findings: (a, b) => b.findings.length - a.findings.length || a.place - b.place,
    epss: (a, b) => best(b, "epss") - best(a, "epss") || a.place - b.place,
    cvss: (a, b) => best(b, "cvss") - best(a, "cvss") || a.place - b.place,
  };

  const sort = () => {
    const order = form.elements.sort.value;
    const key = order === "epss" || order === "cvss" ? order : "";
    for (const item of packages) {
      const rows = item.findings.slice();
      rows.sort((a, b) => (key && b[key] - a[key]) || a.position - b.position);
      item.table.append(...rows.map((finding) => finding.row));
    }
    list.append(...packages.slice().sort(ORDERS[order]).map((item) => item.element));
  };

  let waiting = 0;
  form.addEventListener("input", (event) => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(
      () => {
        if (event.target.name === "sort") {
          sort();
        }
        filter();
      },
      event.target.type === "search" ? 150 : 0,
    );
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () =>
    window.setTimeout(() => {
      sort();
      filter();
    }),
  );

  let closed = [];
  window.addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll(".package details:not([open])")) {
      details.open = true;
      closed.push(details);
    }
  });
  window.addEventListener("afterprint", () => {
    for (const details of closed) {
      details.open = false;
    }
    closed = [];
  });
  form.hidden = false;
  filter();
})();
