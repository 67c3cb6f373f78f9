package clinic_test

import (
	"testing"

	"recado/agent/clinic"
)

func TestADirectoryThatNeverChangesFindsItsClinicsAndNoOthers(t *testing.T) {
	d := clinic.Always(&clinic.Profile{ID: "oak"}, &clinic.Profile{ID: "harbor"}, &clinic.Profile{ID: "pine"})()
	var order []string
	for _, p := range d.Profiles() {
		order = append(order, p.ID)
		if found, ok := d.Profile(p.ID); !ok || found != p {
			t.Errorf("%s is not found", p.ID)
		}
	}
	if len(order) != 3 || order[0] != "harbor" || order[1] != "oak" || order[2] != "pine" {
		t.Errorf("in the order %v", order)
	}
	for _, id := range []string{"", "a", "oaks", "zebra"} {
		if p, ok := d.Profile(id); ok {
			t.Errorf("%q is %s", id, p.ID)
		}
	}
	if none := clinic.Always()(); len(none.Profiles()) != 0 {
		t.Error("no clinics are some")
	}
}
