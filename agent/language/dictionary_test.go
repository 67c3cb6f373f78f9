package language

import "testing"

func TestATextGetsTheNumbersOfTheDictionaryThatAsks(t *testing.T) {
	one, other := NewDictionary(), NewDictionary()
	one.Add("hours")
	other.Add("open")
	other.Add("hours")
	text := Scan("Hours tonight")
	for _, d := range []*Dictionary{one, other, one} {
		text = d.Numbered(text)
		if tok := text.Tokens[0]; tok.ID != d.ID("hours") || tok.SurfaceID != tok.ID || d.Word(tok.ID) != "hours" {
			t.Errorf("hours has the number %d, want %d", tok.ID, d.ID("hours"))
		}
		if text.Tokens[1].ID != 0 {
			t.Errorf("a word outside of the dictionary has the number %d", text.Tokens[1].ID)
		}
	}
}

func TestNumberingLeavesTheCallersTextAlone(t *testing.T) {
	d := NewDictionary()
	d.Add("hours")
	text := Scan("hours")
	d.Numbered(text)
	if text.Tokens[0].ID != 0 {
		t.Error("the text that was handed in was changed")
	}
}
