package compose

import (
	"strings"

	"heddle/router/federation"
)

// machineryTypes are types that a Federation subgraph has only to be one.
var machineryTypes = map[string]bool{
	"_Any": true, "_Entity": true, "_Service": true, "_FieldSet": true,
	"link__Import": true, "link__Purpose": true,
}

// machineryType says whether a type belongs to the specifications rather than
// to the subgraph.
func (s *subgraph) machineryType(name string) bool {
	if machineryTypes[name] || name == "FieldSet" && s.version == federation.V1 {
		return true
	}
	if s.version == federation.V1 {
		return false
	}
	for _, t := range federation.Types {
		local, _ := s.federation.LocalType(t.Name)
		if name == local || name == "federation__"+t.Name || name == s.federation.Prefix()+"__"+t.Name {
			return true
		}
	}
	return false
}

// machineryDirective says whether a directive is the specifications' own.
func (s *subgraph) machineryDirective(name string) bool {
	return name == "link" || s.canonical[name] != "" || builtinDirectives[name] || strings.HasPrefix(name, "federation__")
}

// builtinDirectives are those of the GraphQL specification.
var builtinDirectives = map[string]bool{
	"skip": true, "include": true, "deprecated": true, "specifiedBy": true, "oneOf": true,
}

// builtinScalars are those of the GraphQL specification.
var builtinScalars = map[string]bool{"Int": true, "Float": true, "String": true, "Boolean": true, "ID": true}
