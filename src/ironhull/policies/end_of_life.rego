# METADATA
# title: No end-of-life distribution or runtime
# description: |
#   Somebody still repairs the distribution, and the languages and frameworks that did not come with
#   it. `days` is how long that has to last yet (0), `ignored` are names such as python or debian.
# custom:
#   name: no-end-of-life
#   result_type: generic
#   not_compliant_title: End-of-life distribution or runtime found
#   details_order: [kind, name, release, ends, where]
package docker.scout

import rego.v1

rows := [row |
	some row in input.ironhull.support
	not row.name in object.get(data.config, "ignored", [])
]

dated := [row | some row in rows; row.ends]

days := object.get(data.config, "days", 0)

default pass := false

pass if {
	count(dated) > 0
	count(violation) == 0
}

no_data := "neither the distribution nor a runtime is known by a day its support ends" if {
	count(dated) == 0
}

violation contains {
	"message": sprintf("%s %s: support ends %s", [row.name, row.release, row.ends]),
	"detail": {
		"kind": row.kind,
		"name": row.name,
		"release": row.release,
		"ends": row.ends,
		"where": concat(", ", object.get(row, "paths", [])),
	},
	"remediation": "build on a release that is supported",
} if {
	some row in dated
	row.days_left < days
}
