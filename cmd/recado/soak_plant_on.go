//go:build plant

package main

import "os"

// soakEnvironment hands the name of a planted bug on to the processes of a
// soak, which otherwise get nothing that configures Recado.
func soakEnvironment() []string { return []string{"RECADO_PLANT=" + os.Getenv("RECADO_PLANT")} }
