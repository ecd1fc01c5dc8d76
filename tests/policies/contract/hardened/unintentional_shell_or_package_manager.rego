# METADATA
# title: Nothing to run commands with by accident
# description: An image that says it has no shell or package manager has none.
# organizations:
# - Contract
# custom:
#   name: dhi-unintentional-shell-or-package-manager
#   result_type: generic
#   weight: 10
#   not_compliant_title: A shell or package manager is there by accident
#   details_order: [package, reason]
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

promised_absent := {
	"com.docker.dhi.shell": {"bash", "busybox"},
	"com.docker.dhi.package-manager": {"apk-tools", "apt"},
}

packages := oci.referrer("https://spdx.dev/Document").statement.predicate.packages

violation contains {
	"message": sprintf("%s is there although %s is empty", [item.name, label]),
	"detail": {
		"package": item.externalRefs[0].referenceLocator,
		"reason": trim_prefix(label, "com.docker.dhi."),
	},
} if {
	some label, names in promised_absent
	input.source.image.config.config.Labels[label] == ""
	some item in packages
	item.name in names
}
