package main

import (
	"strings"
	"testing"
)

// A clinic with SMS alone, or with the chat on its website alone, is a clinic.
func TestTheComposeFileRequiresNoChannel(t *testing.T) {
	for name := range composeEnv(t) {
		for _, channel := range []string{"WHATSAPP", "SMS"} {
			if strings.Contains(name, channel) {
				t.Errorf("%s is required", name)
			}
		}
	}
	project, err := loadCompose(t, composeEnv(t))
	must(t, err)
	for name, value := range project.Services["gateway"].Environment {
		if strings.HasPrefix(name, "RECADO_WHATSAPP_") || strings.HasPrefix(name, "RECADO_SMS_") {
			if value == nil || *value != "" {
				t.Errorf("%s is not empty", name)
			}
		}
	}
}

func TestTheComposeFileServesAFolderOfProfilesOrTheBucket(t *testing.T) {
	env := composeEnv(t)
	env["RECADO_CLINIC_FILE"] = "/srv/clinics"
	project, err := loadCompose(t, env)
	must(t, err)
	for _, name := range []string{"worker", "gateway", "console", "doctor"} {
		service := project.Services[name]
		from := service.Environment["RECADO_CLINIC"]
		if from == nil {
			t.Errorf("%s has no profiles", name)
			continue
		}
		mounted := false
		for _, v := range service.Volumes {
			if v.Target == *from {
				mounted = v.Source == "/srv/clinics" && v.ReadOnly
			}
		}
		if !mounted {
			t.Errorf("%s: %s is not the folder, read-only", name, *from)
		}
		if secrets := service.Environment["RECADO_CLINIC_SECRETS"]; secrets == nil || *secrets != "" {
			t.Errorf("%s: secrets where none are set", name)
		}
	}
	env["RECADO_CLINIC_FROM"], env["RECADO_CLINIC_FILE"] = "kv", "/dev/null"
	env["RECADO_CLINIC_SECRETS_FILE"], env["RECADO_CLINIC_STAFF_SECRETS_FILE"] = "/srv/secrets.yaml", "/srv/staff-secrets.yaml"
	project, err = loadCompose(t, env)
	must(t, err)
	for name, want := range map[string]string{"worker": "/srv/secrets.yaml", "gateway": "/srv/secrets.yaml", "console": "/srv/staff-secrets.yaml"} {
		service := project.Services[name]
		if from := service.Environment["RECADO_CLINIC"]; from == nil || *from != profilesInKV {
			t.Errorf("%s does not read the bucket", name)
		}
		mounted := ""
		for _, v := range service.Volumes {
			if at := service.Environment["RECADO_CLINIC_SECRETS"]; at != nil && v.Target == *at {
				mounted = v.Source
			}
		}
		if mounted != want {
			t.Errorf("%s is given %q for its secrets, want %s", name, mounted, want)
		}
	}
}
