package prompts

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"recado/intents"
)

// Understand is the prompt that asks what a message is about, with the closed
// list of intents filled in.
func (s *Set) Understand(list []intents.Intent) (*Prompt, error) {
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: no intents to choose from", UnderstandTemplate)
	}
	list = append([]intents.Intent(nil), list...)
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	schema, err := fillSchema(s.files[UnderstandSchema], list)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", UnderstandSchema, err)
	}
	return s.build("understanding", UnderstandTemplate, schema, func(schema string) any {
		return struct {
			Intents []intents.Intent
			Schema  string
		}{list, schema}
	})
}

// intentsPlace is where the closed list goes in the schema file.
const intentsPlace = `"<intents>"`

func fillSchema(source string, list []intents.Intent) (json.RawMessage, error) {
	if n := strings.Count(source, intentsPlace); n != 1 {
		return nil, fmt.Errorf("%s stands %d times: write it once, as the only value of an enum", intentsPlace, n)
	}
	quoted := make([]string, len(list))
	for i, in := range list {
		raw, err := json.Marshal(in.Name)
		if err != nil {
			return nil, fmt.Errorf("name of an intent: %w", err)
		}
		quoted[i] = string(raw)
	}
	source = strings.Replace(source, intentsPlace, strings.Join(quoted, ","), 1)
	if !json.Valid([]byte(source)) {
		return nil, fmt.Errorf("it is no valid JSON")
	}
	return json.RawMessage(source), nil
}
