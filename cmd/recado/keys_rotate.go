package main

import (
	"fmt"
	"slices"
	"strings"

	"recado/agent/vault"
)

// staffFileFlag names the staff side's file.
type staffFileFlag struct {
	Staff string `required:"" type:"path" help:"The staff side's file that recado keys made." placeholder:"FILE"`
}

type keysRotateCommand struct{ staffFileFlag }

// Help says in which order things are done.
func (keysRotateCommand) Help() string {
	return `Run it on the staff side. Then restart the consoles, so that they know the new
key, and only after that give workers and gateways the printed public key and
restart them. What was sealed for an older key stays readable until that key is
retired.`
}

// Run adds a key.
func (c keysRotateCommand) Run(std streams) error {
	f, err := readStaffFile(c.Staff)
	if err != nil {
		return exit{2, err}
	}
	fresh, err := vault.NewPrivateKey()
	if err != nil {
		return err
	}
	if err := f.write(append([]vault.PrivateKey{fresh}, f.keys...)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, `# Workers and gateways, once the consoles are restarted. Its id is %s.
RECADO_SEAL_PUBLIC_KEY=%s
`, fresh.Public().ID(), fresh.Public())
	return err
}

type keysRetireCommand struct {
	staffFileFlag
	ID string `arg:"" help:"Id of the key, as recado keys list shows it."`
}

// Help says what is lost.
func (keysRetireCommand) Help() string {
	return `What is sealed for a retired key can be opened by nobody any more, here or in
any backup that lacks the key. Retire one when the clinic's retention has passed
since the rotation. The key in use cannot be retired.`
}

// Run removes a key.
func (c keysRetireCommand) Run(std streams) error {
	f, err := readStaffFile(c.Staff)
	if err != nil {
		return exit{2, err}
	}
	i := slices.IndexFunc(f.keys, func(k vault.PrivateKey) bool { return k.Public().ID() == strings.TrimSpace(c.ID) })
	switch {
	case i < 0:
		return exit{2, fmt.Errorf("no key in %s has the id %s: recado keys list shows them", c.Staff, c.ID)}
	case i == 0:
		return exit{2, fmt.Errorf("key %s is the one in use: run recado keys rotate first", c.ID)}
	}
	if err := f.write(slices.Delete(slices.Clone(f.keys), i, i+1)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "Key %s is retired. Restart the consoles.\n", c.ID)
	return err
}

type keysListCommand struct{ staffFileFlag }

// Run lists the ids, never the keys.
func (c keysListCommand) Run(std streams) error {
	f, err := readStaffFile(c.Staff)
	if err != nil {
		return exit{2, err}
	}
	for i, key := range f.keys {
		use := "opens older records"
		if i == 0 {
			use = "in use"
		}
		if _, err := fmt.Fprintf(std.out, "%s  %s\n", key.Public().ID(), use); err != nil {
			return err
		}
	}
	return nil
}
