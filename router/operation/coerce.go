package operation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Variables coerces what the client sent for the operation's variables
// (specification, 6.1.2): defaults are filled in, wrong types are refused. A
// variable that is not in the result was not given a value. A file stands in it
// as a File.
func (d *Document) Variables(r Request) (map[string]any, Errors) {
	given, errs := decodeVariables(r.Variables)
	if errs != nil {
		return nil, errs
	}
	if errs := putFiles(given, r.Files); errs != nil {
		return nil, errs
	}
	out := make(map[string]any, len(d.Op.VariableDefinitions))
	for _, def := range d.Op.VariableDefinitions {
		c := coercion{schema: d.schema, variable: def}
		value, present := given[def.Variable]
		switch {
		case !present && def.DefaultValue != nil:
			out[def.Variable] = literal(d.schema, def.DefaultValue, def.Type, nil)
			continue
		case !present && def.Type.NonNull:
			c.fail(fmt.Sprintf("Variable \"$%s\" of required type %q was not provided.", def.Variable, def.Type))
		case present && value == nil && def.Type.NonNull:
			c.fail(fmt.Sprintf("Variable \"$%s\" of non-null type %q must not be null.", def.Variable, def.Type))
		case present:
			out[def.Variable] = c.value(value, def.Type)
		}
		errs = append(errs, c.errs...)
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return out, nil
}

func decodeVariables(raw json.RawMessage) (map[string]any, Errors) {
	trimmed := bytes.TrimSpace(raw)
	if len(trimmed) == 0 || string(trimmed) == "null" || string(trimmed) == "{}" {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(trimmed))
	decoder.UseNumber()
	var given map[string]any
	if err := decoder.Decode(&given); err != nil {
		return nil, Fail(BadUserInput, "The variables are not a JSON object.")
	}
	return given, nil
}

// coercion is the coercion of one variable.
type coercion struct {
	schema   *ast.Schema
	variable *ast.VariableDefinition
	path     []string
	errs     Errors
}

// fail notes an error about the variable.
func (c *coercion) fail(message string) {
	c.errs = append(c.errs, Error{
		Message: message, Locations: at(c.variable.Position),
		Extensions: map[string]any{"code": string(BadUserInput)},
	})
}

// refuse notes that a value at the current path is wrong, and why.
func (c *coercion) refuse(value any, why string) {
	shown, _ := json.Marshal(value)
	where := ""
	if len(c.path) > 0 {
		where = fmt.Sprintf(" at %q", c.variable.Variable+strings.Join(c.path, ""))
	}
	c.fail(fmt.Sprintf("Variable \"$%s\" got invalid value %s%s; %s", c.variable.Variable, shorten(string(shown)), where, why))
}

// shorten keeps a message readable when the value in it is long.
func shorten(s string) string {
	if len(s) > 120 {
		return s[:117] + "..."
	}
	return s
}

func (c *coercion) inside(step string, do func()) {
	c.path = append(c.path, step)
	do()
	c.path = c.path[:len(c.path)-1]
}

func (c *coercion) value(value any, t *ast.Type) any {
	if value == nil {
		if t.NonNull {
			c.refuse(value, fmt.Sprintf("Expected non-nullable type %q not to be null.", t))
		}
		return nil
	}
	if t.Elem != nil {
		items, ok := value.([]any)
		if !ok {
			return []any{c.value(value, t.Elem)}
		}
		out := make([]any, len(items))
		for i, item := range items {
			c.inside("["+strconv.Itoa(i)+"]", func() { out[i] = c.value(item, t.Elem) })
		}
		return out
	}
	def := c.schema.Types[t.NamedType]
	if def == nil {
		return value
	}
	if _, ok := value.(File); ok && (def.Kind != ast.Scalar || def.BuiltIn) {
		c.refuse(value, fmt.Sprintf("A file cannot be of type %q.", t))
		return nil
	}
	switch def.Kind {
	case ast.InputObject:
		return c.object(value, def)
	case ast.Enum:
		return c.enum(value, def)
	}
	return c.scalar(value, t.NamedType)
}

func (c *coercion) object(value any, def *ast.Definition) any {
	given, ok := value.(map[string]any)
	if !ok {
		c.refuse(value, fmt.Sprintf("Expected type %q to be an object.", def.Name))
		return nil
	}
	out := make(map[string]any, len(given))
	for _, f := range def.Fields {
		v, present := given[f.Name]
		if !present {
			if f.Type.NonNull && f.DefaultValue == nil {
				c.refuse(value, fmt.Sprintf("Field %q of required type %q was not provided.", f.Name, f.Type))
			}
			continue
		}
		c.inside("."+f.Name, func() { out[f.Name] = c.value(v, f.Type) })
	}
	for name := range given {
		if def.Fields.ForName(name) == nil {
			c.refuse(value, fmt.Sprintf("Field %q is not defined by type %q.", name, def.Name))
		}
	}
	if def.Directives.ForName("oneOf") != nil && len(c.errs) == 0 {
		c.oneOf(out, def)
	}
	return out
}

func (c *coercion) oneOf(given map[string]any, def *ast.Definition) {
	if len(given) != 1 {
		c.refuse(given, fmt.Sprintf("Exactly one key must be specified for OneOf type %q.", def.Name))
		return
	}
	for name, v := range given {
		if v == nil {
			c.refuse(given, fmt.Sprintf("Field %q of OneOf type %q must be non-null.", name, def.Name))
		}
	}
}

func (c *coercion) enum(value any, def *ast.Definition) any {
	name, ok := value.(string)
	if !ok {
		c.refuse(value, fmt.Sprintf("Enum %q cannot represent non-string value.", def.Name))
	} else if def.EnumValues.ForName(name) == nil {
		c.refuse(value, fmt.Sprintf("Value %q does not exist in %q enum.", name, def.Name))
	}
	return value
}

// scalar checks the built-in scalars; a custom one is the subgraph's to judge.
func (c *coercion) scalar(value any, name string) any {
	number, isNumber := value.(json.Number)
	_, isString := value.(string)
	_, isBool := value.(bool)
	switch name {
	case "Int":
		n, err := number.Float64()
		if !isNumber || err != nil || n != math.Trunc(n) {
			c.refuse(value, "Int cannot represent non-integer value.")
		} else if n > math.MaxInt32 || n < math.MinInt32 {
			c.refuse(value, "Int cannot represent non 32-bit signed integer value.")
		} else {
			return json.Number(strconv.FormatInt(int64(n), 10))
		}
	case "Float":
		if !isNumber {
			c.refuse(value, "Float cannot represent non numeric value.")
		}
	case "String":
		if !isString {
			c.refuse(value, "String cannot represent a non string value.")
		}
	case "Boolean":
		if !isBool {
			c.refuse(value, "Boolean cannot represent a non boolean value.")
		}
	case "ID":
		if isNumber && !strings.ContainsAny(string(number), ".eE") {
			return string(number)
		}
		if !isString {
			c.refuse(value, "ID cannot represent value.")
		}
	}
	return value
}
