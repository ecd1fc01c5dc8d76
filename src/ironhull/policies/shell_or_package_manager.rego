# METADATA
# title: No shell or package manager
# description: |
#   No file of the image is a shell or a package manager, by its name or by its content. `kinds` are
#   those that count (of the kinds of docs/inspect.md: interpreter, network and others, too),
#   `allowed_paths` globs of what is meant to be there, `/` between the parts of a path.
# custom:
#   name: no-shell-or-package-manager
#   result_type: generic
#   not_compliant_title: Shell or package manager found
#   details_order: [kind, path, why]
package docker.scout

import rego.v1

posture := input.ironhull.posture

kinds := object.get(data.config, "kinds", ["shell", "package manager"])

default pass := false

pass if {
	posture
	not unseen
	count(violation) == 0
}

unseen if posture.complete == false

no_data := "the files of the image were not looked into" if not posture

no_data := "not every file of the image could be looked into" if unseen

is_allowed(path) if {
	some pattern in object.get(data.config, "allowed_paths", [])
	glob.match(pattern, ["/"], path)
}

why(tool) := sprintf("by its content: %s", [tool.name]) if tool.how == "content"

why(tool) := sprintf("applet of %s", [tool.of]) if tool.how == "applet"

why(tool) := "by its name" if tool.how == "name"

violation contains {
	"message": sprintf("%s is a %s (%s)", [tool.path, tool.kind, why(tool)]),
	"detail": {"kind": tool.kind, "path": tool.path, "why": why(tool)},
	"remediation": "build on a base image without them, or copy what is needed into one (FROM … AS)",
} if {
	some tool in posture.tools
	tool.kind in kinds
	not is_allowed(tool.path)
}
