# METADATA
# title: No setuid or setgid programs
# description: |
#   No program of the image runs with other rights than its caller's: setuid, setgid and, unless
#   `capabilities` is false, file capabilities. `allowed_paths` are globs of those that may.
# custom:
#   name: no-setuid-programs
#   result_type: generic
#   not_compliant_title: Setuid or setgid programs found
#   details_order: [path, rights]
package docker.scout

import rego.v1

posture := input.ironhull.posture

default pass := false

pass if {
	posture
	count(violation) == 0
}

no_data := "the modes of files are not known" if not posture

privileged contains [path, kind] if {
	some kind in ["setuid", "setgid"]
	some path in posture[kind]
}

privileged contains [row.path, row.capabilities] if {
	object.get(data.config, "capabilities", true)
	some row in posture.capabilities
}

privileged contains [sprintf("%d more paths", [more]), kind] if {
	some kind in ["setuid", "setgid"]
	more := object.get(posture.counts, kind, 0) - count(posture[kind])
	more > 0
}

violation contains {
	"message": sprintf("%s has other rights than its caller: %s", [path, rights]),
	"detail": {"path": path, "rights": rights},
	"remediation": "take the bits away (chmod a-s, setcap -r), or leave the program out",
} if {
	some [path, rights] in privileged
	every pattern in object.get(data.config, "allowed_paths", []) {
		not glob.match(pattern, ["/"], path)
	}
}
