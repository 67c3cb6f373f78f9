package bus_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/schema"
)

// samples has a value of every kind of message with every field set. Fields
// that take only certain values are listed; fill sets all others.
func samples() map[string]any {
	event := fill[agent.Event]()
	event.V, event.Clinic, event.Channel, event.Kind, event.Conversation = 1, "sunrise", agent.SMS, agent.KindText, "0123456789abcdef"

	out := fill[bus.Outbound]()
	out.V, out.Clinic, out.Channel, out.Conversation, out.Disposition = 1, "sunrise", agent.SMS, "0123456789abcdef", agent.Answer
	out.Facts = map[string]string{"when": "tomorrow at 2:00 PM", "day": "tomorrow", "time": "2:00 PM", "place": "Main Street"}

	turn := fill[bus.TurnRecord]()
	turn.V, turn.Decision.V, turn.Decision.Disposition, turn.Decision.Consent = 1, 1, agent.Consent, agent.ConsentStop
	turn.Reply = &out

	esc := fill[bus.Escalation]()
	esc.V, esc.Clinic, esc.Channel, esc.Conversation, esc.Priority = 1, "sunrise", agent.SMS, "0123456789abcdef", agent.PriorityUrgent

	dead := fill[bus.Dead]()
	dead.V, dead.Clinic, dead.Conversation, dead.Reason = 1, "sunrise", "0123456789abcdef", bus.ReasonVersion

	return map[string]any{"event": event, "turn": turn, "outbound": out, "escalation": esc, "dead": dead}
}

func TestMessagesFollowTheirSchemas(t *testing.T) {
	for name, sample := range samples() {
		t.Run(name, func(t *testing.T) {
			data, err := json.Marshal(sample)
			must(t, err)
			raw, err := schema.Files.ReadFile(name + ".json")
			must(t, err)
			document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
			must(t, err)
			compiler := jsonschema.NewCompiler()
			compiler.AssertFormat()
			must(t, compiler.AddResource(name+".json", document))
			compiled, err := compiler.Compile(name + ".json")
			must(t, err)
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
			must(t, err)
			if err := compiled.Validate(value); err != nil {
				t.Error(err)
			}
			missing(t, name, document, value)

			// The schema refuses what lacks a field that must be there.
			for _, required := range document.(map[string]any)["required"].([]any) {
				less, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
				must(t, err)
				delete(less.(map[string]any), required.(string))
				if compiled.Validate(less) == nil {
					t.Errorf("without %q it is valid", required)
				}
			}
		})
	}
}

// missing reports every field of value that its schema does not describe, and
// every described one that no field has.
func missing(t *testing.T, path string, described, value any) {
	t.Helper()
	d := described.(map[string]any)
	switch v := value.(type) {
	case map[string]any:
		properties, _ := d["properties"].(map[string]any)
		for key, field := range v {
			property, ok := properties[key]
			if !ok {
				t.Errorf("%s.%s is not in the schema", path, key)
				continue
			}
			missing(t, path+"."+key, property, field)
		}
		for key := range properties {
			if _, ok := v[key]; !ok {
				t.Errorf("%s.%s is in the schema and no field has it", path, key)
			}
		}
	case []any:
		for _, item := range v {
			missing(t, path+"[]", d["items"], item)
		}
	}
}

func TestTheSamplesSetEveryField(t *testing.T) {
	for name, sample := range samples() {
		data, err := json.Marshal(sample)
		must(t, err)
		if strings.Contains(string(data), `""`) || strings.Contains(string(data), ":null") || strings.Contains(string(data), ":0,") {
			t.Errorf("%s has an empty field: %s", name, data)
		}
	}
}

// fill returns a T with every exported field set.
func fill[T any]() T {
	var v T
	set(reflect.ValueOf(&v).Elem())
	return v
}

func set(v reflect.Value) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				set(v.Field(i))
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		set(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		set(v.Index(0))
	case reflect.Array:
		for i := range v.Len() {
			set(v.Index(i))
		}
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(1)
	}
}
