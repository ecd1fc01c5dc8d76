"""Licences of jars: the names and addresses POMs and bundles give, as SPDX expressions."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ironhull.lazy import regex
from ironhull.licenses.names import expression, identify

__all__ = ["expressions"]

_ADDRESSES = (
    (r"apache\.org/licenses/license-2\.0", "Apache-2.0"),
    (
        r"(?:opensource|spdx)\.org/licenses/apache-2\.0|opensource\.org/licenses/apache2\.0",
        "Apache-2.0",
    ),
    (r"apache\.org/licenses/license-1\.1", "Apache-1.1"),
    (r"(?:opensource|spdx)\.org/licenses/mit|opensource\.org/licenses/mit-license", "MIT"),
    (r"opensource\.org/licenses/bsd-3-clause", "BSD-3-Clause"),
    (r"opensource\.org/licenses/bsd-2-clause", "BSD-2-Clause"),
    (r"asm\.ow2\.(?:io|org)/license", "BSD-3-Clause"),
    (r"bouncycastle\.org/licen[cs]e", "MIT"),
    (r"mozilla\.org/mpl/2\.0|opensource\.org/licenses/mpl-2\.0", "MPL-2.0"),
    (r"mozilla\.org/mpl/mpl-1\.1", "MPL-1.1"),
    (r"eclipse\.org/(?:legal/)?epl-v10|opensource\.org/licenses/epl-1\.0", "EPL-1.0"),
    (r"eclipse\.org/(?:legal/)?epl-(?:v20|2\.0)", "EPL-2.0"),
    (r"eclipse\.org/org/documents/edl-v10", "BSD-3-Clause"),
    (r"gnu\.org/licenses/(?:old-licenses/)?lgpl-2\.1", "LGPL-2.1-only"),
    (r"gnu\.org/licenses/lgpl-3\.0", "LGPL-3.0-only"),
    (r"gnu\.org/licenses/(?:old-licenses/)?gpl-2\.0", "GPL-2.0-only"),
    (r"gnu\.org/software/classpath/license", "GPL-2.0-only WITH Classpath-exception-2.0"),
    (r"creativecommons\.org/publicdomain/zero/1\.0|repository\.jboss\.org/licenses/cc0", "CC0-1.0"),
    (r"unlicense\.org", "Unlicense"),
    (r"jdbc\.postgresql\.org/about/license|opensource\.org/licenses/bsd-license", "BSD-2-Clause"),
)

_SPDX = regex(r"spdx\.org/licenses/([a-z0-9.+-]+?)(?:\.html|\.txt|\.json)?/?$")
_NAMES = (
    (
        r"(?:the )?apache (?:software )?licen[cs]e,? ?\(?,?(?:version|v)?\.? ?2(?:\.0)?\)?",
        "Apache-2.0",
    ),
    (
        r"(?:the )?apache(?:-| )2(?:\.0)?(?: licen[cs]e)?|asl,? ?(?:version )?2(?:\.0)?",
        "Apache-2.0",
    ),
    (r"(?:the )?mit(?: licen[cs]e)?(?: \(mit\))?", "MIT"),
    (
        r"(?:the )?(?:new|revised|3-clause|modified) bsd(?: licen[cs]e)?|bsd licen[cs]e 3"
        r"|(?:the )?bsd[ -]3[ -]clause.*",
        "BSD-3-Clause",
    ),
    (
        r"(?:the )?(?:2-clause|simplified) bsd(?: licen[cs]e)?|(?:the )?bsd[ -]2[ -]clause.*",
        "BSD-2-Clause",
    ),
    (r"eclipse public licen[cs]e,? ?(?:-|version|v)?\.? ?1\.0", "EPL-1.0"),
    (r"eclipse public licen[cs]e,? ?(?:-|version|v)?\.? ?2\.0|epl 2\.0", "EPL-2.0"),
    (
        r"eclipse distribution licen[cs]e ?(?:-|,)? ?(?:version|v)?\.? ?1\.0|edl 1\.0",
        "BSD-3-Clause",
    ),
    (
        r"gpl2 w/ cpe|gpl-2\.0-with-classpath-exception|cddl/gplv2\+ce",
        "GPL-2.0-only WITH Classpath-exception-2.0",
    ),
    (
        r"cddl ?[+/] ?gpl-?v?2(?:\.0)? with classpath exception",
        "CDDL-1.0 OR GPL-2.0-only WITH Classpath-exception-2.0",
    ),
    (r"(?:the )?bsd(?: licen[cs]e)?", "LicenseRef-BSD"),
    (r"cddl licen[cs]e", "CDDL-1.0"),
    (r"cddl 1\.1", "CDDL-1.1"),
    (
        r"cddl(?: 1\.0)?"
        r"|common development and distribution licen[cs]e \(cddl\)(?: v1\.0|,? version 1\.0)?",
        "CDDL-1.0",
    ),
    (
        r"(?:gnu )?lesser general public licen[cs]e,? ?(?:version|v)? ?2\.1|lgpl,? version 2\.1",
        "LGPL-2.1-only",
    ),
    (r"(?:the )?go licen[cs]e", "BSD-3-Clause"),
    (r"bouncy castle licen[cs]e", "MIT"),
    (r"public domain", "LicenseRef-public-domain"),
    (r"cc0", "CC0-1.0"),
)


def expressions(said: Iterable[str]) -> tuple[str, ...]:
    """SPDX expressions, sorted; a POM's several licences may be chosen from, so each is one.

    Of "name<tab>address" the address tells where nobody knows the name. What nobody knows is a
    LicenseRef.
    """
    return tuple(sorted({_expression(text) for text in said if text.strip()}))


def _expression(said: str) -> str:
    parts = [text for text in said.split("\t") if text.strip()]
    return next(filter(None, map(_known, parts)), "") or expression(parts[0])


def _known(text: str) -> str:
    lower = " ".join(text.lower().replace('"', "").split())
    if lower.startswith(("http:", "https:", "www.")):
        for pattern, licence in _ADDRESSES:
            if re.search(pattern, lower):
                return licence
        match = _SPDX.search(lower)
        return identify(match[1]) if match else ""
    for pattern, licence in _NAMES:
        if re.fullmatch(pattern, lower):
            return licence
    return identify(text)
