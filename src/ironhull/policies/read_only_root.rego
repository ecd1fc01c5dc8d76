# METADATA
# title: Ready for a read-only root file system
# description: |
#   Nothing in the image is there for its user to write to but volumes, directories for temporary files
#   and `allowed_paths` (globs; homes unless they are given), so that a container runs with
#   --read-only (Kubernetes: readOnlyRootFilesystem). Of an image that starts as root nobody knows.
# custom:
#   name: read-only-root
#   result_type: generic
#   not_compliant_title: Not ready for a read-only root file system
#   details_order: [path]
package docker.scout

import rego.v1

facts := input.ironhull.posture

allowed := object.get(data.config, "allowed_paths", ["/home/*", "/home/*/**"])

default pass := false

pass if {
	is_array(facts.writable)
	is_number(facts.uid)
	count(violation) == 0
}

no_data := "it is not known what the user of the image may write to" if not facts

no_data := sprintf("nobody knows the number of the user %q", [facts.user]) if is_null(facts.uid)

violation contains {
	"message": "the image starts as root, who may write everywhere",
	"detail": {"path": "/"},
	"remediation": "set USER to a user that is not root",
} if {
	facts.root
}

violation contains {
	"message": sprintf("the user of the image may write to %s", [path]),
	"detail": {"path": path},
	"remediation": "declare what has to be written as VOLUME, and make the rest root's",
} if {
	is_array(facts.writable)
	some path in facts.writable
	not inside(path)
}

violation contains {
	"message": sprintf("the user of the image may write to %d paths more", [more]),
	"detail": {"path": "…"},
} if {
	is_array(facts.writable)
	more := object.get(facts.counts, "writable", 0) - count(facts.writable)
	more > 0
}

inside(path) if {
	some place in allowed
	glob.match(place, ["/"], path)
}
