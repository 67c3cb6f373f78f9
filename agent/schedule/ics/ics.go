// Package ics writes visits as an iCalendar file (RFC 5545), for calendars that
// staff have on their phones. A calendar may be synchronised to anywhere, so an
// event is "Busy" and the reference: no name, no kind of visit, no provider.
package ics

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"recado/agent/language"
	"recado/agent/schedule"
)

// Type is the media type of the file.
const Type = "text/calendar; charset=utf-8"

// stamp is UTC, so that the file needs no definition of a time zone and says
// the same on days when the clocks change.
const stamp = "20060102T150405Z"

// lineLimit is the most octets of a line without its end.
const lineLimit = 75

// Write writes the visits of a clinic. Each has an id of its own that stays
// when it is moved or cancelled, so that importing the file again changes the
// event instead of adding one. lang is that of the one word in it.
func Write(w io.Writer, clinic string, lang language.Language, visits []schedule.Booking) error {
	busy := "Busy"
	if lang == language.Spanish {
		busy = "Ocupado"
	}
	out := bufio.NewWriter(w)
	for _, line := range []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Recado//Appointment book//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"} {
		fold(out, line)
	}
	for _, v := range visits {
		status := "CONFIRMED"
		transparent := "OPAQUE"
		switch v.State {
		case schedule.Cancelled:
			status, transparent = "CANCELLED", "TRANSPARENT"
		case schedule.Requested:
			status = "TENTATIVE"
		}
		changed := v.Booked.UTC()
		for _, line := range []string{
			"BEGIN:VEVENT",
			"UID:" + escape(v.Ref+"."+clinic+"@recado"),
			"DTSTAMP:" + changed.Format(stamp),
			"LAST-MODIFIED:" + changed.Format(stamp),
			fmt.Sprintf("SEQUENCE:%d", sequence(changed)),
			"DTSTART:" + v.Start().UTC().Format(stamp),
			"DTEND:" + v.Slots[len(v.Slots)-1].End.UTC().Format(stamp),
			"SUMMARY:" + escape(busy+" "+v.Ref),
			"STATUS:" + status,
			"TRANSP:" + transparent,
			"CLASS:PRIVATE",
			"END:VEVENT",
		} {
			fold(out, line)
		}
	}
	fold(out, "END:VCALENDAR")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the calendar: %w", err)
	}
	return nil
}

// sequence grows with each change: seconds since a year that is over.
func sequence(changed time.Time) int64 {
	return max(0, changed.Unix()-time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
}

var escapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", "")

func escape(text string) string { return escapes.Replace(text) }

// fold writes a line, and what is longer than a line may be on lines that
// begin with a space. No character is cut in two.
func fold(out *bufio.Writer, line string) {
	room := lineLimit
	for len(line) > room {
		cut := room
		for cut > 0 && !utf8.RuneStart(line[cut]) {
			cut--
		}
		out.WriteString(line[:cut] + "\r\n ") //nolint:errcheck // told by Flush
		line, room = line[cut:], lineLimit-1
	}
	out.WriteString(line + "\r\n") //nolint:errcheck // told by Flush
}
