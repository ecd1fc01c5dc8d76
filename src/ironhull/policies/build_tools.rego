# METADATA
# title: No build tools
# description: |
#   No compilers, linkers and the like in an image that is to run something. `allowed_paths` are globs
#   of what is meant to be there, `ignored_images` of names with tags (docker.io/library/app:1-dev)
#   that are meant to build.
# custom:
#   name: no-build-tools
#   result_type: generic
#   not_compliant_title: Build tools found
#   details_order: [tool, path]
package docker.scout

import rego.v1

tools := input.ironhull.posture.tools

default pass := false

pass if {
	tools
	count(violation) == 0
}

no_data := "no tools were looked for in the image" if not tools

is_allowed(path) if {
	some glob_of_path in object.get(data.config, "allowed_paths", [])
	glob.match(glob_of_path, ["/"], path)
}

meant_to_build if {
	some tag in input.source.image.tags
	some wanted in object.get(data.config, "ignored_images", [])
	glob.match(wanted, null, sprintf("%s:%s", [oci.canonical_name(input.source.image.name), tag]))
}

violation contains {
	"message": sprintf("%s is a build tool", [tool.path]),
	"detail": {"tool": tool.name, "path": tool.path},
	"remediation": "build in a stage of its own and copy the result into a runtime image",
} if {
	not meant_to_build
	some tool in tools
	tool.kind == "build"
	not is_allowed(tool.path)
}
