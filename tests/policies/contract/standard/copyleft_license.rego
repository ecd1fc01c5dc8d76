# METADATA
# title: No copyleft
# description: No package is under a licence that asks for its users source.
# custom:
#   name: copyleft-license
#   result_type: license
#   weight: 10
#   not_compliant_title: Copyleft found
#   details_order: [purl, license]
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

unwanted := {lower(license) |
	some license in object.get(data.config, "licenses", [
		"AGPL-3.0", "AGPL-3.0-only", "AGPL-3.0-or-later",
		"GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later",
		"LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0",
	])
}

ignored_packages := object.get(data.config, "ignored_packages", [])

without_qualifiers(purl) := split(purl, "?")[0]

without_version(purl) := split(without_qualifiers(purl), "@")[0]

spared(purl) if {
	some entry in ignored_packages
	contains(entry, "?")
	entry == purl
}

spared(purl) if {
	some entry in ignored_packages
	not contains(entry, "?")
	contains(entry, "@")
	entry == without_qualifiers(purl)
}

spared(purl) if {
	some entry in ignored_packages
	not regex.match("[?@]", entry)
	entry == without_version(purl)
}

violation contains {
	"message": sprintf("%s is under %s", [artifact.name, license]),
	"detail": {"purl": artifact.purl, "license": license},
} if {
	some artifact in oci.referrer("https://scout.docker.com/sbom/v0.1").statement.predicate.artifacts
	some license in artifact.licenses
	lower(license) in unwanted
	not spared(artifact.purl)
}
