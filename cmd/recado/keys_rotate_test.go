package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"recado/agent/vault"
)

// staffSide is the file of a fresh set of keys and what was printed with it.
func staffSide(t *testing.T) (path string, printed map[string]string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "staff.env")
	out, errOut, code := runWith(t, "", "keys", "--staff", path)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errOut)
	}
	return path, settings(out)
}

func consoleKeys(t *testing.T, path string) []string {
	t.Helper()
	raw, err := os.ReadFile(path)
	must(t, err)
	return strings.Split(settings(string(raw))[settingPrivate], ",")
}

func TestRotationKeepsWhatWasSealedBeforeReadableUntilItsKeyIsRetired(t *testing.T) {
	path, printed := staffSide(t)
	seal := func(public, id string) vault.Envelope {
		t.Helper()
		s, err := sealerOf(public, printed["RECADO_SEAL_SIGNING_KEY"])
		must(t, err)
		e, err := s.Seal("sol", id, []byte(id))
		must(t, err)
		return e
	}
	before := seal(printed["RECADO_SEAL_PUBLIC_KEY"], "before")
	out, errOut, code := runWith(t, "", "keys", "rotate", "--staff", path)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errOut)
	}
	for _, secret := range consoleKeys(t, path) {
		if strings.Contains(out+errOut, secret) {
			t.Error("a private key is printed")
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the staff side's file can be read by others: %v, %v", info.Mode(), err)
	}
	fresh := settings(out)["RECADO_SEAL_PUBLIC_KEY"]
	if fresh == "" || fresh == printed["RECADO_SEAL_PUBLIC_KEY"] {
		t.Fatalf("printed %q", out)
	}
	after := seal(fresh, "after")

	raw, err := os.ReadFile(path)
	must(t, err)
	verify := strings.Split(settings(string(raw))[settingVerify], ",")
	opens := func(e vault.Envelope, id string) bool {
		t.Helper()
		keys, err := openStaffKeys(consoleKeys(t, path), verify)
		must(t, err)
		plain, err := keys.Open.Open("sol", id, e)
		return err == nil && string(plain) == id
	}
	if !opens(before, "before") || !opens(after, "after") {
		t.Error("after a rotation not both open")
	}

	// The newest key stays, an unknown one is named, the old one goes.
	for id, want := range map[string]string{after.KID: "in use", "0000": "recado keys list"} {
		if _, errOut, code := runWith(t, "", "keys", "retire", "--staff", path, id); code != 2 || !strings.Contains(errOut, want) {
			t.Errorf("retire %s: exit code %d: %s", id, code, errOut)
		}
	}
	if list, _, code := runWith(t, "", "keys", "list", "--staff", path); code != 0 || list != after.KID+"  in use\n"+before.KID+"  opens older records\n" {
		t.Errorf("list: %q", list)
	}
	if _, errOut, code := runWith(t, "", "keys", "retire", "--staff", path, before.KID); code != 0 {
		t.Fatalf("retire: exit code %d: %s", code, errOut)
	}
	if opens(before, "before") || !opens(after, "after") {
		t.Error("after retiring the old key it still opens, or the new one does not")
	}
}

func TestWhatStaffSealedOpensAfterARotation(t *testing.T) {
	path, _ := staffSide(t)
	raw, err := os.ReadFile(path)
	must(t, err)
	verify := []string{settings(string(raw))[settingVerify]}
	old, err := openStaffKeys(consoleKeys(t, path), verify)
	must(t, err)
	note, err := old.Seal.Seal("sol", "a/note/1", []byte("note"))
	must(t, err)
	if _, errOut, code := runWith(t, "", "keys", "rotate", "--staff", path); code != 0 {
		t.Fatalf("exit code %d: %s", code, errOut)
	}
	rotated, err := openStaffKeys(consoleKeys(t, path), verify)
	must(t, err)
	if plain, err := rotated.Open.Open("sol", "a/note/1", note); err != nil || string(plain) != "note" {
		t.Errorf("%q, %v", plain, err)
	}
	fresh, err := rotated.Seal.Seal("sol", "a/note/2", []byte("note"))
	must(t, err)
	if fresh.KID == note.KID {
		t.Error("staff still seal for the old key")
	}
}

func TestAStaffFileThatIsNoneIsLeftAlone(t *testing.T) {
	path, _ := staffSide(t)
	good, err := os.ReadFile(path)
	must(t, err)
	for name, test := range map[string]struct{ content, want string }{
		"nothing":       {"", "sets no RECADO_SEAL_PRIVATE_KEY"},
		"a public key":  {"RECADO_SEAL_PRIVATE_KEY=recado-hpke-pub-AAAA\n", "line 1"},
		"a lost letter": {strings.Replace(string(good), "recado-hpke-key-", "recado-hpke-key-A", 1), "line 2"},
		"two lines":     {string(good) + string(good), "twice"},
	} {
		other := filepath.Join(t.TempDir(), "staff.env")
		must(t, os.WriteFile(other, []byte(test.content), 0o600))
		out, errOut, code := runWith(t, "", "keys", "rotate", "--staff", other)
		after, err := os.ReadFile(other)
		must(t, err)
		if code != 2 || out != "" || !strings.Contains(errOut, test.want) || string(after) != test.content {
			t.Errorf("%s: exit code %d: %q, %q", name, code, out, errOut)
		}
	}
}
