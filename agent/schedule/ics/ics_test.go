package ics_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"recado/agent/language"
	"recado/agent/schedule"
	"recado/agent/schedule/ics"
)

// parse reads a calendar as strictly as RFC 5545 is written, and returns its
// events' properties.
func parse(t *testing.T, file string) []map[string]string {
	t.Helper()
	if !strings.HasSuffix(file, "\r\n") || strings.Count(file, "\n") != strings.Count(file, "\r\n") {
		t.Error("a line does not end in CRLF")
	}
	for line := range strings.SplitSeq(file, "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) {
			t.Errorf("the line %q has %d octets, or half a character", line, len(line))
		}
	}
	var events []map[string]string
	var open []string
	for line := range strings.SplitSeq(strings.TrimSuffix(strings.ReplaceAll(file, "\r\n ", ""), "\r\n"), "\r\n") {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("%q is no property", line)
		}
		switch name {
		case "BEGIN":
			open = append(open, value)
			if value == "VEVENT" {
				events = append(events, map[string]string{})
			}
		case "END":
			if len(open) == 0 || open[len(open)-1] != value {
				t.Fatalf("%s ends and is not open", value)
			}
			open = open[:len(open)-1]
		default:
			if len(open) == 2 {
				events[len(events)-1][name] = strings.NewReplacer(`\\`, `\`, `\,`, ",", `\;`, ";").Replace(value)
			} else if len(open) != 1 {
				t.Fatalf("%s is outside of the calendar", name)
			}
		}
	}
	if len(open) > 0 {
		t.Errorf("%v do not end", open)
	}
	return events
}

func visits(t *testing.T) []schedule.Booking {
	t.Helper()
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 1, 0, 40, 0, 0, zone) // the clocks go back while it lasts
	slot := schedule.Slot{Visit: "follow_up", Provider: "Dr. Ana Treviño", Location: "gulfton", Start: at, End: at.Add(time.Hour)}
	second := slot
	second.Start, second.End = slot.End, slot.End.Add(time.Hour)
	changed := time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC)
	return []schedule.Booking{
		{Ref: "K7M2QX", Slots: []schedule.Slot{slot, second}, State: schedule.Booked, Booked: changed,
			Owner: schedule.Owner{Clinic: "buenavista", Channel: "whatsapp", Conversation: "0123456789abcdef"}},
		{Ref: "C3D4F6", Slots: []schedule.Slot{slot}, State: schedule.Cancelled, Booked: changed.Add(time.Hour)},
		{Ref: "R3Q4S7", Slots: []schedule.Slot{slot}, State: schedule.Requested, Booked: changed},
	}
}

func TestAnEventIsBusyAndTheReferenceAlone(t *testing.T) {
	for lang, busy := range map[language.Language]string{language.English: "Busy", language.Spanish: "Ocupado"} {
		var file bytes.Buffer
		if err := ics.Write(&file, "buenavista", lang, visits(t)); err != nil {
			t.Fatal(err)
		}
		events := parse(t, file.String())
		if len(events) != 3 {
			t.Fatalf("%d events", len(events))
		}
		for i, want := range []map[string]string{
			{"SUMMARY": busy + " K7M2QX", "DTSTART": "20261101T054000Z", "DTEND": "20261101T074000Z", "STATUS": "CONFIRMED", "UID": "K7M2QX.buenavista@recado", "DTSTAMP": "20261020T120000Z", "TRANSP": "OPAQUE"},
			{"SUMMARY": busy + " C3D4F6", "DTEND": "20261101T064000Z", "STATUS": "CANCELLED", "TRANSP": "TRANSPARENT"},
			{"STATUS": "TENTATIVE"},
		} {
			for name, value := range want {
				if events[i][name] != value {
					t.Errorf("event %d: %s is %q, want %q", i, name, events[i][name], value)
				}
			}
		}
		for _, secret := range []string{"follow", "Ana", "gulfton", "whatsapp", "0123456789"} {
			if strings.Contains(file.String(), secret) {
				t.Errorf("the file says %q", secret)
			}
		}
	}
}

func TestLongLinesAreFoldedBetweenCharacters(t *testing.T) {
	for n := range 12 {
		v := visits(t)[:1]
		v[0].Ref = strings.Repeat("a", n) + strings.Repeat("ñ", 120) + ",;\\"
		var file bytes.Buffer
		if err := ics.Write(&file, "buenavista", language.English, v); err != nil {
			t.Fatal(err)
		}
		if events := parse(t, file.String()); events[0]["SUMMARY"] != "Busy "+v[0].Ref {
			t.Errorf("%q is read as %q", v[0].Ref, events[0]["SUMMARY"])
		}
	}
}

func TestAnEmptyCalendarIsOne(t *testing.T) {
	var file bytes.Buffer
	if err := ics.Write(&file, "buenavista", language.English, nil); err != nil || len(parse(t, file.String())) != 0 {
		t.Errorf("%q, %v", file.String(), err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestAFileThatIsNotWrittenIsAnError(t *testing.T) {
	if err := ics.Write(full{}, "buenavista", language.English, visits(t)); err == nil {
		t.Error("no error")
	}
}
