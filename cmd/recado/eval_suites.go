package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"recado/agent"
	"recado/agent/clinic"
	"recado/evals/dev"
	"recado/evals/judge"
	"recado/evals/suite"
	"recado/evals/suites"
	"recado/locales"
)

// knownNames are what suites may name.
func knownNames(a *agent.Agent) (suite.Known, error) {
	k := suite.Known{Gate: judge.CheckGate}
	for _, in := range a.Intents() {
		k.Intents = append(k.Intents, in.Name)
	}
	catalogue, err := locales.Default()
	if err != nil {
		return k, err
	}
	k.Reply = catalogue.Has
	return k, nil
}

// chosen are the suites that a command line names.
type chosen struct {
	suites []*suite.Suite
	// shipped: all of them ship with Recado. Their messages are made up.
	shipped bool
}

// suitesOf loads what is named: files, folders, and what ships with Recado by
// its name. Without a name it is all shipped suites. Mistakes in all of them
// are reported together.
func suitesOf(a *agent.Agent, names []string) (chosen, error) {
	k, err := knownNames(a)
	if err != nil {
		return chosen{}, err
	}
	if len(names) == 0 {
		all, err := suites.All(k)
		return chosen{all, true}, err
	}
	c := chosen{shipped: true}
	var problems []error
	for _, name := range names {
		some, shipped, err := suitesAt(name, k)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		c.suites = append(c.suites, some...)
		c.shipped = c.shipped && shipped
	}
	return c, errors.Join(problems...)
}

// developmentSet is the name of package dev's suite.
const developmentSet = "dev"

// suitesAt loads one name. What lies on disk is preferred.
func suitesAt(name string, k suite.Known) (some []*suite.Suite, shipped bool, err error) {
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		some, err = suite.Folder(relative(name), k)
		return some, false, err
	case err == nil || !errors.Is(err, fs.ErrNotExist):
		s, err := suite.Load(relative(name), k)
		return []*suite.Suite{s}, false, err
	case name == developmentSet:
		s, err := dev.Suite(k)
		return []*suite.Suite{s}, true, err
	}
	all, err := suites.All(k)
	if err != nil {
		return nil, false, err
	}
	known := []string{developmentSet}
	for _, s := range all {
		if s.Name == name {
			return []*suite.Suite{s}, true, nil
		}
		known = append(known, s.Name)
	}
	return nil, false, fmt.Errorf("there is no file %s: name a suite's file, a folder or one of %s, or leave it out for the shipped ones", name, strings.Join(known, ", "))
}

// relative is a path as problems and records show it: from where the command
// runs, if it lies below.
func relative(path string) string {
	if here, err := filepath.Abs("."); err == nil {
		if rel, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(rel) {
			return rel
		}
	}
	return path
}

// clinicChecks hold the profiles that suites name against the catalogue.
func clinicChecks() ([]clinic.Option, error) {
	catalogue, err := locales.Default()
	if err != nil {
		return nil, err
	}
	return []clinic.Option{clinic.TextKeys(catalogue.Keys()), clinic.TextCheck(catalogue.CheckOwn)}, nil
}

func knownPerturbation(kind suite.Perturbation) error {
	for _, k := range suite.Perturbations() {
		if k == kind {
			return nil
		}
	}
	return fmt.Errorf("%q is none: there is no_accents, typos, sms and code_switch", kind)
}
