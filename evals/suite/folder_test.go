package suite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"recado/evals/suite"
)

const line = `{"id":"ID","lang":"LANG","text":"hi","disposition":"answer","reply_lang":"LANG"PAIR}` + "\n"

func lineOf(id, lang, pair string) string {
	if pair != "" {
		pair = `,"pair":"` + pair + `"`
	}
	return strings.NewReplacer("ID", id, "LANG", lang, "PAIR", pair).Replace(line)
}

func idsOf(t *testing.T, s *suite.Suite) string {
	t.Helper()
	var ids []string
	for c, err := range s.All() {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, c.ID+"@"+c.File)
	}
	if len(ids) != s.Count {
		t.Errorf("%s: %d cases, counted %d", s.Name, len(ids), s.Count)
	}
	return strings.Join(ids, " ")
}

// folderFiles is a folder with a suite of two files, and a file by itself.
var folderFiles = map[string]string{
	"set.yaml": "files: ['of_set_*.jsonl']\ngates: [{measure: phi_missed, at_most: 0}]\n" +
		"cases:\n  - {id: own, lang: es, pair: p, text: hola, disposition: answer}\n",
	"of_set_1.jsonl": lineOf("a", "en", "p"),
	"of_set_2.jsonl": lineOf("b", "en", "q") + lineOf("c", "es", "q"),
	"alone.jsonl":    lineOf("a", "en", ""),
	"notes.txt":      "no suite",
}

func TestAFolderIsItsSuitesAndTheLinesOfNone(t *testing.T) {
	fsys, dir := fstest.MapFS{}, t.TempDir()
	for name, text := range folderFiles {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	embedded, err := suite.FolderFS(fsys, "sets", known)
	if err != nil {
		t.Fatal(err)
	}
	onDisk, err := suite.Folder(dir, known)
	if err != nil {
		t.Fatal(err)
	}
	for under, got := range map[string][]*suite.Suite{"sets": embedded, dir: onDisk} {
		if len(got) != 2 || got[0].Name != "alone" || got[1].Name != "set" || len(got[1].Gates) != 1 {
			t.Fatalf("%s holds %v", under, got)
		}
		if ids := idsOf(t, got[0]); ids != "a@"+under+"/alone.jsonl" {
			t.Errorf("alone holds %s", ids)
		}
		want := strings.NewReplacer("@", "@"+under+"/").Replace("own@set.yaml a@of_set_1.jsonl b@of_set_2.jsonl c@of_set_2.jsonl")
		if ids := idsOf(t, got[1]); ids != want {
			t.Errorf("the set holds %s, want %s", ids, want)
		}
	}
	if embedded[1].Hash != onDisk[1].Hash {
		t.Error("the hash depends on where the files lie")
	}
	fsys["of_set_2.jsonl"].Data = append(fsys["of_set_2.jsonl"].Data, '\n')
	again, err := suite.FolderFS(fsys, "sets", known)
	if err != nil || again[1].Hash == embedded[1].Hash {
		t.Errorf("the hash did not change with a file of the set (%v)", err)
	}
	if _, err := suite.Folder(t.TempDir(), known); err == nil || !strings.Contains(err.Error(), "holds no suite") {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestMistakesInTheFilesOfASetAreToldWithTheirFile(t *testing.T) {
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{
		"set.yaml": "files: ['*.jsonl']\ncases:\n  - {id: own, text: hi, disposition: answer}\n",
		"1.jsonl":  lineOf("a", "en", "p") + lineOf("b", "en", "q"),
		"2.jsonl":  lineOf("own", "en", "") + "\n" + lineOf("a", "en", "") + lineOf("c", "en", "p") + `{"id":"d","txt":"x"}`,
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	_, err := suite.FolderFS(fsys, "sets", known)
	want := `sets/1.jsonl:2: case "b": pair: "q" has this case alone: add its twin in the other language, or remove pair
sets/2.jsonl:1: case "own": id: is taken by sets/set.yaml:3: give one of them another
sets/2.jsonl:3: case "a": id: is taken by sets/1.jsonl:1: give one of them another
sets/2.jsonl:4: case "c": pair: "p" has two cases in en (the other is at sets/1.jsonl:1): a pair joins one English and one Spanish case
sets/2.jsonl:5: case "d": txt: unknown field: did you mean text?`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
