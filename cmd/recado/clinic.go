package main

import (
	"errors"
	"fmt"

	"recado/agent/clinic"
	"recado/locales"
)

type clinicCommand struct {
	Check  clinicCheckCommand  `cmd:"" help:"Report every problem of a profile with its line. Exit code 1 when there is one."`
	Sample clinicSampleCommand `cmd:"" help:"Print the sample profile, a good start for your own."`
}

type clinicCheckCommand struct {
	File string `arg:"" type:"existingfile" help:"Profile to check (YAML)."`
}

// Run checks one profile.
func (c clinicCheckCommand) Run(std streams) error {
	catalogue, err := locales.Default()
	if err != nil {
		return err
	}
	p, err := clinic.Load(c.File, clinic.TextKeys(catalogue.Keys()), clinic.TextCheck(catalogue.CheckOwn))
	var problems *clinic.ProblemsError
	if errors.As(err, &problems) {
		for _, problem := range problems.Problems {
			fmt.Fprintln(std.out, problem)
		}
		return fmt.Errorf("%s has %d problem(s), each with its line above", c.File, len(problems.Problems))
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "%s is fine: %s, %d location(s), %d services, %d plans, %d providers.\n",
		c.File, p.Name, len(p.Location), len(p.Services), len(p.Plans), len(p.Providers))
	return nil
}

type clinicSampleCommand struct{}

// Run prints the sample profile.
func (clinicSampleCommand) Run(std streams) error {
	_, err := std.out.Write(clinic.SampleYAML())
	return err
}
