package suite_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"recado/agent"
	"recado/evals/suite"
)

// schemas are that of a file and that of a line.
func schemas(t *testing.T) (file, line *jsonschema.Schema) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(suite.Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("suite.json", doc); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("suite.json"), c.MustCompile("suite.json#/$defs/case")
}

// plain brings YAML into the form that JSON would have.
func plain(t *testing.T, raw []byte) any {
	t.Helper()
	var v any
	if err := yaml.Load(raw, &v); err != nil {
		t.Fatal(err)
	}
	var text func(any) any
	text = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for k := range v {
				v[k] = text(v[k])
			}
		case map[any]any:
			out := map[string]any{}
			for k := range v {
				out[fmt.Sprint(k)] = text(v[k])
			}
			return out
		case []any:
			for i := range v {
				v[i] = text(v[i])
			}
		case fmt.Stringer: // a time: the format has texts only
			return v.String()
		}
		return v
	}
	j, err := json.Marshal(text(v))
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(bytes.NewReader(j))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheSchemaHasTheFieldsOfTheGoTypes(t *testing.T) {
	var doc struct {
		Properties map[string]any
		Defs       map[string]struct{ Properties map[string]any } `json:"$defs"`
	}
	if err := json.Unmarshal(suite.Schema, &doc); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		of         reflect.Type
		properties map[string]any
	}{
		{reflect.TypeFor[suite.Suite](), doc.Properties},
		{reflect.TypeFor[suite.Gate](), doc.Defs["gate"].Properties},
		{reflect.TypeFor[suite.Case](), doc.Defs["case"].Properties},
		{reflect.TypeFor[suite.Step](), doc.Defs["step"].Properties},
		{reflect.TypeFor[suite.Booking](), doc.Defs["booking"].Properties},
	} {
		want := fieldsOf(c.of)
		for _, name := range want {
			if _, ok := c.properties[name]; !ok {
				t.Errorf("the schema of %s lacks %s", c.of, name)
			}
		}
		for name := range c.properties {
			if !slices.Contains(want, name) {
				t.Errorf("the schema of %s has %s, which the type lacks", c.of, name)
			}
		}
	}
}

// fieldsOf lists the yaml names of a type, and holds the json names, where
// there are any, against them.
func fieldsOf(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			out = append(out, fieldsOf(f.Type)...)
		case name != "" && name != "-":
			if j, _, _ := strings.Cut(f.Tag.Get("json"), ","); j != "" && j != name {
				name = "json name " + j + " of " + name
			}
			out = append(out, name)
		}
	}
	return out
}

func TestTheSchemaHasTheNamesOfTheGoTypes(t *testing.T) {
	file, line := schemas(t)
	valid := func(s *jsonschema.Schema, v any) bool {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		return s.Validate(out) == nil
	}
	base := func(field string, v any) map[string]any {
		m := map[string]any{"id": "a", "text": "hi"}
		m[field] = v
		return m
	}
	for _, d := range []agent.Disposition{agent.Answer, agent.Escalate, agent.Emergency, agent.Human, agent.Consent, agent.Decline, agent.Silent} {
		if !valid(line, base("disposition", d)) {
			t.Errorf("the schema refuses disposition %s", d)
		}
	}
	for _, p := range []agent.Priority{agent.PriorityEmergency, agent.PriorityUrgent, agent.PriorityRoutine, agent.PriorityRequest} {
		if !valid(line, base("priority", p)) {
			t.Errorf("the schema refuses priority %s", p)
		}
	}
	for _, c := range []agent.Channel{agent.WhatsApp, agent.SMS, agent.Web, agent.Terminal} {
		if !valid(line, base("channel", c)) {
			t.Errorf("the schema refuses channel %s", c)
		}
	}
	for _, c := range []agent.ConsentChange{agent.ConsentStop, agent.ConsentStart} {
		if !valid(line, base("consent", c)) {
			t.Errorf("the schema refuses consent %s", c)
		}
	}
	for _, f := range []agent.From{agent.Patient, agent.Assistant, agent.Staff} {
		if !valid(line, base("history", []any{map[string]any{"from": f, "text": "x"}})) {
			t.Errorf("the schema refuses a message from %s", f)
		}
	}
	for _, q := range suite.Questions {
		if !valid(line, base("booking", map[string]any{"asks": q})) {
			t.Errorf("the schema refuses the question %s", q)
		}
	}
	slots := map[string]string{}
	for _, name := range suite.SlotNames {
		slots[name] = "x"
	}
	if !valid(line, base("slots", slots)) {
		t.Error("the schema refuses a slot")
	}
	for _, p := range append(suite.Perturbations(), suite.AsWritten) {
		if !valid(file, map[string]any{"perturb": []any{p}, "cases": []any{base("replies", 1)}}) {
			t.Errorf("the schema refuses perturbation %s", p)
		}
	}
	for field, v := range map[string]any{"disposition": "handoff", "priority": "high", "channel": "mail", "consent": "maybe", "slots": map[string]string{"x": "y"}} {
		if valid(line, base(field, v)) {
			t.Errorf("the schema takes %s %v", field, v)
		}
	}
}

func TestAllShippedFilesFitTheSchema(t *testing.T) {
	file, line := schemas(t)
	lines := func(name string, raw []byte) {
		for i, l := range bytes.Split(bytes.TrimSpace(raw), []byte("\n")) {
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(l))
			if err == nil {
				err = line.Validate(v)
			}
			if err != nil {
				t.Errorf("%s:%d: %v", name, i+1, err)
			}
		}
	}
	for _, dir := range []string{"../suites", "../dev", "../unseen"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		read := 0
		for _, e := range entries {
			name := filepath.Join(dir, e.Name())
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			switch filepath.Ext(name) {
			case ".jsonl":
				lines(name, raw)
			case ".yaml":
				if err := file.Validate(plain(t, raw)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			default:
				continue
			}
			read++
		}
		if read == 0 {
			t.Errorf("%s holds no suite", dir)
		}
	}
	if err := file.Validate(plain(t, []byte(good))); err != nil {
		t.Errorf("a suite that is read breaks the schema: %v", err)
	}
}

func TestTheSchemaRefusesWhatTheLoaderRefuses(t *testing.T) {
	file, _ := schemas(t)
	for _, text := range []string{
		"cases: []\n",
		"titel: x\ncases:\n  - {id: a, text: hi, disposition: answer}\n",
		"cases:\n  - {id: a, txt: hi, disposition: answer}\n",
		"cases:\n  - {text: hi, disposition: answer}\n",
		"cases:\n  - {id: a b, text: hi, disposition: answer}\n",
		"cases:\n  - {id: a, disposition: answer}\n",
		"cases:\n  - {id: a, text: hi, script: [{says: [ho], replies: 1}]}\n",
		"cases:\n  - {id: a, disposition: answer, script: [{says: [ho], replies: 1}]}\n",
		"cases:\n  - {id: a, script: [{owner: Marta, replies: 1}]}\n",
		"cases:\n  - {id: a, text: hi, replies: -1}\n",
		"cases:\n  - {id: a, text: hi, replies: 1, promises: [P0]}\n",
		"gates: [{measure: phi_missed}]\ncases:\n  - {id: a, text: hi, replies: 1}\n",
		"gates: [{measure: phi_missed, at_most: 0, at_least: 0}]\ncases:\n  - {id: a, text: hi, replies: 1}\n",
		"book: true\ncases:\n  - {id: a, text: hi, booking: {asks: hour}}\n",
		"book: true\ncases:\n  - {id: a, text: hi, booking: {}}\n",
		"book: true\ncases:\n  - {id: a, text: hi, booking: {offers: -1}}\n",
		"book: true\ncases:\n  - {id: a, text: hi, booking: {held: tomorrow}}\n",
		"book: true\ncases:\n  - {id: a, script: [{says: [hi]}, {says: [ho], taps: 1, replies: 1}]}\n",
		"book: true\ncases:\n  - {id: a, script: [{says: [hi]}, {taps: 0, replies: 1}]}\n",
		"name: nothing\n",
		"files: ['*.csv']\n",
		"cases:\n  - {id: a, text: hi, replies: 1, known: ' '}\n",
		"perturb: [typos, typos]\ncases:\n  - {id: a, text: hi, replies: 1}\n",
	} {
		if file.Validate(plain(t, []byte(text))) == nil {
			t.Errorf("the schema takes:\n%s", text)
		}
		if _, err := load(t, "s.yaml", text); err == nil {
			t.Errorf("the loader takes:\n%s", text)
		}
	}
}
