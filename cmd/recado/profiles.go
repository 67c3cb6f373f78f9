package main

import (
	"fmt"

	"recado/agent/clinic"
	"recado/agent/vault"
	"recado/agent/worker"
)

// oneClinic serves a single profile and its key.
type oneClinic struct {
	profile *clinic.Profile
	sealer  *vault.Sealer
}

// Profile returns the profile of the one clinic.
func (o oneClinic) Profile(id string) (*clinic.Profile, error) {
	if id != o.profile.ID {
		return nil, fmt.Errorf("clinic %q: %w", id, worker.ErrUnknownClinic)
	}
	return o.profile, nil
}

// Sealer returns the sealer of the one clinic.
func (o oneClinic) Sealer(id string) (*vault.Sealer, bool) {
	return o.sealer, id == o.profile.ID
}
