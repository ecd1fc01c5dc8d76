# METADATA
# title: Reproducible build
# description: |
#   Its provenance says that building it again gives the same image, pins everything that went into it
#   by digest and, where its parameters are told, sets the time (SOURCE_DATE_EPOCH). Nobody built it
#   again to see: that takes the build.
# custom:
#   name: reproducible-build
#   result_type: generic
#   not_compliant_title: Build is not reproducible
#   details_order: [trouble, what]
package docker.scout

import rego.v1

newer := oci.referrer("https://slsa.dev/provenance/v1")

older := oci.referrer("https://slsa.dev/provenance/v0.2")

predicate := newer.statement.predicate if is_object(newer)

predicate := older.statement.predicate if {
	not is_object(newer)
	is_object(older)
}

metadata := object.get(predicate.runDetails, "metadata", {}) if is_object(newer)

metadata := object.get(predicate, "metadata", {}) if not is_object(newer)

claims := {metadata[key] | some key in ["ironhull_reproducible", "buildkit_reproducible", "reproducible"]}

inputs := object.get(predicate.buildDefinition, "resolvedDependencies", []) if is_object(newer)

inputs := object.get(predicate, "materials", []) if not is_object(newer)

# BuildKit tells its parameters in mode max alone.
arguments := predicate.buildDefinition.externalParameters.request.args

arguments := predicate.invocation.parameters.args

default pass := false

pass if {
	predicate
	count(violation) == 0
}

no_data := "there is no provenance" if not predicate

violation contains {
	"message": "its provenance does not say that the build is reproducible",
	"detail": {"trouble": "no claim", "what": "provenance"},
	"remediation": "pin the inputs, set SOURCE_DATE_EPOCH, then say so (--attest type=provenance,reproducible=true)",
} if {
	predicate
	not true in claims
}

violation contains {
	"message": sprintf("%s went into it without a digest", [name]),
	"detail": {"trouble": "not pinned", "what": name},
	"remediation": "name it with its digest",
} if {
	some each in inputs
	count(object.get(each, "digest", {})) == 0
	name := object.get(each, "uri", object.get(each, "name", "something"))
}

violation contains {
	"message": "SOURCE_DATE_EPOCH is not set: times are those of the build",
	"detail": {"trouble": "times", "what": "SOURCE_DATE_EPOCH"},
	"remediation": "build with --build-arg SOURCE_DATE_EPOCH=…",
} if {
	is_object(arguments)
	not arguments["build-arg:SOURCE_DATE_EPOCH"]
}
