package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"recado/agent/vault"
)

type keysCommand struct {
	New    keysNewCommand    `cmd:"" default:"withargs" help:"Make a new set of keys. This is what recado keys does without a word after it."`
	Rotate keysRotateCommand `cmd:"" help:"Add a new private key to the staff side's file and print its public half; records sealed for older keys stay readable."`
	Retire keysRetireCommand `cmd:"" help:"Remove an older private key from the staff side's file: what is sealed for it can be read by nobody any more."`
	List   keysListCommand   `cmd:"" help:"List the private keys of the staff side's file by their ids."`
}

type keysNewCommand struct {
	Staff string `required:"" type:"path" help:"New file for the staff side's keys, the private key among them. Move it to the staff side: no worker or gateway may hold it." placeholder:"FILE"`
}

// Help says what goes where.
func (keysNewCommand) Help() string {
	return `Standard output gets the keys of workers and gateways, and never the private
key, so that it may be appended to their environment. FILE gets what consoles
need; the link key alone is in both:

  recado keys --staff staff.env >> .env

Run it where the private key is to stay, or move the file there.`
}

// Run makes a fresh set of keys. It never writes over an earlier one: records
// sealed for a lost private key can be opened by nobody.
func (c keysNewCommand) Run(std streams) error {
	private, err := vault.NewPrivateKey()
	if err != nil {
		return err
	}
	signing, err := vault.NewSigningKey()
	if err != nil {
		return err
	}
	opening, err := private.Text()
	if err != nil {
		return err
	}
	link := vault.NewLinkKey()
	if err := writeNew(c.Staff, fmt.Sprintf(`# Staff side only. Keep it away from workers and gateways.
RECADO_SEAL_PRIVATE_KEY=%s
RECADO_SEAL_VERIFY_KEY=%s

# Consoles: seals authenticator apps' secrets and sessions. With another one
# staff set those up again; passkeys go on.
RECADO_STAFF_KEY=%s

# Consoles, the same as the workers': knows the links to patients' private pages.
RECADO_LINK_KEY=%s
`, opening, signing.Public(), vault.NewBoxKey(), link)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, `# Workers and gateways: they seal and can never open what they sealed.
RECADO_SEAL_PUBLIC_KEY=%s
RECADO_SEAL_SIGNING_KEY=%s

# Workers: seals the tail of a conversation in Redis.
RECADO_SESSION_KEY=%s

# Workers, the same as the consoles': makes the links to patients' private pages.
# It opens nothing that is sealed. It counts once RECADO_PRIVATE_URL is set.
RECADO_LINK_KEY=%s

# Gateways: seals the patients' addresses and makes conversation ids.
RECADO_ADDRESS_KEY=%s
`, private.Public(), signing.Text(), vault.NewBoxKey(), link, vault.NewBoxKey())
	return err
}

// writeNew makes a file that its owner alone can read.
func writeNew(path, content string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return exit{2, fmt.Errorf("--staff: %s is there already and may hold a key in use: name a new file", path)}
	}
	if err != nil {
		return fmt.Errorf("--staff: %w", err)
	}
	_, err = f.WriteString(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write the staff side's keys: %w", err)
	}
	return nil
}
