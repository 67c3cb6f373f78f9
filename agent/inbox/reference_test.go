package inbox

import (
	"testing"

	"github.com/google/uuid"
)

func TestAReferenceIsReadAsPeopleWriteIt(t *testing.T) {
	for range 1000 {
		id := uuid.Must(uuid.NewV7()).String()
		ref := Reference(id)
		if len(ref) != 7 || ref[3] != '-' {
			t.Fatalf("reference of %s is %q", id, ref)
		}
		if got, ok := ParseReference(ref); !ok || got != ref {
			t.Fatalf("%q is read as %q, %v", ref, got, ok)
		}
	}
	for in, want := range map[string]string{"k7q2md": "K7Q-2MD", " K7Q 2MD ": "K7Q-2MD", "#k7q-2md": "K7Q-2MD", "lo1-oil": "101-011"} {
		if got, ok := ParseReference(in); !ok || got != want {
			t.Errorf("%q is read as %q, %v; want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "K7Q", "K7Q-2MDX", "ÑÑÑ-ÑÑÑ", "<b>", "K7Q_2MD"} {
		if got, ok := ParseReference(in); ok {
			t.Errorf("%q is read as %q", in, got)
		}
	}
}

func TestCasesOfOneMomentHaveDifferentReferences(t *testing.T) {
	seen := map[string]bool{}
	for range 2000 {
		seen[Reference(uuid.Must(uuid.NewV7()).String())] = true
	}
	if len(seen) < 1999 {
		t.Errorf("2000 cases have %d references", len(seen))
	}
	for _, id := range []string{"", "x", "case-1", "not hex"} { // of no case that Recado makes
		if _, ok := ParseReference(Reference(id)); !ok {
			t.Errorf("%q has the reference %q", id, Reference(id))
		}
	}
}
