package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"recado/agent/clinic"
	"recado/agent/clinic/library"
)

type clinicCommand struct {
	Check   clinicCheckCommand   `cmd:"" help:"Report every problem of a profile, or of a folder of them, with its line. Exit code 1 when there is one."`
	Sample  clinicSampleCommand  `cmd:"" help:"Print the sample profile, a good start for your own."`
	Push    clinicPushCommand    `cmd:"" help:"Store profiles in NATS, for deployments with --clinic kv. They are checked first, and in use within seconds."`
	List    clinicListCommand    `cmd:"" help:"List the profiles that are stored in NATS."`
	Rm      clinicRmCommand      `cmd:"" help:"Remove a profile from NATS. What the clinic's patients write goes to staff from then on."`
	Secrets clinicSecretsCommand `cmd:"" help:"Work with the file of clinics' own tokens and keys (--clinic-secrets)."`
}

type clinicCheckCommand struct {
	File string `arg:"" type:"path" help:"Profile to check (YAML), or a folder of them."`
}

// Run checks one profile, or all of a folder together.
func (c clinicCheckCommand) Run(std streams) error {
	l, problems, err := checkProfiles(c.File)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		for _, line := range problems {
			fmt.Fprintln(std.out, line)
		}
		return fmt.Errorf("%s has %d problem(s), each with its line above", c.File, len(problems))
	}
	for _, p := range l.Now().Profiles() {
		fmt.Fprintf(std.out, "%s is fine: %s, %d location(s), %d services, %d plans, %d providers.\n",
			p.ID, p.Name, len(p.Location), len(p.Services), len(p.Plans), len(p.Providers))
	}
	return nil
}

// checkProfiles reads the profiles at path and returns every problem of them,
// a line each: also two that want the same number.
func checkProfiles(path string) (*library.Library, []string, error) {
	all, err := documents(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, exit{2, fmt.Errorf("clinic profile: %w", err)}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("clinic profile: %w", err)
	}
	return checkDocuments(all)
}

func checkDocuments(all []library.Document) (*library.Library, []string, error) {
	checks, err := profileChecks()
	if err != nil {
		return nil, nil, err
	}
	l, err := library.New(library.Config{Options: checks})
	if err != nil {
		return nil, nil, err
	}
	refused := l.Update(all)
	var lines []string
	for _, d := range all {
		err := refused[d.Name]
		var problems *clinic.ProblemsError
		switch {
		case errors.As(err, &problems):
			for _, problem := range problems.Problems {
				lines = append(lines, problem.String())
			}
		case err != nil:
			lines = append(lines, err.Error())
		}
	}
	return l, lines, nil
}

// documents reads a profile, or all of a folder, without checking them.
func documents(path string) ([]library.Document, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	all, _, err := library.NewFolder(path).Look()
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%s (%s) holds no profile", path, info.Mode().Type())
	}
	return all, err
}

type clinicSampleCommand struct{}

// Run prints the sample profile.
func (clinicSampleCommand) Run(std streams) error {
	_, err := std.out.Write(clinic.SampleYAML())
	return err
}
