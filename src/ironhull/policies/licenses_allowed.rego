# METADATA
# title: Only allowed licenses
# description: |
#   Every package can be used under what `allow` names (nothing: everything) and nothing of what `deny`
#   names: licenses, globs (GPL-*) or categories (forbidden, restricted, unknown, reciprocal, notice,
#   permissive, unencumbered). `categories` sorts licenses otherwise, `packages` are package URLs that
#   are allowed whatever their license. Without any of them the category forbidden is denied.
# custom:
#   name: licenses-allowed
#   result_type: license
#   not_compliant_title: Licenses found that are not allowed
#   details_order: [purl, license, category, reason]
package docker.scout

import rego.v1

default_deny := [] if count(object.get(data.config, "allow", [])) > 0

default_deny := ["forbidden"] if count(object.get(data.config, "allow", [])) == 0

rules := {
	"allow": object.get(data.config, "allow", []),
	"deny": object.get(data.config, "deny", default_deny),
	"categories": object.get(data.config, "categories", {}),
	"packages": object.get(data.config, "packages", []),
}

default pass := false

pass if {
	is_array(input.artifacts)
	count(violation) == 0
}

no_data := "packages were not listed" if not is_array(input.artifacts)

violation contains {
	"message": sprintf("%s: %s", [artifact.name, said.because]),
	"detail": {
		"purl": artifact.purl,
		"license": expression,
		"category": said.category,
		"reason": said.because,
	},
	"remediation": "replace the package, or add its license to those that are allowed",
} if {
	some artifact in input.artifacts
	some expression in told(artifact)
	said := ironhull.license_state(expression, rules)
	said.state == "denied"
	not ironhull.is_license_exempt(artifact.purl, rules)
}

# A package that tells no license is judged, too.
told(artifact) := licenses if {
	licenses := object.get(artifact, "licenses", [])
	count(licenses) > 0
}

told(artifact) := [""] if count(object.get(artifact, "licenses", [])) == 0
