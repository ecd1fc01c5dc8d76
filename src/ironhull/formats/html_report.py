"""The report as one HTML file that people read, filter, sort, print and hand on.

Everything is in the document and readable without JavaScript; a small script adds filters and sort
orders. Nothing is loaded from anywhere, and a Content Security Policy forbids it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ironhull.counts import (
    Affected,
    count,
    coverage_notes,
    has_numbers,
    source_package,
    vulnerability_id,
)
from ironhull.formats._findings import (
    active,
    everything,
    is_malicious,
    links,
    ordered,
    page,
    paths,
    remedy,
    score,
    stated,
    suppression,
    weight,
)
from ironhull.formats._html import anchor, definitions, frame, table, text
from ironhull.formats._licenses import html_licenses
from ironhull.formats._markdown import bounded
from ironhull.formats._secrets import html_section
from ironhull.formats.text_cves import (
    Shown,
    affected_range,
    epss_percent,
    fixed_version,
    percentile,
)
from ironhull.formats.text_table import (
    footer,
    image_size,
    layer_name,
    plural,
    problems_of,
    size_text,
)
from ironhull.model import SEVERITIES, Finding, Package, Report, Subject
from ironhull.values import replace

__all__ = ["write_html"]

_LONG = 600  # characters of a range that are shown
_SOME = 40  # places of a package that are shown
_FEW = 3  # places that are not folded away


def write_html(report: Report, shown: Shown) -> bytes:
    """The document of the findings shown; equal reports give equal bytes."""
    return frame(f"Vulnerabilities of {report.sbom.subject.name}", _body(report, shown))


def _body(report: Report, shown: Shown) -> Iterator[str]:
    yield '<a class="skip" href="#findings">Skip to the findings</a>\n'
    yield from _header(report)
    yield "<main>\n"
    yield from _summary(report, shown)
    yield from _findings(report, shown)
    yield html_section(report, shown)
    yield html_licenses(report, shown.licenses)
    yield from _suppressed(shown)
    yield from _coverage(report)
    yield from _rules(report)
    yield from _problems(report)
    yield from _packages(report)
    yield "</main>\n"
    yield f"<footer><p>{text(footer(report))}</p></footer>\n"


def _header(report: Report) -> Iterator[str]:
    subject, distro = report.sbom.subject, report.sbom.distro
    base = report.base
    yield f"<header>\n<h1>Vulnerabilities of {text(subject.name)}</h1>\n"
    yield definitions(
        [
            ("Digest", _code(subject.digest)),
            ("Platform", text(str(subject.platform or ""))),
            ("Distribution", text((distro.pretty_name or str(distro)) if distro else "")),
            ("Size", text(size_text(image_size(subject)))),
            ("Packages", text(str(len(report.sbom.counted)))),
            ("Base image", f"{text(base.name)} {_code(base.digest)}" if base else ""),
            ("Source", text(" ".join(filter(None, (subject.source, subject.revision))))),
        ]
    )
    yield "\n</header>\n"


def _code(value: str) -> str:
    return f"<code>{text(value)}</code>" if value else ""


def _summary(report: Report, shown: Shown) -> Iterator[str]:
    yield '<section aria-labelledby="summary">\n<h2 id="summary">Summary</h2>\n'
    counts = count(report.findings)
    if has_numbers(report):
        cards = [*zip(SEVERITIES, counts.by_severity, strict=True)]
        if counts.malicious:
            cards.insert(0, ("malicious", counts.malicious))
        items = "".join(
            f'<li class="{name}"><b>{number}</b> {_title(name)}</li>' for name, number in cards
        )
        yield f'<ul class="counts">{items}</ul>\n<p>{text(str(counts))}</p>\n'
    else:
        yield '<p class="warning"><strong>Not checked:</strong> no number can be given.</p>\n'
    if counts.malicious:
        noun = plural(counts.malicious, "malicious package")
        yield (
            f'<p class="warning malicious"><strong>{noun}</strong>, made to do harm:'
            " not to be updated but removed.</p>\n"
        )
    for note in coverage_notes(report):
        yield f'<p class="warning">{text(note)}</p>\n'
    if hidden := shown.hidden(report):
        yield f"<p>{text(hidden)}</p>\n"
    yield "</section>\n"


def _title(severity: str) -> str:
    return {"malicious": "Malicious packages"}.get(severity, severity.capitalize())


# ── findings ─────────────────────────────────────────────────────────────────────────────────────


def _findings(report: Report, shown: Shown) -> Iterator[str]:
    yield '<section aria-labelledby="findings">\n<h2 id="findings" tabindex="-1">Findings</h2>\n'
    findings = active(shown.findings)
    if not findings:
        words = "No finding is shown." if has_numbers(report) else "Nothing was checked."
        yield f"<p>{words}</p>\n</section>\n"
        return
    yield from _controls(findings)
    yield '<div id="packages">\n'
    groups = replace(shown, findings=findings).packages(report)
    for affected in sorted(groups, key=lambda a: not any(map(is_malicious, a.findings))):
        yield from _package(affected, report.sbom.subject)
    yield "</div>\n</section>\n"


def _controls(findings: Sequence[Finding]) -> Iterator[str]:
    """What the script makes use of; hidden until it runs."""
    used = {_class(finding) for finding in findings}
    boxes = "".join(
        f'<label><input type="checkbox" name="severity" value="{name}" checked>'
        f" {_title(name)}</label>"
        for name in ("malicious", *SEVERITIES)
        if name in used
    )
    yield (
        '<form class="controls" hidden role="search" autocomplete="off">\n'
        '<label class="wide">Search<input type="search" name="search"'
        ' placeholder="package, CVE, weakness, path …"></label>\n'
        f"<fieldset><legend>Severity</legend>{boxes}</fieldset>\n"
        "<fieldset><legend>Only</legend>"
        '<label><input type="checkbox" name="fixed"> with a fix</label>'
        '<label><input type="checkbox" name="exploited"> exploited (CISA KEV)</label></fieldset>\n'
        '<label class="wide">Order<select name="sort"><option value="worst">worst package first'
        '</option><option value="name">package name</option><option value="findings">most findings'
        '</option><option value="epss">highest EPSS</option><option value="cvss">highest CVSS'
        "</option></select></label>\n"
        '<button type="reset">Show all</button>\n<output aria-live="polite"></output>\n</form>\n'
    )


def _class(finding: Finding) -> str:
    return "malicious" if is_malicious(finding) else finding.severity


def _package(affected: Affected, subject: Subject) -> Iterator[str]:
    package, binaries = affected.package, affected.findings[0].packages
    kinds = [("malicious", affected.counts.malicious)]
    kinds += zip(SEVERITIES, affected.counts.by_severity, strict=True)
    numbers = [
        f'<span class="badge {kind}">{"" if kind == "malicious" else f"{number} "}{kind}</span>'
        for kind, number in kinds
        if number
    ]
    name = f"{package.name} {package.version}".strip()
    yield f'<article class="package">\n<h3>{text(name)} {" ".join(numbers)}</h3>\n'
    yield f'<div class="about"><p>{_code(package.purl)}</p>\n'
    yield from _installed(binaries, package, subject)
    yield from _places(paths(affected.findings[0]), subject)
    yield (
        '</div>\n<div class="scroll"><table>'
        f'<caption class="away">Findings in {text(name)}</caption><thead><tr>'
        '<th scope="col">Severity</th><th scope="col">Vulnerability</th>'
        '<th scope="col">Fixed version</th><th scope="col">CVSS</th><th scope="col">EPSS</th>'
        "</tr></thead>\n"
    )
    for finding in affected.findings:
        yield _finding(finding)
    yield "</table></div>\n</article>\n"


def _installed(binaries: Sequence[Package], package: Package, subject: Subject) -> Iterator[str]:
    names = sorted({binary.name for binary in binaries})
    if names != [package.name]:
        yield f"<p>installed as {text(', '.join(names))}</p>\n"
    for diff_id in dict.fromkeys(b.removed_in for b in binaries if b.removed_in):
        yield f"<p>removed in {text(layer_name(diff_id, subject))}, but still shipped</p>\n"


def _places(places: Sequence[tuple[str, str]], subject: Subject) -> Iterator[str]:
    """Where a package was found; many places are folded away."""
    if len(places) <= _FEW:
        yield "".join(f"<p>found in {_place(*at, subject)}</p>\n" for at in places)
        return
    rows = "".join(f"<li>{_place(*at, subject)}</li>" for at in places[:_SOME])
    more = f"<li>and {len(places) - _SOME} more</li>" if len(places) > _SOME else ""
    words = f"found in {len(places)} places"
    yield f"<details><summary>{words}</summary><ul>{rows}{more}</ul></details>\n"


def _place(path: str, layer: str, subject: Subject) -> str:
    return f"{_code(path)}{f', {text(layer_name(layer, subject))}' if layer else ''}"


def _finding(finding: Finding) -> str:
    advisory = finding.advisory
    (name, url), value, kind = links(advisory)[0], score(finding), _class(finding)
    data = f' data-severity="{kind}"'
    data += " data-fixed" if finding.fixed else ""
    data += " data-exploited" if finding.kev else ""
    data += f' data-epss="{finding.epss[0]:.5f}"' if finding.epss else ""
    data += f' data-cvss="{value:.1f}"' if value is not None else ""
    exploited = ' <span class="badge critical">CISA KEV</span>' if finding.kev else ""
    epss = epss_percent(finding) if finding.epss else ""
    fix = "none: remove it" if is_malicious(finding) else fixed_version(finding)
    label = "Malicious" if kind == "malicious" else kind.capitalize()
    return (
        f'<tbody class="finding"{data}><tr><td><span class="badge {kind}">{label}</span></td>'
        f'<th scope="row">{anchor(name, url)}{exploited}</th>'
        f"<td>{text(fix)}</td>"
        f"<td>{'' if value is None else f'{value:.1f}'}</td><td>{epss}</td></tr>\n"
        f'<tr><td></td><td colspan="4"><details><summary>'
        f"{text(bounded(advisory.summary, _LONG) or 'details')}</summary>{_details(finding)}"
        "</details></td></tr></tbody>\n"
    )


def _details(finding: Finding) -> str:
    advisory, epss = finding.advisory, finding.epss
    vectors = [
        f"{c.score:.1f} (CVSS {text(c.version + _from(c.source))}) {_code(c.vector)}"
        for c in advisory.cvss
    ]
    whose = ", ".join(f"{word} by {source}" for source, word in advisory.words)
    return definitions(
        [
            ("What to do", text(remedy(finding))),
            ("Because", text(finding.because)),
            ("Affected versions", text(bounded(affected_range(advisory), _LONG))),
            ("Status", text(finding.status)),
            ("VEX", text(str(stated(finding) or ""))),
            ("Severity", text(f"{finding.severity}{_from(advisory.severity_source)}")),
            ("Called", text(whose)),
            ("CVSS", "<br>".join(vectors)),
            ("EPSS", f"{epss_percent(finding)}, {percentile(epss[1])}" if epss else ""),
            ("Exploited", "listed by CISA as exploited" if finding.kev else ""),
            ("Weakness", ", ".join(_weakness(cwe) for cwe in advisory.cwes)),
            ("Read on", ", ".join(anchor(name, url) for name, url in links(advisory))),
            ("Sources", text(", ".join(advisory.sources))),
            ("Published", text(advisory.published[:10])),
        ]
    )


def _from(source: str) -> str:
    return f", from {source}" if source else ""


def _weakness(cwe: str) -> str:
    digits = cwe.removeprefix("CWE-")
    return anchor(cwe, page(cwe)) if digits.isascii() and digits.isdecimal() else text(cwe)


# ── what else there is to say ────────────────────────────────────────────────────────────────────


def _section(identifier: str, title: str, content: str) -> str:
    return (
        f'<section aria-labelledby="{identifier}">\n<h2 id="{identifier}">{text(title)}</h2>\n'
        f"{content}</section>\n"
    )


def _suppressed(shown: Shown) -> Iterator[str]:
    rows = []
    for finding in ordered(everything(shown)):
        if (hidden := suppression(finding)) is not None:
            package = source_package(finding)
            name, url = links(finding.advisory)[0]
            row = [anchor(name, url), text(f"{package.name} {package.version}".strip())]
            rows.append([*row, text(weight(finding).capitalize()), text(str(hidden))])
    if rows:
        header = ("Vulnerability", "Package", "Severity", "Why")
        words = "<p>These are not in the numbers above.</p>\n"
        content = words + table("Ignored and suppressed findings", header, rows)
        yield _section("ignored", f"Ignored or suppressed by VEX ({len(rows)})", content)


def _coverage(report: Report) -> Iterator[str]:
    if not report.coverage:
        content = "<p>Nothing: no packages of a scope that advisories speak of.</p>\n"
    else:
        header = ("Scope", "Packages", "Checked", "Sources", "Date", "Note")
        rows = [
            [
                text(row.scope),
                str(row.packages),
                "full" if row.checked == "full" else f"<strong>{text(row.checked)}</strong>",
                text(", ".join(row.sources)),
                text(row.date[:10]),
                text(row.note),
            ]
            for row in report.coverage
        ]
        content = table("What was checked", header, rows)
    yield _section("checked", "What was checked", content)


def _rules(report: Report) -> Iterator[str]:
    rows = [
        [text(rule.what), text(rule.state), text(rule.until), text(rule.reason), _code(rule.where)]
        for rule in report.ignore_rules
        if rule.state != "used"
    ]
    if rows:
        header = ("Rule", "State", "Until", "Reason", "Where")
        content = table("Ignore rules without effect", header, rows)
        yield _section("rules", f"Ignore rules without effect ({len(rows)})", content)


def _problems(report: Report) -> Iterator[str]:
    problems = problems_of(report)
    if problems:
        rows = [[text(p.stage), _code(p.where), text(p.message)] for p in problems]
        content = table("Problems", ("Stage", "Where", "What"), rows)
        yield _section("problems", f"Problems ({len(problems)})", content)


def _packages(report: Report) -> Iterator[str]:
    """Every installed package, folded away."""
    packages = report.sbom.judged
    affected: dict[str, set[str]] = {}
    for finding in active(report.findings):
        for package in finding.packages:
            affected.setdefault(package.purl, set()).add(vulnerability_id(finding.advisory))
    rows = (
        [
            text(package.name),
            text(package.version),
            text(package.ecosystem),
            text(", ".join(package.licenses)),
            str(len(affected.get(package.purl, ()))),
        ]
        for package in packages
    )
    header = ("Package", "Version", "Type", "Licences", "Findings")
    content = table("All packages", header, rows)
    folded = f"<details><summary>{plural(len(packages), 'package')}</summary>{content}</details>\n"
    yield _section("all", "All packages", folded)
