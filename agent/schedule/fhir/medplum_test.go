package fhir_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"recado/agent/clinic"
	"recado/agent/schedule/scheduletest"
)

// medplum starts the FHIR server of @medplum/fhir-router, which was written by
// others, and returns its address. RECADO_TEST_MEDPLUM names the folder that
// it was installed in (npm install --prefix FOLDER @medplum/fhir-router);
// without it the test is skipped, or fails where RECADO_TEST_REQUIRE=1.
func medplum(t *testing.T, arguments ...string) string {
	t.Helper()
	dir := os.Getenv("RECADO_TEST_MEDPLUM")
	if dir == "" {
		const how = "RECADO_TEST_MEDPLUM is not set: npm install --prefix FOLDER @medplum/fhir-router, and set it to FOLDER"
		if os.Getenv("RECADO_TEST_REQUIRE") == "1" {
			t.Fatal(how)
		}
		t.Skip(how)
	}
	script, err := filepath.Abs("testdata/medplum.mjs")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", append([]string{script, dir}, arguments...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the FHIR server: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it is gone either way
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	var said []string
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "listening on "); ok {
			go func() {
				for lines.Scan() { // so that it never blocks on its own log
				}
			}()
			return strings.TrimSpace(address)
		}
		said = append(said, fmt.Sprintf("%.200s", lines.Text()))
	}
	t.Fatalf("the FHIR server ended before it listened:\n%s", strings.Join(said, "\n"))
	return ""
}

// The router has If-Match, conditional creation and all searches that a book
// needs. It has no $find, and its paging and undoing are added by the script.
func TestABookKeepsItsPromisesOnAServerThatOthersWrote(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string][]string{"one by one": nil, "transactions": {"transactions"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := medplum(t, arguments...)
			scheduletest.Run(t, func(t *testing.T) scheduletest.Rig {
				p, clock := scheduletest.NewProfile(t), scheduletest.NewClock()
				p.Booking.Kind = clinic.BookFHIR
				p.Booking.FHIR.BaseURL = address + "/r4"
				p.Booking.FHIR.Visits = map[string]clinic.FHIRVisit{
					scheduletest.FollowUp: {ServiceType: "http://terminology.hl7.org/CodeSystem/service-type|124",
						AppointmentType: "http://terminology.hl7.org/CodeSystem/v2-0276|FOLLOWUP"},
				}
				var resources []any
				seed(p, clock.Now(), 10, func(r object) string {
					resources = append(resources, r)
					return ""
				})
				call(t, http.MethodPost, address+"/seed", resources, http.StatusOK)
				return scheduletest.Rig{Schedule: on(t, p, clock), Profile: p, Clock: clock}
			})
			// the validator is awake
			call(t, http.MethodPost, address+"/r4/Appointment", object{"resourceType": "Appointment", "status": "booked"}, http.StatusBadRequest)
			var checked struct {
				Kinds map[string]int
				Wrong []string
			}
			if err := json.Unmarshal(call(t, http.MethodGet, address+"/checked", nil, http.StatusOK), &checked); err != nil {
				t.Fatal(err)
			}
			if checked.Kinds["Appointment"] < 50 || checked.Kinds["Slot"] < 50 || len(checked.Wrong) != 1 {
				t.Errorf("validated %v, of which wrong: %s", checked.Kinds, strings.Join(checked.Wrong, "\n"))
			}
			t.Logf("validated %v", checked.Kinds)
		})
	}
}

func call(t *testing.T, method, address string, body any, want int) []byte {
	t.Helper()
	raw := []byte{}
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var out bytes.Buffer
	if _, err := out.ReadFrom(res.Body); err != nil || res.StatusCode != want {
		t.Fatalf("%s %s: HTTP %d, %v: %.300s", method, address, res.StatusCode, err, out.String())
	}
	return out.Bytes()
}
