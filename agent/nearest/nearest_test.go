package nearest

import (
	"strings"
	"testing"
)

func TestAMisspeltNameIsFoundAndAStrangeOneIsNot(t *testing.T) {
	known := []string{"address", "phone", "parking", "main"}
	for got, want := range map[string]string{
		"adress": "address", "Phnoe": "phone", "mian": "main", "parkingg": "parking", "zip": "", "": "", strings.Repeat("p", 80): "",
	} {
		if n := Name(got, known, Close(len(got))); n != want {
			t.Errorf("%q is taken for %q, want %q", got, n, want)
		}
	}
}
