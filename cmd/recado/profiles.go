package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"recado/agent/clinic"
	"recado/agent/clinic/kv"
	"recado/agent/clinic/library"
	"recado/agent/clinic/secrets"
	"recado/agent/vault"
	"recado/agent/worker"
	"recado/locales"
)

// profilesInKV is what --clinic says in place of a path.
const profilesInKV = "kv"

// servedClinicFlag chooses the profiles for commands that answer patients. It
// has no default: nobody's patients are answered for a clinic made up.
type servedClinicFlag struct {
	Clinic        string `required:"" help:"Profiles (YAML) of the clinics that patients are answered for: a file, a folder of files, or kv for those that recado clinic push stored. Changes are taken in while this runs. recado clinic sample prints one to start from." placeholder:"PATH"`
	ClinicSecrets string `name:"clinic-secrets" env:"RECADO_CLINIC_SECRETS" help:"File with tokens and keys of clinics that have their own (recado clinic secrets sample). Changes are taken in while this runs. Defaults to none: all clinics use the settings of this process." placeholder:"FILE"`
}

// servedClinics are the clinics of a process, as they are at each moment, with
// what is secret of them.
type servedClinics struct {
	*library.Library
	log     *zap.Logger
	folder  *library.Folder // nil for profiles in the bucket
	changes func()          // takes in what changes in the bucket; nil for a folder

	common  *vault.Sealer // of clinics without a key of their own, and the operator's
	signing string        // key that seals are signed with; empty where nothing is sealed

	secretsFile *secrets.File // nil without
	private     bool          // the file may hold keys that open
	own         atomic.Pointer[ownSecrets]
	useSecrets  func(secrets.Book) error // refuses secrets, else takes them into use; nil for nothing more to do
	onSecrets   func()                   // called when secrets have changed; nil for nobody
}

// open reads the files; profiles in the bucket come with connect. private is
// true for a console, which alone may be given keys that open.
func (f servedClinicFlag) open(log *zap.Logger, meters metric.MeterProvider, private bool) (*servedClinics, error) {
	checks, err := profileChecks()
	if err != nil {
		return nil, err
	}
	s := &servedClinics{log: log, private: private}
	if s.Library, err = library.New(library.Config{Options: checks, Log: log, Meters: meters}); err != nil {
		return nil, err
	}
	if f.ClinicSecrets != "" {
		if err := s.readSecrets(f.ClinicSecrets); err != nil {
			return nil, err
		}
	}
	if meters != nil {
		if err := secrets.Measure(meters, s.secretsFile); err != nil {
			return nil, err
		}
	}
	if f.Clinic == profilesInKV {
		return s, nil
	}
	s.folder = library.NewFolder(f.Clinic)
	refused, err := s.folder.Load(s.Library)
	if err != nil {
		return nil, fmt.Errorf("clinic profile: %w", err)
	}
	return s, s.some(refused)
}

// connect reads the profiles in the bucket, if they are there.
func (s *servedClinics) connect(ctx context.Context, nc *nats.Conn) error {
	if s.folder != nil {
		return nil
	}
	bucket, err := openProfiles(ctx, nc)
	if err != nil {
		return err
	}
	var refused map[string]error
	if refused, s.changes, err = bucket.Follow(ctx, s.Library, s.log); err != nil {
		return err
	}
	if len(refused) == 0 && s.Now().Len() == 0 {
		return errors.New("clinic profiles: the bucket holds none: fill it with recado clinic push")
	}
	return s.some(refused)
}

// some is an error where no profile is any good: nobody could be answered.
func (s *servedClinics) some(refused map[string]error) error {
	if s.Now().Len() > 0 {
		s.warnOfStrangers(s.book().IDs())
		return nil
	}
	var all []error
	for _, err := range refused {
		all = append(all, err)
	}
	return fmt.Errorf("clinic profile: %w", errors.Join(all...))
}

// follow takes changes of profiles and secrets in until ctx ends.
func (s *servedClinics) follow(ctx context.Context) {
	if s.secretsFile != nil {
		go s.followSecrets(ctx)
	}
	if s.folder != nil {
		s.folder.Watch(ctx, s.Library, library.Every)
		return
	}
	s.changes()
}

// Profile implements worker.Profiles.
func (s *servedClinics) Profile(id string) (*clinic.Profile, error) {
	p, ok := s.Now().Profile(id)
	if !ok {
		return nil, fmt.Errorf("clinic %q: %w", id, worker.ErrUnknownClinic)
	}
	return p, nil
}

// directory is the clinics of now.
func (s *servedClinics) directory() clinic.Directory { return s.Now() }

// current is a clinic's profile as it is now; nil for one that is gone.
func (s *servedClinics) current(id string) *clinic.Profile {
	p, _ := s.Now().Profile(id)
	return p
}

// sealWith makes the sealers of the process: common is that of clinics without
// a key of their own.
func (s *servedClinics) sealWith(public, signing string) error {
	var err error
	if s.common, err = sealerOf(public, signing); err != nil {
		return err
	}
	s.signing = signing
	if err := s.takeSecrets(s.book()); err != nil {
		return exit{2, fmt.Errorf("--clinic-secrets: %w", err)}
	}
	return nil
}

// Sealer implements worker.Sealers. A clinic whose profile is gone keeps its
// key.
func (s *servedClinics) Sealer(id string) (*vault.Sealer, bool) {
	if all := s.own.Load(); all != nil && all.sealers[id] != nil {
		return all.sealers[id], true
	}
	_, known := s.Now().Profile(id)
	return s.common, known
}

// sealer is Sealer with the operator's key for clinics that have none.
func (s *servedClinics) sealer(id string) *vault.Sealer {
	one, _ := s.Sealer(id)
	return one
}

// profileChecks are what profiles are checked with beyond the file itself.
func profileChecks() ([]clinic.Option, error) {
	catalogue, err := locales.Default()
	if err != nil {
		return nil, err
	}
	return []clinic.Option{clinic.TextKeys(catalogue.Keys()), clinic.TextCheck(catalogue.CheckOwn)}, nil
}

// openProfiles opens the bucket of profiles.
func openProfiles(ctx context.Context, nc *nats.Conn) (*kv.Profiles, error) {
	js, err := openJetStream(nc)
	if err != nil {
		return nil, err
	}
	return kv.Open(ctx, js)
}

// tryClinics are the clinics of a development run: of a path, or the sample
// clinic.
func tryClinics(log *zap.Logger, path string) (*servedClinics, error) {
	switch path {
	case "":
	case profilesInKV:
		return nil, exit{2, errors.New("--clinic: a development run begins with an empty bucket: name a file or a folder, ./kv for one of that name")}
	default:
		return servedClinicFlag{Clinic: path}.open(log, nil, false)
	}
	checks, err := profileChecks()
	if err != nil {
		return nil, err
	}
	s := &servedClinics{log: log, changes: func() {}}
	if s.Library, err = library.New(library.Config{Options: checks, Log: log}); err != nil {
		return nil, err
	}
	return s, s.some(s.Update([]library.Document{{Name: "sample.yaml", Raw: bookableYAML()}}))
}

// clinicNames are the names of clinics for a line, the first few.
func clinicNames(all []*clinic.Profile) string {
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	if len(names) > 5 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:5], ", "), len(names)-5)
	}
	return strings.Join(names, ", ")
}

// numberIDFor is the number of a stand-in for Meta: the only clinic's, unless
// clinics have numbers of their own.
func numberIDFor(now *library.Snapshot) string {
	if now.Len() == 1 {
		return "100000000000001"
	}
	return ""
}
