package suite

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// nodes reads YAML nodes into values by their yaml tags. Unlike the library's
// decoder it goes on after a mistake, tells each by its place in the file and
// what to do, and remembers the line of every field.
type nodes struct {
	problems *problems
	id       string         // of the case that is read
	lines    map[string]int // of the case's fields, by path
}

func (r *nodes) bad(n *yaml.Node, path, format string, args ...any) {
	r.problems.add(n.Line, r.id, path, format, args...)
}

// into reads n into v, which is a pointer's element.
func (r *nodes) into(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	if r.lines != nil {
		r.lines[path] = n.Line
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		r.bad(n, path, "is empty: give it a value or remove the line")
		return
	}
	switch u := v.Addr().Interface().(type) {
	case *rawNode:
		u.node = n
		return
	case encoding.TextUnmarshaler:
		if n.Kind != yaml.ScalarNode {
			r.bad(n, path, "must be a single value")
		} else if err := u.UnmarshalText([]byte(n.Value)); err != nil {
			r.bad(n, path, "%s", err)
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		r.into(n, v.Elem(), path)
	case reflect.Struct:
		r.fields(n, v, path)
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			r.bad(n, path, "must be a list: write it as [a, b], or one item a line after a dash")
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
		for i, item := range n.Content {
			r.into(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	case reflect.Map:
		r.named(n, v, path)
	default:
		r.scalar(n, v, path)
	}
}

// fields reads a mapping into a struct.
func (r *nodes) fields(n *yaml.Node, v reflect.Value, path string) {
	known := map[string]reflect.Value{}
	fieldsOf(v, known)
	if n.Kind != yaml.MappingNode {
		r.bad(n, path, "must hold fields, one a line as name: value")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		field, ok := known[key.Value]
		switch {
		case !ok:
			r.bad(key, join(path, key.Value), "unknown field: %s", suggest(key.Value, names(v.Type())))
			continue
		case seen[key.Value]:
			r.bad(key, join(path, key.Value), "stands here twice: keep one")
			continue
		}
		seen[key.Value] = true
		r.into(value, field, join(path, key.Value))
	}
}

// named reads a mapping into a map of strings.
func (r *nodes) named(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		r.bad(n, path, "must hold names with values: {day: 2026-12-05}")
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		value := reflect.New(v.Type().Elem()).Elem()
		r.into(n.Content[i+1], value, join(path, key.Value))
		v.SetMapIndex(reflect.ValueOf(key.Value), value)
	}
}

func (r *nodes) scalar(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode {
		r.bad(n, path, "must be a single value")
		return
	}
	var err error
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.Value) // 911 and no are words here
	case reflect.Bool:
		if n.Value != "true" && n.Value != "false" {
			r.bad(n, path, "must be true or false")
		}
		v.SetBool(n.Value == "true")
	case reflect.Int:
		var i int64
		if i, err = strconv.ParseInt(n.Value, 10, 32); err != nil {
			r.bad(n, path, "must be a whole number")
		}
		v.SetInt(i)
	case reflect.Float64:
		var f float64
		if f, err = strconv.ParseFloat(n.Value, 64); err != nil {
			r.bad(n, path, "must be a number")
		}
		v.SetFloat(f)
	default:
		r.bad(n, path, "cannot be read: no such value is expected here")
	}
}

// fieldsOf lists the fields of a struct by their yaml names, those of inlined
// structs among them.
func fieldsOf(v reflect.Value, out map[string]reflect.Value) {
	for i := range v.NumField() {
		name, inline := yamlName(v.Type().Field(i))
		switch {
		case inline:
			fieldsOf(v.Field(i), out)
		case name != "":
			out[name] = v.Field(i)
		}
	}
}

// names lists the yaml names of a struct's fields in their order.
func names(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		name, inline := yamlName(t.Field(i))
		switch {
		case inline:
			out = append(out, names(t.Field(i).Type)...)
		case name != "":
			out = append(out, name)
		}
	}
	return out
}

// yamlName is the name of a field, empty where it is none; agent.Message has
// no yaml tags, and its json names are the same.
func yamlName(f reflect.StructField) (name string, inline bool) {
	tag, ok := f.Tag.Lookup("yaml")
	if !ok {
		tag = f.Tag.Get("json")
	}
	name, options, _ := strings.Cut(tag, ",")
	switch {
	case !f.IsExported() || name == "-":
		return "", false
	case options == "inline":
		return "", true
	}
	return name, false
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
