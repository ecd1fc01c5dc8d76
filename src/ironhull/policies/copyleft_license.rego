# METADATA
# title: No AGPL v3 licenses
# description: |
#   No package that can only be used under one of the licenses that `licenses` names. A name ends with
#   a star to mean every license that begins so. `ignored_packages` are package URLs: with qualifiers
#   the whole must be equal, with a version all but qualifiers, else all but the version.
# custom:
#   name: copyleft-license
#   result_type: license
#   not_compliant_title: AGPL v3 licenses found
#   details_order: [purl, license]
package docker.scout

import rego.v1

licenses := object.get(data.config, "licenses", ["AGPL-3.0*"])

ignored := {lower(text) | some text in object.get(data.config, "ignored_packages", [])}

default pass := false

pass if {
	is_array(input.artifacts)
	count(violation) == 0
}

no_data := "packages were not listed" if not is_array(input.artifacts)

violation contains {
	"message": sprintf("%s is under %s", [artifact.name, expression]),
	"detail": {"purl": artifact.purl, "license": expression},
	"remediation": "replace the package, or make sure that the license's terms are met",
} if {
	some artifact in input.artifacts
	some expression in artifact.licenses
	some wanted in licenses
	mentions(lower(expression), lower(wanted))
	some license in ironhull.unavoidable_licenses(expression)
	is_license(lower(license), lower(wanted))
	not is_ignored(artifact.purl)
}

# Few expressions hold the name at all; the others need not be understood.
mentions(expression, wanted) if contains(expression, trim_suffix(wanted, "*"))

mentions(_, wanted) if contains(wanted, " ")

is_license(license, wanted) if license == wanted

is_license(license, wanted) if {
	endswith(wanted, "*")
	startswith(license, trim_suffix(wanted, "*"))
}

is_ignored(purl) if lower(purl) in ignored

is_ignored(purl) if split(lower(purl), "?")[0] in ignored

is_ignored(purl) if regex.replace(split(lower(purl), "?")[0], `@[^/@]*$`, "") in ignored
