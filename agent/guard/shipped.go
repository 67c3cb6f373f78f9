package guard

import "io/fs"

// Shipped is the folder with the rules that ship with Recado.
func Shipped() fs.FS {
	sub, err := fs.Sub(shipped, "rules")
	if err != nil {
		panic("guard: the shipped rules lie in another folder: " + err.Error())
	}
	return sub
}
