package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// built is the folder with the command as a program of its own, for tests that
// kill it; "" while no test has asked for it.
var built string

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(code)
}

// theCommand builds the command once for all tests.
var theCommand = sync.OnceValues(func() (path string, err error) {
	if built, err = os.MkdirTemp("", "recado-built-"); err != nil {
		return "", err
	}
	path = filepath.Join(built, "recado")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build recado: %w\n%s", err, out)
	}
	return path, nil
})

// buildRecado returns the path of the command.
func buildRecado(t *testing.T) string {
	t.Helper()
	path, err := theCommand()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
