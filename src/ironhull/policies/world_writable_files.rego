# METADATA
# title: No world-writable files
# description: |
#   No file and no directory that everybody may write to; directories for temporary files, volumes and
#   directories with the sticky bit are not meant. `allowed_paths` are globs of others that are not.
# custom:
#   name: no-world-writable-files
#   result_type: generic
#   not_compliant_title: World-writable files found
#   details_order: [path]
package docker.scout

import rego.v1

writable := input.ironhull.posture.world_writable

all_of_them := object.get(input.ironhull.posture.counts, "world_writable", 0)

default pass := false

pass if {
	writable
	count(violation) == 0
}

no_data := "it is not known who may write to what" if not writable

patterns := object.get(data.config, "allowed_paths", [])

violation contains {
	"message": sprintf("everybody may write to %s", [path]),
	"detail": {"path": path},
	"remediation": "take the right away: chmod o-w",
} if {
	some path in writable
	count([1 | some pattern in patterns; glob.match(pattern, ["/"], path)]) == 0
}

violation contains {
	"message": sprintf("everybody may write to %d paths more", [all_of_them - count(writable)]),
	"detail": {"path": "…"},
} if {
	all_of_them > count(writable)
}
