package fhir

import (
	"context"
	"fmt"

	"recado/agent/clinic"
	"recado/agent/schedule"
)

// Day returns every booking of Recado's that begins on d, cancelled ones too.
// Appointments that were made elsewhere are not asked for.
func (b *Book) Day(ctx context.Context, d clinic.Date) ([]schedule.Booking, error) {
	from, to := d.At(0, b.profile.Zone), d.At(24*60, b.profile.Zone)
	all, err := b.appointments(ctx, "identifier", tokenEscape.Replace(refSystem)+"|", "date", "ge"+stamp(from), "date", "lt"+stamp(to))
	if err != nil {
		return nil, fmt.Errorf("look up a day: %w", err)
	}
	var list []schedule.Booking
	for _, a := range all {
		shown := a.agreed() || a.status == cancelled || a.status == "fulfilled" || a.status == "noshow"
		if a.ref == "" || !shown || a.start.Before(from) || !a.start.Before(to) || ownerOf(a.owner).Clinic != b.profile.ID {
			continue
		}
		booking, err := b.told(ctx, a)
		if err != nil {
			return nil, err
		}
		list = append(list, booking)
	}
	sortBookings(list)
	return list, nil
}
