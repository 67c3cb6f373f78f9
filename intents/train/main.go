// Command train learns intents/model.bin from the examples, the lexicon and
// the guard rules. Run it by `go generate ./intents` after any of them changed.
package main

import (
	"fmt"
	"os"
	"time"

	"recado/agent/guard"
	"recado/agent/lexicon"
	"recado/intents"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func run() error {
	start := time.Now()
	set, err := intents.Load(os.DirFS("."))
	if err != nil {
		return err
	}
	lex, err := lexicon.Default()
	if err != nil {
		return err
	}
	rules, err := guard.DefaultRules()
	if err != nil {
		return err
	}
	g, err := guard.New(rules, lex)
	if err != nil {
		return err
	}
	m, err := intents.Train(set, lex, g.Words())
	if err != nil {
		return err
	}
	if m.Source, err = intents.Hash(os.DirFS("."), os.DirFS("../agent/lexicon/terms"), os.DirFS("../agent/guard/rules")); err != nil {
		return err
	}
	f, err := os.Create("model.bin")
	if err != nil {
		return fmt.Errorf("create model: %w", err)
	}
	defer f.Close()
	if err := m.Write(f); err != nil {
		return err
	}
	size, err := f.Seek(0, 1)
	if err != nil {
		return fmt.Errorf("measure model: %w", err)
	}
	fmt.Printf("%d intents, %d examples, model of %.1f MB in %.1f s\n",
		len(set.Intents), len(set.Examples), float64(size)/1e6, time.Since(start).Seconds())
	return f.Close()
}
