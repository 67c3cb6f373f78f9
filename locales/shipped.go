package locales

import "io/fs"

// Shipped is the folder with the texts that ship with Recado.
func Shipped() fs.FS { return shipped }
