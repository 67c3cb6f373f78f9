package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"recado/agent/vault"
)

var setting = regexp.MustCompile(`(?m)^(RECADO_[A-Z_]+)=(\S+)$`)

func settings(text string) map[string]string {
	found := map[string]string{}
	for _, m := range setting.FindAllStringSubmatch(text, -1) {
		found[m[1]] = m[2]
	}
	return found
}

func TestThePrivateKeyIsNeverPrintedBesideTheOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "staff.env")
	out, errOut, code := runWith(t, "", "keys", "--staff", path)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errOut)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the staff side's file can be read by others: %v, %v", info.Mode(), err)
	}
	printed, kept := settings(out), settings(string(raw))
	if kept["RECADO_LINK_KEY"] == "" || kept["RECADO_LINK_KEY"] != printed["RECADO_LINK_KEY"] {
		t.Error("workers and consoles do not get the same link key")
	}
	delete(kept, "RECADO_LINK_KEY") // it opens nothing that is sealed
	for name, value := range kept {
		if strings.Contains(out+errOut, value) {
			t.Errorf("%s is printed", name)
		}
	}
	if _, err := vault.ParseBox(kept["RECADO_STAFF_KEY"]); err != nil {
		t.Errorf("the staff key: %v", err)
	}
	private, err := vault.ParsePrivateKey(kept["RECADO_SEAL_PRIVATE_KEY"])
	if err != nil {
		t.Fatal(err)
	}
	if private.Public().String() != printed["RECADO_SEAL_PUBLIC_KEY"] || kept["RECADO_SEAL_VERIFY_KEY"] == "" {
		t.Error("the two halves do not belong together")
	}
	for _, name := range []string{"RECADO_SEAL_SIGNING_KEY", "RECADO_SESSION_KEY", "RECADO_ADDRESS_KEY"} {
		if printed[name] == "" {
			t.Errorf("%s is not printed", name)
		}
	}

	out, errOut, code = runWith(t, "", "keys", "--staff", path)
	if after, err := os.ReadFile(path); code != 2 || out != "" || !strings.Contains(errOut, "name a new file") || err != nil || string(after) != string(raw) {
		t.Errorf("an earlier private key is not left alone: exit code %d, %q, %q", code, out, errOut)
	}
}
