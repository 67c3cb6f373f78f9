package prompts

import "encoding/json"

// Translate is the prompt that asks for a message in the other language, for
// staff.
func (s *Set) Translate() (*Prompt, error) {
	return s.build("translation", TranslateTemplate, json.RawMessage(s.files[TranslateSchema]), func(schema string) any {
		return struct{ Schema string }{schema}
	})
}
