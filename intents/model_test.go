package intents_test

import (
	"bytes"
	"os"
	"testing"

	"recado/agent/guard"
	"recado/agent/lexicon"
	"recado/intents"
)

func TestTheShippedModelWasTrainedFromTheShippedFiles(t *testing.T) {
	m, err := intents.ShippedModel()
	if err != nil {
		t.Fatal(err)
	}
	want, err := intents.Hash(os.DirFS("."), os.DirFS("../agent/lexicon/terms"), os.DirFS("../agent/guard/rules"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Source != want {
		t.Error(intents.ErrStale)
	}
}

func TestTrainingTwiceGivesTheSameFile(t *testing.T) {
	lex, err := lexicon.Default()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := guard.DefaultRules()
	if err != nil {
		t.Fatal(err)
	}
	g, err := guard.New(rules, lex)
	if err != nil {
		t.Fatal(err)
	}
	set := shipped(t)
	few := &intents.Set{Intents: set.Intents}
	for i := 0; i < len(set.Examples); i += 500 {
		few.Examples = append(few.Examples, set.Examples[i])
	}
	var files [2]bytes.Buffer
	for i := range files {
		m, err := intents.Train(few, lex, g.Words())
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Write(&files[i]); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0].Bytes(), files[1].Bytes()) {
		t.Error("two trainings on the same examples differ")
	}
}

func TestABrokenModelFileIsRefusedWithWhatToDo(t *testing.T) {
	for name, raw := range map[string][]byte{"empty": nil, "noise": []byte("this is no model")} {
		if _, err := intents.ReadModel(bytes.NewReader(raw)); err == nil || !bytes.Contains([]byte(err.Error()), []byte("go generate")) {
			t.Errorf("%s: error %v does not say what to do", name, err)
		}
	}
}
