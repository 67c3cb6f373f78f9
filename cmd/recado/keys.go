package main

import (
	"fmt"

	"recado/agent/vault"
)

type keysCommand struct{}

// Run prints fresh keys. They are printed once and stored nowhere.
func (keysCommand) Run(std streams) error {
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
	fmt.Fprintf(std.out, `# Workers. The public key seals; a worker can never open what it sealed.
RECADO_SEAL_PUBLIC_KEY=%s
RECADO_SEAL_SIGNING_KEY=%s
RECADO_SESSION_KEY=%s

# Gateways: seals the patients' addresses and makes conversation ids.
RECADO_ADDRESS_KEY=%s

# Staff side only. Keep it away from workers and gateways.
RECADO_SEAL_PRIVATE_KEY=%s
RECADO_SEAL_VERIFY_KEY=%s
`, private.Public(), signing.Text(), vault.NewBoxKey(), vault.NewBoxKey(), opening, signing.Public())
	return nil
}
