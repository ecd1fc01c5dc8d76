# METADATA
# title: AGPL v3 licenses found
# description: Packages that can only be used under version 3 of the GNU Affero General Public License.
# custom:
#   name: agpl-v3-licenses-found
#   result_type: license
#   not_compliant_title: AGPL v3 licenses found
#   details_order: [purl, license]
package docker.scout

import rego.v1

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
	contains(expression, "AGPL-3.0")
	some license in ironhull.unavoidable_licenses(expression)
	startswith(license, "AGPL-3.0")
}
